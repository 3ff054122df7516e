"""Searching BILL's network, inviting in it, and accepting."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.money import VENDOR, added, refused, trust, vendor
from tests.onboarding.simulator.partner import ORGANIZATION, Partner
from tests.onboarding.simulator.receiver import Receiver, Subscriber

NETWORK, INVITATION = "/v3/network", "/v3/network/invitation"
POWER = "0rv01GOLDENSTATEPOWxa"
DAYS = 24 * 60


@pytest.fixture
def user(simulator: Simulator, partner: Partner) -> Iterator[httpx.Client]:
    """In a trusted session that outlives every jump of the clock."""
    simulator.change_settings(idle_minutes=100 * DAYS)
    with partner.onboard() as user:
        yield trust(simulator, user)


@pytest.fixture
def invited(simulator: Simulator, other_partner: Partner) -> Iterator[httpx.Client]:
    """In an organization of another partner."""
    with other_partner.onboard("Golden Produce Market") as invited:
        yield trust(simulator, invited)


def search(user: httpx.Client, **query: str) -> list[str]:
    return [one["name"] for one in user.get(NETWORK, params=query).raise_for_status().json()["results"]]


def network_id(user: httpx.Client, name: str) -> str:
    return str(user.get(NETWORK, params={"name": name, "scope": "BILL"}).json()["results"][0]["networkId"])


def invite(user: httpx.Client, kind: str = "vendor") -> tuple[str, httpx.Response]:
    """A new vendor or customer that is the organization of `invited`."""
    payee = added(user, f"/v3/{kind}s", VENDOR | {"email": "produce@example.com"})["id"]
    body = {"networkId": network_id(user, "Produce"), "networkType": "BILL"}
    return payee, user.post(f"{INVITATION}/{kind}/{payee}", json=body)


def state(user: httpx.Client, payee: str, kind: str = "vendor") -> str:
    return str(user.get(f"{INVITATION}/{kind}/{payee}").json()["status"])


def accept(invited: httpx.Client, **body: Any) -> httpx.Response:
    sent = {"networkId": network_id(invited, "Happy Taco"), "type": "CUSTOMER", "name": "The Tacos"}
    filled = {name: value for name, value in (sent | body).items() if value is not None}
    return invited.post(f"{INVITATION}/accept", json=filled)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"name": "Produce", "scope": "BILL"}, ["Golden Produce Market"]),
        ({"name": "market golden", "scope": "BILL"}, ["Golden Produce Market"]),
        ({"name": "Prod", "scope": "BILL"}, []),
        ({"name": "Happy Taco", "scope": "BILL"}, ["Happy Taco"]),
        ({"name": "Golden", "scope": "RPPS"}, ["Golden State Power"]),
        ({"name": "olden", "scope": "RPPS"}, ["Golden State Power"]),
        ({"name": "Golden"}, ["Golden Produce Market", "Golden State Power"]),
        ({"name": "Golden", "zipOrPostalCode": "95002"}, ["Golden Produce Market"]),
        ({"name": "Golden", "zipOrPostalCode": "00000"}, []),
        ({"name": "Golden", "scope": "RPPS", "accountNumber": "11112222"}, ["Golden State Power"]),
        ({"name": "Golden", "scope": "RPPS", "accountNumber": "1111"}, []),
    ],
)
def test_search(user: httpx.Client, invited: httpx.Client, query: dict[str, str], found: list[str]) -> None:
    assert search(user, **query) == found


def test_search_tells_who_it_is(user: httpx.Client, invited: httpx.Client) -> None:
    answers = [user.get(NETWORK, params={"name": "Golden", "scope": one}).json() for one in ("BILL", "RPPS")]
    organization, national = (answer["results"][0] for answer in answers)

    assert organization["address"] == ORGANIZATION["address"]
    assert (organization["networkType"], national["networkType"]) == ("BILL", "RPPS")
    assert organization["networkId"] == network_id(invited, "Produce")
    assert national["networkId"] == POWER


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "BDC_1108"),
        ({"name": "  "}, "BDC_1108"),
        ({"name": "ab"}, "BDC_1129"),
        ({"name": "***"}, "BDC_1129"),
        ({"name": "Golden", "scope": "MARS"}, "BDC_1129"),
        ({"name": "Golden", "scope": "both"}, "BDC_1129"),
        ({"name": "Golden", "accountNumber": "1/2"}, "BDC_1129"),
    ],
)
def test_wrong_search_is_refused(user: httpx.Client, query: dict[str, str], code: str) -> None:
    assert refused(user.get(NETWORK, params=query)) == (400, [code])


@pytest.mark.parametrize(
    ("absent", "found"), [("BILL", ["Golden Produce Market"]), ("RPPS", ["Golden State Power"])]
)
def test_search_without_scope_follows_the_setting(
    simulator: Simulator, user: httpx.Client, invited: httpx.Client, absent: str, found: list[str]
) -> None:
    simulator.change_settings(network_scope_absent=absent)
    assert search(user, name="Golden") == found

    simulator.change_settings(network_scope_absent="refuse", network_results=0)
    assert refused(user.get(NETWORK, params={"name": "Golden"})) == (400, ["BDC_1108"])
    assert search(user, name="Golden", scope=absent) == []


@pytest.mark.parametrize(
    ("kind", "opposite", "path"),
    [("vendor", "CUSTOMER", "/v3/customers"), ("customer", "VENDOR", "/v3/vendors")],
)
def test_accepting_connects_both_and_makes_the_other_side(
    simulator: Simulator, user: httpx.Client, invited: httpx.Client, kind: str, opposite: str, path: str
) -> None:
    payee, answer = invite(user, kind)
    assert answer.status_code == 200
    assert state(user, payee, kind) == "PENDING"
    assert simulator.texts[-1].body["email"] == "produce@example.com"

    assert accept(invited, type=opposite).status_code == 200

    assert state(user, payee, kind) == "CONNECTED"
    made = invited.get(path).json()["results"]
    assert [one["name"] for one in made] == ["The Tacos"]
    assert state(invited, made[0]["id"], opposite.lower()) == "CONNECTED"
    assert refused(accept(invited, type=opposite)) == (404, ["BDC_1120"])


def test_accepting_with_an_id_takes_whom_it_names(user: httpx.Client, invited: httpx.Client) -> None:
    invite(user)
    customer = added(invited, "/v3/customers", {"name": "Known"})["id"]

    assert accept(invited, name=None, id="0cu01UNKNOWN").status_code == 404
    assert accept(invited, name=None, id=customer).status_code == 200
    assert state(invited, customer, "customer") == "CONNECTED"
    assert len(invited.get("/v3/customers").json()["results"]) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"id": "0cu01x"}, 400, "BDC_1117"),
        ({"name": None}, 400, "BDC_1117"),
        ({"type": "FRIEND"}, 400, "BDC_1119"),
        ({"networkId": None}, 400, "BDC_1117"),
        ({"networkId": "0162999999999999"}, 404, "BDC_1205"),
        ({"networkId": "x"}, 404, "BDC_1205"),
        ({"type": "VENDOR"}, 404, "BDC_1120"),
    ],
)
def test_acceptance_of_another_shape_is_refused(
    user: httpx.Client, invited: httpx.Client, body: dict[str, Any], status: int, code: str
) -> None:
    payee, _ = invite(user)

    assert refused(accept(invited, **body)) == (status, [code])
    assert state(user, payee) == "PENDING"


def test_type_of_an_acceptance_may_go_unchecked(
    simulator: Simulator, user: httpx.Client, invited: httpx.Client
) -> None:
    simulator.change_settings(accepted_type="ignored")
    invite(user)

    assert accept(invited, type="VENDOR").status_code == 200


def test_nobody_accepts_for_somebody_else(
    partner: Partner, user: httpx.Client, invited: httpx.Client
) -> None:
    invite(user)

    with partner.onboard("Sibling", "bob1") as sibling:
        assert refused(accept(sibling)) == (404, ["BDC_1120"])


def test_national_vendor_is_connected_at_once(simulator: Simulator, user: httpx.Client) -> None:
    path = f"{INVITATION}/vendor/{vendor(user)['id']}"
    sent = {"networkId": POWER, "networkType": "RPPS"}

    assert refused(user.post(path, json=sent)) == (400, ["BDC_1117"])
    assert user.post(path, json=sent | {"rppsInformation": {"accountNumber": "11112222"}}).status_code == 200
    assert user.get(path).json() == {"status": "CONNECTED_RPPS", "networkId": POWER, "networkType": "RPPS"}
    assert user.get("/v3/vendors").json()["results"][0]["networkStatus"] == "CONNECTED_RPPS"
    user.delete(path)
    simulator.change_settings(rpps_information_required=False)
    assert refused(user.post(path, json=sent | {"networkId": "0rv01x"})) == (404, ["BDC_1205"])
    assert user.post(path, json=sent).status_code == 200


def test_national_vendor_is_nobodys_customer(user: httpx.Client) -> None:
    path = f"{INVITATION}/customer/{added(user, '/v3/customers', {'name': 'Guest'})['id']}"

    assert refused(user.post(path, json={"networkId": POWER, "networkType": "RPPS"})) == (400, ["BDC_1119"])


@pytest.mark.parametrize(
    ("setting", "refused_kinds"),
    [("vendor", {"vendor"}), ("customer", {"customer"}), ("both", {"vendor", "customer"}), ("none", set())],
)
def test_invitation_needs_trust_as_the_setting_says(
    simulator: Simulator, partner: Partner, invited: httpx.Client, setting: str, refused_kinds: set[str]
) -> None:
    simulator.change_settings(invitations_need_trust=setting)
    with partner.onboard() as untrusted:
        answers = {kind: invite(untrusted, kind)[1] for kind in ("vendor", "customer")}

    assert {kind for kind, one in answers.items() if one.status_code == 403} == refused_kinds
    assert all(refused(answers[kind]) == (403, ["BDC_1361"]) for kind in refused_kinds)


def test_waiting_invitation_is_taken_back_before_another(
    simulator: Simulator, user: httpx.Client, invited: httpx.Client
) -> None:
    payee, _ = invite(user)
    path, body = (
        f"{INVITATION}/vendor/{payee}",
        {"networkId": network_id(user, "Produce"), "networkType": "BILL"},
    )

    assert refused(user.post(path, json=body)) == (400, ["BDC_1119"])
    simulator.change_settings(second_invitation_code="BDC_1002")
    assert refused(user.post(path, json=body)) == (400, ["BDC_1002"])
    assert user.delete(path).status_code == 200
    assert refused(user.get(path)) == refused(user.delete(path)) == (404, ["BDC_1120"])
    assert user.post(path, json=body).status_code == 200
    simulator.change_settings(second_invitation="replace", invitation_absent="NOT_CONNECTED")
    assert user.post(path, json=body).status_code == 200
    user.delete(path)
    assert user.get(path).json() == {"status": "NOT_CONNECTED"}


def test_deleted_connection_is_gone_on_both_sides(user: httpx.Client, invited: httpx.Client) -> None:
    payee, _ = invite(user)
    accept(invited)
    customer = invited.get("/v3/customers").json()["results"][0]["id"]
    assert refused(user.post(f"{INVITATION}/vendor/{payee}/email", json={"email": "a@b.example"}))[0] == 400

    user.delete(f"{INVITATION}/vendor/{payee}")

    assert invited.get(f"{INVITATION}/customer/{customer}").status_code == 404
    assert user.get(f"/v3/vendors/{payee}").json()["networkStatus"] == "NOT_CONNECTED"


@pytest.mark.parametrize(("word", "days"), [("EXPIRED", 60), ("NOT_CONNECTED", 7)])
def test_invitation_expires_by_the_clock(
    simulator: Simulator, user: httpx.Client, invited: httpx.Client, word: str, days: int
) -> None:
    assert simulator.settings.invitation_days == 60
    simulator.change_settings(expired_invitation_word=word, invitation_days=days)
    payee, _ = invite(user)
    simulator.advance(days=days - 1)
    assert state(user, payee) == "PENDING"
    simulator.advance(days=1)

    assert state(user, payee) == word
    assert user.get(f"/v3/vendors/{payee}").json()["networkStatus"] == "NOT_CONNECTED"
    assert refused(accept(invited)) == (404, ["BDC_1120"])
    body = {"networkId": network_id(user, "Produce"), "networkType": "BILL"}
    assert user.post(f"{INVITATION}/vendor/{payee}", json=body).status_code == 200
    assert state(user, payee) == "PENDING"


def test_organizations_connect_by_themselves_when_set(
    simulator: Simulator, user: httpx.Client, invited: httpx.Client
) -> None:
    simulator.change_settings(network_auto_connect=True)
    payee, _ = invite(user)

    assert state(user, payee) == "CONNECTED"
    assert refused(accept(invited)) == (404, ["BDC_1120"])


def test_vendor_outside_the_network_is_invited_by_email(simulator: Simulator, user: httpx.Client) -> None:
    path = f"{INVITATION}/vendor/{vendor(user)['id']}"

    assert refused(user.post(f"{path}/email", json={"email": "nobody"})) == (400, ["BDC_1119"])
    assert refused(user.post(f"{path}/email", json={})) == (400, ["BDC_1117"])
    assert user.post(f"{path}/email", json={"email": "new@example.com"}).status_code == 200
    assert simulator.texts[-1].body["email"] == "new@example.com"
    assert user.get(path).json()["status"] == "PENDING"
    simulator.advance(days=60)
    assert user.get(path).json()["status"] == "EXPIRED"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"networkId": "0162000000000001"}, 404),
        ({"networkId": "0162999999999999"}, 404),
        ({"networkType": "MARS"}, 400),
        ({"networkType": None}, 400),
        ({"rppsInformation": []}, 400),
    ],
)
def test_invitation_of_another_shape_is_refused(
    user: httpx.Client, invited: httpx.Client, body: dict[str, Any], status: int
) -> None:
    path = f"{INVITATION}/vendor/{vendor(user)['id']}"
    sent = {"networkId": network_id(user, "Produce"), "networkType": "BILL"} | body

    assert user.post(path, json=sent).status_code == status
    assert user.get(path).status_code == 404


def test_organization_does_not_invite_itself(user: httpx.Client) -> None:
    path = f"{INVITATION}/vendor/{vendor(user)['id']}"
    sent = {"networkId": network_id(user, "Happy Taco"), "networkType": "BILL"}

    assert refused(user.post(path, json=sent)) == (400, ["BDC_1119"])


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("kind", ["vendor", "customer"])
def test_payee_of_another_organization_does_not_exist(
    user: httpx.Client, invited: httpx.Client, method: str, kind: str
) -> None:
    payee, _ = invite(user, kind)

    answer = invited.request(method, f"{INVITATION}/{kind}/{payee}", json={})

    assert refused(answer) == (404, ["BDC_1205"])
    assert state(user, payee, kind) == "PENDING"


def test_subscribers_hear_of_the_vendors_connection(
    simulator: Simulator,
    subscriber: Subscriber,
    receiver: Receiver,
    user: httpx.Client,
    invited: httpx.Client,
) -> None:
    subscriber.subscribe(receiver.url, "vendor.updated")

    payee, _ = invite(user)
    assert simulator.settle()
    accept(invited)
    assert simulator.settle()
    user.delete(f"{INVITATION}/vendor/{payee}")
    assert simulator.settle()

    told = [one["vendor"]["networkStatus"] for one in receiver.notifications]
    assert told == ["PENDING", "CONNECTED", "NOT_CONNECTED"]
