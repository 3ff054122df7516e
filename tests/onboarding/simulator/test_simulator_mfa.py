"""MFA from the phone to a trusted session, over HTTP; the tokens are read from the control page."""

from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.partner import TLS, Partner, codes

PHONE = {"phone": "+14085550123", "type": "TEXT"}
DEVICE = {"device": "laptop", "machineName": "front desk"}


def last_token(simulator: Simulator) -> str:
    return str(simulator.texts[-1].body["token"])


def wrong_token(simulator: Simulator) -> str:
    return f"{(int(last_token(simulator)) + 1) % 1_000_000:06}"


def set_up(simulator: Simulator, user: httpx.Client, **phone: str) -> httpx.Response:
    sent = PHONE | phone
    setup_id = user.post("/v3/mfa/setup", json=sent).json()["setupId"]
    body = {"setupId": setup_id, "type": sent["type"], "token": last_token(simulator)}
    return user.post("/v3/mfa/setup/validate", json=body)


def challenge(user: httpx.Client) -> str:
    return str(user.post("/v3/mfa/challenge", json={}).json()["challengeId"])


def pass_challenge(simulator: Simulator, user: httpx.Client, **fields: Any) -> dict[str, Any]:
    body = {"challengeId": challenge(user), "token": last_token(simulator)} | fields
    answer: dict[str, Any] = user.post("/v3/mfa/challenge/validate", json=body).raise_for_status().json()
    return answer


def remembered(simulator: Simulator, user: httpx.Client) -> dict[str, str]:
    """The pair that later makes sessions of this user trusted."""
    set_up(simulator, user)
    answer = pass_challenge(simulator, user, rememberMe=True, **DEVICE)
    return {"rememberMeId": answer["rememberMeId"], "device": DEVICE["device"]}


def status(user: httpx.Client) -> str:
    return str(user.get("/v3/login/session").json()["mfaStatus"])


def sign_in_again(partner: Partner, user: httpx.Client, **fields: str) -> httpx.Response:
    details = user.get("/v3/login/session").json()
    body = {name: details[name] for name in ("userId", "organizationId")} | fields
    return partner.post("/v3/partner/login-as-user", body)


@pytest.fixture
def user(partner: Partner) -> Any:
    with partner.onboard() as client:
        yield client


def test_session_goes_from_setup_over_challenge_to_complete(simulator: Simulator, user: httpx.Client) -> None:
    seen = [status(user)]
    assert set_up(simulator, user).json() == {"status": "SUCCESS"}
    seen.append(status(user))
    pass_challenge(simulator, user)
    seen.append(status(user))

    assert seen == ["SETUP", "CHALLENGE", "COMPLETE"]
    assert user.get("/v3/mfa/phones").json()["results"] == [
        {"type": "TEXT", "last4digits": "0123", "primary": True}
    ]


def test_setup_is_also_validated_on_the_path_of_the_prose(simulator: Simulator, user: httpx.Client) -> None:
    setup_id = user.post("/v3/mfa/setup", json=PHONE).json()["setupId"]
    body = {"setupId": setup_id, "type": "TEXT", "token": last_token(simulator)}

    assert user.post("/v3/mfa/validate", json=body).json() == {"status": "SUCCESS"}


def test_phone_counts_only_when_confirmed(user: httpx.Client) -> None:
    user.post("/v3/mfa/setup", json=PHONE)

    assert user.get("/v3/mfa/phones").json()["results"] == []
    response = user.post("/v3/mfa/challenge", json={})
    assert (response.status_code, codes(response)) == (400, ["BDC_1120"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"primary": False}, "BDC_1119"),
        ({"phone": "+442071838750"}, "BDC_1119"),
        ({"phone": "+442071838750", "type": "TEXT"}, "BDC_1119"),
        ({"phone": "555"}, "BDC_1119"),
        ({"phone": "+1408555012"}, "BDC_1119"),
        ({"phone": 4085550123}, "BDC_1124"),
        ({"type": "SMS"}, "BDC_1119"),
        ({"type": None}, "BDC_1117"),
    ],
)
def test_wrong_setup_is_refused(
    simulator: Simulator, user: httpx.Client, change: dict[str, Any], code: str
) -> None:
    response = user.post("/v3/mfa/setup", json=PHONE | change)

    assert (response.status_code, codes(response)) == (400, [code])
    assert simulator.texts == []


def test_foreign_number_is_called(simulator: Simulator, user: httpx.Client) -> None:
    assert set_up(simulator, user, phone="+442071838750", type="VOICE").status_code == 200
    assert simulator.texts[-1].body["kind"] == "VOICE"


@pytest.mark.parametrize(
    ("formats", "accepted"),
    [
        ("any usual", {"+14085550123", "4085550123", "(408) 555-0123", "1-408-555-0123"}),
        ("E.164", {"+14085550123"}),
        ("ten digits", {"4085550123"}),
    ],
)
def test_phone_formats_follow_the_setting(
    simulator: Simulator, user: httpx.Client, formats: str, accepted: set[str]
) -> None:
    simulator.change_settings(mfa_phone_formats=formats)
    written = ("+14085550123", "4085550123", "(408) 555-0123", "1-408-555-0123")

    taken = {one for one in written if user.post("/v3/mfa/setup", json=PHONE | {"phone": one}).is_success}

    assert taken == accepted


def test_setup_is_validated_with_its_own_type_and_once(simulator: Simulator, user: httpx.Client) -> None:
    setup_id = user.post("/v3/mfa/setup", json=PHONE).json()["setupId"]
    body = {"setupId": setup_id, "token": last_token(simulator)}

    assert codes(user.post("/v3/mfa/setup/validate", json=body | {"type": "VOICE"})) == ["BDC_1119"]
    assert user.post("/v3/mfa/setup/validate", json=body | {"type": "TEXT"}).is_success
    again = user.post("/v3/mfa/setup/validate", json=body | {"type": "TEXT"})
    assert (again.status_code, codes(again)) == (404, ["BDC_1205"])


@pytest.mark.parametrize(("content", "code"), [(b"", "BDC_1122"), (b'{"useBackup":true}', "BDC_1119")])
def test_challenge_wants_a_body_and_no_backup(
    simulator: Simulator, user: httpx.Client, content: bytes, code: str
) -> None:
    set_up(simulator, user)

    response = user.post("/v3/mfa/challenge", content=content)

    assert (response.status_code, codes(response)) == (400, [code])


def test_third_wrong_token_is_the_last(simulator: Simulator, user: httpx.Client) -> None:
    set_up(simulator, user)
    body = {"challengeId": challenge(user), "token": wrong_token(simulator)}
    tries = [codes(user.post("/v3/mfa/challenge/validate", json=body)) for _ in range(4)]
    right = user.post("/v3/mfa/challenge/validate", json=body | {"token": last_token(simulator)})

    assert tries == [["BDC_1119"]] * 3 + [["BDC_1358"]]
    assert (right.status_code, codes(right)) == (400, ["BDC_1358"])
    assert status(user) == "CHALLENGE"
    pass_challenge(simulator, user)
    assert status(user) == "COMPLETE"


def test_token_expires(simulator: Simulator, user: httpx.Client) -> None:
    set_up(simulator, user)
    body = {"challengeId": challenge(user), "token": last_token(simulator)}
    simulator.advance(minutes=5, seconds=1)

    response = user.post("/v3/mfa/challenge/validate", json=body)

    assert (response.status_code, codes(response)) == (400, ["BDC_1374"])


def test_repeated_challenge_voids_the_one_before(simulator: Simulator, user: httpx.Client) -> None:
    set_up(simulator, user)
    earlier = {"challengeId": challenge(user), "token": last_token(simulator)}
    challenge(user)

    response = user.post("/v3/mfa/challenge/validate", json=earlier)

    assert (response.status_code, codes(response)) == (404, ["BDC_1205"])


def test_repeated_challenge_keeps_the_one_before_when_set(simulator: Simulator, user: httpx.Client) -> None:
    simulator.change_settings(mfa_repeat_voids=False)
    set_up(simulator, user)
    earlier = {"challengeId": challenge(user), "token": last_token(simulator)}
    challenge(user)

    assert user.post("/v3/mfa/challenge/validate", json=earlier).is_success


def test_token_of_another_user_or_purpose_is_unknown(
    simulator: Simulator, partner: Partner, user: httpx.Client
) -> None:
    setup_id = user.post("/v3/mfa/setup", json=PHONE).json()["setupId"]
    body = {"setupId": setup_id, "type": "TEXT", "token": last_token(simulator)}
    with partner.onboard("Other", "bob1") as other:
        assert codes(other.post("/v3/mfa/setup/validate", json=body)) == ["BDC_1205"]
    as_challenge = {"challengeId": setup_id, "token": body["token"]}

    assert codes(user.post("/v3/mfa/challenge/validate", json=as_challenge)) == ["BDC_1205"]


def test_many_unfinished_setups_block_for_an_hour(simulator: Simulator, user: httpx.Client) -> None:
    for _ in range(5):
        assert user.post("/v3/mfa/setup", json=PHONE).is_success
        simulator.advance(minutes=1)

    blocked = user.post("/v3/mfa/setup", json=PHONE)

    assert (blocked.status_code, codes(blocked)) == (403, ["BDC_5324"])
    for _ in range(2):
        simulator.advance(minutes=30)
        user.get("/v3/login/session")
    assert set_up(simulator, user).is_success


def test_unfinished_setups_never_block_when_set_to_none(simulator: Simulator, user: httpx.Client) -> None:
    simulator.change_settings(mfa_open_setups=0)

    for _ in range(7):
        assert user.post("/v3/mfa/setup", json=PHONE).is_success
        simulator.advance(minutes=1)


def test_statuses_and_codes_of_refusals_are_settings(simulator: Simulator, user: httpx.Client) -> None:
    simulator.change_settings(
        mfa_attempts=1,
        mfa_attempts_status=429,
        mfa_wrong_token_code="BDC_1117",
        mfa_wrong_token_status=422,
        mfa_expired_status=410,
        mfa_unknown_id_status=400,
        mfa_open_setups=2,
        mfa_blocked_status=423,
        mfa_no_phone_code="BDC_1205",
        mfa_token_minutes=1,
    )
    setup_id = user.post("/v3/mfa/setup", json=PHONE).json()["setupId"]
    body = {"setupId": setup_id, "type": "TEXT", "token": wrong_token(simulator)}
    validate = "/v3/mfa/setup/validate"
    answers = [user.post(validate, json=body), user.post(validate, json=body)]
    expired = {**body, "setupId": user.post("/v3/mfa/setup", json=PHONE).json()["setupId"]}
    simulator.advance(minutes=2)
    answers += [user.post(validate, json=expired), user.post(validate, json=body | {"setupId": "mfs"})]
    answers += [user.post("/v3/mfa/setup", json=PHONE), user.post("/v3/mfa/challenge", json={})]

    assert [(one.status_code, *codes(one)) for one in answers] == [
        (422, "BDC_1117"),
        (429, "BDC_1358"),
        (410, "BDC_1374"),
        (400, "BDC_1205"),
        (423, "BDC_5324"),
        (400, "BDC_1205"),
    ]


def test_another_phone_needs_a_trusted_session(simulator: Simulator, user: httpx.Client) -> None:
    set_up(simulator, user)

    refused = user.post("/v3/mfa/setup", json=PHONE)
    assert (refused.status_code, codes(refused)) == (403, ["BDC_1361"])
    pass_challenge(simulator, user)
    assert set_up(simulator, user, phone="4085550199").is_success
    assert [one["last4digits"] for one in user.get("/v3/mfa/phones").json()["results"]] == ["0199"]


def test_another_phone_needs_no_trust_when_set(simulator: Simulator, user: httpx.Client) -> None:
    simulator.change_settings(mfa_reset_needs_trust=False)
    set_up(simulator, user)

    assert set_up(simulator, user).is_success


def test_remembered_device_makes_a_new_session_trusted(
    simulator: Simulator, partner: Partner, user: httpx.Client
) -> None:
    pair = remembered(simulator, user)

    answer = sign_in_again(partner, user, **pair).json()

    assert answer["trusted"] is True
    user.headers["sessionId"] = answer["sessionId"]
    assert status(user) == "COMPLETE"
    assert sign_in_again(partner, user).json()["trusted"] is False


@pytest.mark.parametrize("remembered_days", [30, 180])
def test_device_is_remembered_for_the_days_of_the_setting(
    simulator: Simulator, partner: Partner, user: httpx.Client, remembered_days: int
) -> None:
    simulator.change_settings(remember_days=remembered_days)
    pair = remembered(simulator, user)
    known = user.get("/v3/login/session").json()
    body = {name: known[name] for name in ("userId", "organizationId")} | pair

    answers = []
    for days in (remembered_days - 1, 2):
        simulator.advance(days=days)
        partner.session_id = partner.http.post("/v3/partner/login", json=partner.login).json()["sessionId"]
        answers.append(partner.post("/v3/partner/login-as-user", body).json()["trusted"])

    assert answers == [True, False]


@pytest.mark.parametrize("wrong", [{"rememberMeId": "wrong"}, {"device": "Laptop"}])
def test_wrong_pair_signs_in_untrusted_unless_refused(
    simulator: Simulator, partner: Partner, user: httpx.Client, wrong: dict[str, str]
) -> None:
    pair = remembered(simulator, user) | wrong

    assert sign_in_again(partner, user, **pair).json()["trusted"] is False
    simulator.change_settings(wrong_remember_me="refuse")
    refused = sign_in_again(partner, user, **pair)
    assert (refused.status_code, codes(refused)) == (400, ["BDC_1119"])
    assert pair["rememberMeId"] not in refused.text


def test_remembered_device_belongs_to_one_user_of_one_organization(
    simulator: Simulator, partner: Partner, user: httpx.Client
) -> None:
    pair = remembered(simulator, user)
    with partner.onboard("Other", "bob1") as other:
        assert sign_in_again(partner, other, **pair).json()["trusted"] is False
        assert other.post("/v3/mfa/step-up", json=pair).json() == {"trusted": False}


def test_step_up_trusts_the_session_with_a_known_pair_only(
    simulator: Simulator, partner: Partner, user: httpx.Client
) -> None:
    pair = remembered(simulator, user)
    user.headers["sessionId"] = sign_in_again(partner, user).json()["sessionId"]

    tried = [{}, pair | {"device": "phone"}, pair, {}]
    answers = [user.post("/v3/mfa/step-up", json=body).json()["trusted"] for body in tried]

    assert answers == [False, False, True, True]
    assert codes(user.post("/v3/mfa/step-up", json={"device": "laptop"})) == ["BDC_1117"]


@pytest.mark.parametrize(("setting", "length"), [("useless", 32), ("empty", 0), ("omitted", None)])
def test_remember_me_id_that_was_not_asked_for_opens_nothing(
    simulator: Simulator, partner: Partner, user: httpx.Client, setting: str, length: int | None
) -> None:
    simulator.change_settings(remember_me_id_unasked=setting)
    set_up(simulator, user)

    answered = pass_challenge(simulator, user, **DEVICE).get("rememberMeId")

    assert (len(answered) if answered is not None else None) == length
    user.headers["sessionId"] = sign_in_again(partner, user).json()["sessionId"]
    tried = {"rememberMeId": answered or "", "device": DEVICE["device"]}
    assert user.post("/v3/mfa/step-up", json=tried).json() == {"trusted": False}


def test_remember_me_id_of_a_named_device_is_good_as_in_the_recipe_of_bill(
    simulator: Simulator, partner: Partner, user: httpx.Client
) -> None:
    set_up(simulator, user)
    pair = {
        "rememberMeId": pass_challenge(simulator, user, **DEVICE)["rememberMeId"],
        "device": DEVICE["device"],
    }

    assert user.post("/v3/mfa/step-up", json=pair).json() == {"trusted": True}
    user.headers["sessionId"] = sign_in_again(partner, user).json()["sessionId"]
    assert user.post("/v3/mfa/step-up", json=pair).json() == {"trusted": True}


def test_step_up_of_a_trusted_session_stays_trusted(simulator: Simulator, user: httpx.Client) -> None:
    wrong = remembered(simulator, user) | {"rememberMeId": "another"}

    assert user.post("/v3/mfa/step-up", json=wrong).json() == {"trusted": True}
    assert user.get("/v3/login/session").json()["mfaStatus"] == "COMPLETE"


def test_remembering_needs_a_device_and_a_machine_name_when_set(
    simulator: Simulator, user: httpx.Client
) -> None:
    set_up(simulator, user)
    body = {"challengeId": challenge(user), "token": last_token(simulator), "rememberMe": True}

    assert codes(user.post("/v3/mfa/challenge/validate", json=body)) == ["BDC_1117"]
    simulator.change_settings(remember_needs_machine_name=True)
    refused = user.post("/v3/mfa/challenge/validate", json=body | {"device": "laptop"})
    assert codes(refused) == ["BDC_1117"]
    assert user.post("/v3/mfa/challenge/validate", json=body | DEVICE).is_success


@pytest.mark.parametrize("word", ["DISABLED", "PHONE_VERIFICATION", "UNDEFINED"])
def test_organization_without_mfa_tells_so(simulator: Simulator, user: httpx.Client, word: str) -> None:
    simulator.change_settings(organization_mfa=word)

    assert status(user) == word


def test_bypass_makes_every_session_trusted(
    simulator: Simulator, partner: Partner, user: httpx.Client
) -> None:
    simulator.change_settings(mfa_bypass=True)

    details = user.get("/v3/login/session").json()

    assert (details["mfaStatus"], details["mfaBypass"]) == ("COMPLETE", True)
    assert sign_in_again(partner, user).json()["trusted"] is True


def test_trust_ends_with_the_session(simulator: Simulator, user: httpx.Client) -> None:
    set_up(simulator, user)
    pass_challenge(simulator, user)
    simulator.advance(minutes=36)

    assert codes(user.get("/v3/login/session")) == ["BDC_1109"]


def test_trust_and_remembered_devices_survive_a_restart(tmp_path: Path) -> None:
    with (
        Simulator(data=tmp_path) as simulator,
        closing(Partner(simulator.api_url)) as partner,
        partner.onboard() as user,
    ):
        pair = remembered(simulator, user)
        headers = {name: user.headers[name] for name in ("sessionId", "devKey")}
    with (
        Simulator(data=tmp_path) as simulator,
        httpx.Client(base_url=simulator.api_url, headers=headers, verify=TLS) as user,
        closing(Partner(simulator.api_url)) as partner,
    ):
        assert status(user) == "COMPLETE"
        assert sign_in_again(partner, user, **pair).json()["trusted"] is True


def test_token_is_on_the_control_page_and_in_no_log(
    simulator: Simulator, user: httpx.Client, control: httpx.Client
) -> None:
    pair = remembered(simulator, user)
    user.post("/v3/mfa/step-up", json=pair)
    first, last = control.get("/state").json()["texts"]
    page = control.get("/", headers={"Accept": "text/html"}).text

    assert (last["phone"], last["kind"], last["purpose"]) == ("+14085550123", "TEXT", "MFA challenge")
    assert last["userId"].startswith("006")
    assert page.index(last["token"]) < page.index(first["token"])
    logged = str(simulator.calls)
    assert all(secret not in logged for secret in (first["token"], last["token"], pair["rememberMeId"]))
    assert pair["rememberMeId"] not in page + control.get("/state").text
