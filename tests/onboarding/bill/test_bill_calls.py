import logging
import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from onboarding.bill.client import BillClient
from onboarding.bill.errors import BillOutcomeUnknown, BillRefused
from onboarding.bill.inputs import Address, CompanyOwner, ListQuery, NewOrganization, NewUser, RiskPhone
from onboarding.bill.outputs import DecisionValue
from onboarding.bill.redaction import MASK
from onboarding.bill.sessions import OrganizationSession, PartnerSession, Secret
from tests.onboarding.bill.wire import (
    APP_KEY,
    CHILD,
    DEV_KEY,
    ORGANIZATION,
    PARTNER,
    MemoryJournal,
    Reaction,
    Wire,
    client_of,
    fails,
    raw,
    says,
)

PASSWORD = "canary-password-31c4"
REMEMBER_ME = "canary-remember-me-42"
TAX_ID = "987654321"
OWNER_BORN = date(1985, 1, 2)
PHONE = "4085550123"
NEW_ORGANIZATION = NewOrganization(
    name="Happy Taco",
    address=Address(line1="1 Main St", city="San Jose", zip_or_postal_code="95002"),
    phone=PHONE,
    company_owner=CompanyOwner(name="Ann Owner", date_of_birth=OWNER_BORN),
    tax_id=TAX_ID,
)
NEW_USER = NewUser(
    first_name="Ann", last_name="Owner", email="ann@example.com", username="u1", accept_terms_of_service=True
)
PARTNER_HEADERS = {"sessionid": PARTNER.id.reveal(), "appkey": APP_KEY}
CHILD_HEADERS = {"sessionid": CHILD.id.reveal(), "devkey": DEV_KEY}
OF_ORGANIZATION = {**PARTNER_HEADERS, "organizationid": "00801ORG"}

SECRETS = [PASSWORD, REMEMBER_ME, APP_KEY, DEV_KEY, PARTNER.id.reveal(), CHILD.id.reveal(), TAX_ID, PHONE]
SECRETS.append(OWNER_BORN.isoformat())

Use = Callable[[BillClient], object]

READS: list[tuple[Use, str, dict[str, str], object]] = [
    (
        lambda bill: bill.get_session(session=CHILD),
        "/v3/login/session",
        CHILD_HEADERS,
        {"organizationId": "00801ORG", "userId": "00601USER", "mfaStatus": "SETUP"},
    ),
    (
        lambda bill: bill.list_partner_organizations(session=PARTNER),
        "/v3/partner/organizations?max=100",
        PARTNER_HEADERS,
        {"results": [ORGANIZATION]},
    ),
    (
        lambda bill: bill.get_organization(session=CHILD),
        "/v3/organizations/00801ORG",
        CHILD_HEADERS,
        ORGANIZATION,
    ),
    (
        lambda bill: bill.list_industries(session=CHILD),
        "/v3/organizations/industries",
        CHILD_HEADERS,
        ["Bakery"],
    ),
    (
        lambda bill: bill.list_partner_users(session=PARTNER, organization_id="00801ORG"),
        "/v3/partner/users?max=100",
        OF_ORGANIZATION,
        {"results": [{"id": "00601USER"}]},
    ),
    (
        lambda bill: bill.get_partner_user(session=PARTNER, organization_id="00801ORG", user_id="00601USER"),
        "/v3/partner/users/00601USER",
        OF_ORGANIZATION,
        {"id": "00601USER"},
    ),
    (
        lambda bill: bill.list_partner_roles(session=PARTNER, organization_id="00801ORG"),
        "/v3/partner/roles?max=100",
        OF_ORGANIZATION,
        {"results": [{"id": "0po01", "type": "ADMINISTRATOR"}]},
    ),
    (
        lambda bill: bill.get_risk_phone(session=CHILD),
        "/v3/risk-verifications/phone",
        CHILD_HEADERS,
        {"hasPhone": True},
    ),
    (
        lambda bill: bill.get_risk_verification(session=CHILD),
        "/v3/risk-verifications",
        CHILD_HEADERS,
        {"decision": "HOLD"},
    ),
]

CHANGES: list[tuple[Use, str, dict[str, str], object, object, str | None]] = [
    (
        lambda bill: bill.partner_login(username="p@example.com", password=Secret(PASSWORD)),
        "/v3/partner/login",
        {},
        {"username": "p@example.com", "password": PASSWORD, "appKey": APP_KEY},
        {"sessionId": "s1"},
        None,
    ),
    (
        lambda bill: bill.login_as_user(
            session=PARTNER,
            organization_id="00801ORG",
            user_id="00601USER",
            remember_me_id=Secret(REMEMBER_ME),
            device="portal",
        ),
        "/v3/partner/login-as-user",
        PARTNER_HEADERS,
        {
            "organizationId": "00801ORG",
            "userId": "00601USER",
            "rememberMeId": REMEMBER_ME,
            "device": "portal",
        },
        {"sessionId": "s2", "trusted": True},
        None,
    ),
    (
        lambda bill: bill.create_organization(session=PARTNER, organization=NEW_ORGANIZATION),
        "/v3/partner/organizations",
        PARTNER_HEADERS,
        NEW_ORGANIZATION.payload(),
        ORGANIZATION,
        "00801RUZOYHLZZUA81kc",
    ),
    (
        lambda bill: bill.create_partner_user(session=PARTNER, organization_id="00801ORG", user=NEW_USER),
        "/v3/partner/users",
        OF_ORGANIZATION,
        NEW_USER.payload(),
        {"id": "00601USER"},
        "00601USER",
    ),
    (
        lambda bill: bill.create_partner_risk_phone(
            session=PARTNER,
            organization_id="00801ORG",
            user_id="00601USER",
            phone=RiskPhone(PHONE, "MOBILE"),
        ),
        "/v3/partner/risk-verifications/00601USER/phone",
        OF_ORGANIZATION,
        {"phoneNumber": PHONE, "phoneType": "MOBILE"},
        {},
        None,
    ),
    (
        lambda bill: bill.initiate_risk_verification(session=CHILD),
        "/v3/risk-verifications",
        CHILD_HEADERS,
        None,
        {"decision": "IN_PROGRESS"},
        None,
    ),
    (lambda bill: bill.logout(session=CHILD), "/v3/logout", CHILD_HEADERS, None, {}, None),
    (lambda bill: bill.logout(session=PARTNER), "/v3/logout", PARTNER_HEADERS, None, {}, None),
]

SESSION_HEADERS = {"sessionid", "appkey", "devkey", "organizationid"}
LOGIN_SECRETS = {"password", "appKey", "rememberMeId"}


@pytest.mark.parametrize(("use", "path", "headers", "answer"), READS)
def test_read_asks_as_documented(
    wire: Wire, bill: BillClient, journal: MemoryJournal, use: Use, path: str, headers: object, answer: object
) -> None:
    wire.will(says(answer))

    use(bill)

    (request,) = wire.requests
    assert (request.method, request.path, request.body) == ("GET", "/connect" + path, b"")
    assert {key: request.headers[key] for key in SESSION_HEADERS & set(request.headers)} == headers
    assert journal.calls == []


@pytest.mark.parametrize(("use", "path", "headers", "body", "answer", "bill_id"), CHANGES)
def test_change_sends_as_documented_and_is_recorded(
    wire: Wire,
    bill: BillClient,
    journal: MemoryJournal,
    use: Use,
    path: str,
    headers: object,
    body: dict[str, object] | None,
    answer: object,
    bill_id: str | None,
) -> None:
    wire.will(says(answer, 201))

    use(bill)

    (request,) = wire.requests
    assert (request.method, request.path) == ("POST", "/connect" + path)
    assert {key: request.headers[key] for key in SESSION_HEADERS & set(request.headers)} == headers
    assert (request.json() if request.body else None) == body
    (call,), (closed,) = journal.calls, journal.answers
    recorded = None if body is None else {key: body[key] for key in body if key not in LOGIN_SECRETS}
    assert (call.method, call.path, call.payload) == ("POST", path, recorded)
    assert (closed.status, closed.bill_id, closed.error, closed.request_sent) == (201, bill_id, None, True)


def test_request_names_us_and_asks_for_plain_json(wire: Wire, bill: BillClient) -> None:
    wire.will(says({"hasPhone": True}))

    bill.get_risk_phone(session=CHILD)

    headers = wire.requests[0].headers
    assert headers["user-agent"] == "bill-onboarding-portal"
    assert (headers["accept"], headers["accept-encoding"]) == ("application/json", "identity")


def test_ids_from_outside_stay_one_part_of_the_path(wire: Wire, bill: BillClient) -> None:
    wire.will(says({"id": "006"}))

    bill.get_partner_user(session=PARTNER, organization_id="008", user_id="../roles?x=1")
    with pytest.raises(ValueError, match="dots"):
        bill.get_partner_user(session=PARTNER, organization_id="008", user_id="..")

    assert wire.requests[0].path == "/connect/v3/partner/users/..%2Froles%3Fx%3D1"


def test_login_gives_a_session_that_does_not_show_its_id(wire: Wire, bill: BillClient) -> None:
    wire.will(says({"sessionId": "canary-new-session"}))

    session = bill.partner_login(username="p@example.com", password=Secret(PASSWORD))

    assert session == PartnerSession(id=Secret("canary-new-session"))
    assert "canary" not in f"{session!r} {session} {session.id:}"


def test_login_as_user_of_someone_else_is_unknown(wire: Wire, bill: BillClient) -> None:
    wire.will(says({"sessionId": "s", "userId": "00601OTHER"}))

    with pytest.raises(BillOutcomeUnknown):
        bill.login_as_user(session=PARTNER, organization_id="00801ORG", user_id="00601USER")


def test_login_as_user_keeps_who_it_is(wire: Wire, bill: BillClient) -> None:
    wire.will(says({"sessionId": "s", "userId": "00601USER", "trusted": False}))

    session = bill.login_as_user(session=PARTNER, organization_id="00801ORG", user_id="00601USER")

    assert session == OrganizationSession(Secret("s"), "00801ORG", "00601USER", trusted=False)


def test_remembered_device_is_given_whole_or_not(bill: BillClient, journal: MemoryJournal) -> None:
    with pytest.raises(ValueError, match="together"):
        bill.login_as_user(session=PARTNER, organization_id="008", user_id="006", device="portal")

    assert journal.calls == []


def test_secret_is_not_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(PARTNER)

    assert {Secret("a"): 1}[Secret("a")] == 1


@pytest.mark.parametrize(("status", "trusted"), [("COMPLETE", True), ("DISABLED", False), ("NEW", False)])
def test_only_a_complete_session_is_trusted(wire: Wire, bill: BillClient, status: str, trusted: bool) -> None:
    wire.will(says({"organizationId": "008", "userId": "006", "mfaStatus": status}))

    details = bill.get_session(session=CHILD)

    assert (details.mfa_status, details.trusted) == (status, trusted)


@pytest.mark.parametrize("reaction", [says([{"code": "BDC_1001", "message": ""}]), raw(b"<html></html>")])
def test_change_without_documented_answer_still_reads_it(
    wire: Wire, bill: BillClient, reaction: Reaction
) -> None:
    wire.will(reaction)

    with pytest.raises(BillOutcomeUnknown):
        bill.logout(session=CHILD)


def test_unreadable_answer_to_a_login_is_not_kept(wire: Wire, bill: BillClient) -> None:
    wire.will(says({"session": ["canary"]}), raw(b"<html>maintenance</html>"))

    with pytest.raises(BillOutcomeUnknown) as session:
        bill.partner_login(username="p@example.com", password=Secret(PASSWORD))
    with pytest.raises(BillOutcomeUnknown) as page:
        bill.partner_login(username="p@example.com", password=Secret(PASSWORD))

    assert "canary" not in str(session.value.__dict__)
    assert page.value.excerpt == "<html>maintenance</html>"


@pytest.mark.parametrize("word", ["2024-12-20T22:16:27.000", "2024-12-20", "", None, 1734732987])
def test_time_without_a_zone_proves_nothing(wire: Wire, bill: BillClient, word: object) -> None:
    wire.will(says({**ORGANIZATION, "createdTime": word}))

    assert bill.get_organization(session=CHILD).created_time is None


def test_session_id_that_fits_no_header_is_unknown(wire: Wire, bill: BillClient) -> None:
    wire.will(says({"sessionId": "a\r\nb"}))

    with pytest.raises(BillOutcomeUnknown):
        bill.partner_login(username="p@example.com", password=Secret(PASSWORD))


def test_pages_are_followed_to_the_end(wire: Wire, bill: BillClient) -> None:
    wire.will(
        says({"results": [ORGANIZATION], "nextPage": "two+/="}),
        says({"results": [{**ORGANIZATION, "id": "00802"}], "nextPage": None}),
    )

    pages = list(bill.organization_pages(session=PARTNER, query=ListQuery(max=1)))

    assert [organization.id for page in pages for organization in page.items] == [ORGANIZATION["id"], "00802"]
    assert wire.requests[1].path.endswith("?max=1&page=two%2B%2F%3D")


def test_pages_in_a_circle_are_unknown(wire: Wire, bill: BillClient) -> None:
    wire.will(*[says({"results": [], "nextPage": token}) for token in ("a", "b", "a")])

    with pytest.raises(BillOutcomeUnknown, match="circle"):
        list(bill.user_pages(session=PARTNER, organization_id="008"))


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"results": None},
        {"results": [ORGANIZATION, {"name": "no id"}]},
        {"results": [{"id": "00801", "name": None}]},
        {"results": [], "nextPage": 2},
        [],
    ],
)
def test_list_with_a_hole_is_unknown(wire: Wire, bill: BillClient, document: object) -> None:
    wire.will(says(document))

    with pytest.raises(BillOutcomeUnknown):
        bill.list_partner_organizations(session=PARTNER)


@pytest.mark.parametrize(
    "reaction", [fails(404, "BDC_1120"), raw(b"", 404), raw(b"", 204), says({}), says({"decision": None})]
)
def test_risk_verification_before_initiation_is_none(
    wire: Wire, bill: BillClient, reaction: Reaction
) -> None:
    wire.will(reaction)

    assert bill.get_risk_verification(session=CHILD) is None


def test_risk_verification_at_a_wrong_address_is_refused(wire: Wire, bill: BillClient) -> None:
    wire.will(fails(404, "BDC_1121"))

    with pytest.raises(BillRefused):
        bill.get_risk_verification(session=CHILD)


def test_initiation_without_a_decision_is_unknown(wire: Wire, bill: BillClient) -> None:
    wire.will(says({}))

    with pytest.raises(BillOutcomeUnknown):
        bill.initiate_risk_verification(session=CHILD)


def test_new_decision_stays_visible(wire: Wire, bill: BillClient) -> None:
    wire.will(says({"decision": "APPROVED"}))

    verification = bill.get_risk_verification(session=CHILD)

    assert verification is not None
    assert (verification.decision.value, verification.decision.raw) == (
        DecisionValue.UNRECOGNISED,
        "APPROVED",
    )


@pytest.mark.parametrize(
    "document", [["Bakery"], {"results": [{"name": "Bakery"}]}, {"industries": ["Bakery", None]}]
)
def test_industries_are_read_in_any_plausible_shape(wire: Wire, bill: BillClient, document: object) -> None:
    wire.will(says(document))

    assert bill.list_industries(session=CHILD) == ("Bakery",)


def test_organization_is_read_with_unknown_fields_ignored(wire: Wire, bill: BillClient) -> None:
    wire.will(
        says(
            {
                **ORGANIZATION,
                "address": {"line1": "1 Main St", "country": "US"},
                "createdTime": "2024-12-20T22:16:27.000+02:00",
                "updatedTime": "yesterday",
                "partnerName": "Bank",
                "phone": 5,
            }
        )
    )

    organization = bill.get_organization(session=CHILD)

    assert organization.created_time == datetime(2024, 12, 20, 20, 16, 27, tzinfo=UTC)
    assert (organization.updated_time, organization.phone) == (None, "")
    assert organization.address == Address(line1="1 Main St", city="", zip_or_postal_code="", country="US")


@pytest.mark.parametrize(("use", "path", "headers", "body", "answer", "bill_id"), CHANGES)
def test_no_secret_is_kept_when_bill_repeats_it(
    wire: Wire,
    bill: BillClient,
    journal: MemoryJournal,
    caplog: pytest.LogCaptureFixture,
    use: Use,
    path: str,
    headers: object,
    body: object,
    answer: object,
    bill_id: str | None,
) -> None:
    caplog.set_level(logging.DEBUG)
    sent = [secret for secret in SECRETS if secret in f"{headers} {body}"]
    echo = " and ".join(sent)
    reactions = [fails(400, "BDC_1119", message=echo), raw(echo.encode(), 500), raw(echo.encode())]
    wire.will(*reactions, says([echo], 500), says({"deep": {"deeper": [echo]}}, 400))
    kept = ""
    for _ in range(5):
        with pytest.raises((BillRefused, BillOutcomeUnknown)) as caught:
            use(bill)
        kept += f"{caught.value.__dict__} {caught.value!r} {journal.answers[-1].excerpt}"

    assert sent
    assert kept.count(MASK) >= 5
    assert [secret for secret in sent if secret in kept + caplog.text + repr(journal.calls)] == []


@pytest.mark.parametrize(
    "url",
    ["ftp://bill.example/connect", "https://bill.example/", "https://u:p@bill.example/connect", "/connect"],
)
def test_address_of_another_form_is_refused(url: str, journal: MemoryJournal) -> None:
    with pytest.raises(ValueError, match="address of BILL"):
        client_of(url, journal)


def test_key_that_fits_no_header_is_refused(wire: Wire, journal: MemoryJournal) -> None:
    with pytest.raises(ValueError, match="appKey") as caught:
        BillClient(base_url=wire.url, app_key=Secret("bad\nkey"), dev_key=Secret("k"), journal=journal)

    assert "bad" not in str(caught.value)
