"""Vendors and customers of an organization."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.money import ADDRESS, BANK_DETAILS, VENDOR, VENDORS, refused, vendor
from tests.onboarding.simulator.partner import Partner
from tests.onboarding.simulator.receiver import Receiver, Subscriber

CUSTOMERS = "/v3/customers"


@pytest.fixture
def user(partner: Partner) -> Iterator[httpx.Client]:
    with partner.onboard() as user:
        yield user


def paid_to(**details: Any) -> dict[str, Any]:
    return VENDOR | {
        "paymentInformation": {"payeeName": "Happy Music", "bankAccount": BANK_DETAILS | details}
    }


def test_vendor_is_answered_as_sent_with_its_account_number_masked(user: httpx.Client) -> None:
    sent = paid_to() | {"email": "happy@example.com", "phone": "9998887777", "accountType": "BUSINESS"}

    answer = user.post(VENDORS, json=sent)
    made = answer.json()

    assert answer.status_code == 200
    assert made["id"].startswith("009")
    assert {name: made[name] for name in ("name", "address", "email", "phone", "accountType")} == {
        name: sent[name] for name in ("name", "address", "email", "phone", "accountType")
    }
    assert made["paymentInformation"]["bankAccount"] == BANK_DETAILS | {"accountNumber": "**** 2222"}
    assert (made["archived"], made["networkStatus"]) == (False, "NOT_CONNECTED")
    assert user.get(f"{VENDORS}/{made['id']}").json() == made
    assert user.get(VENDORS).json()["results"] == [made]


def test_account_number_of_a_vendor_is_kept_nowhere(
    simulator: Simulator, user: httpx.Client, control: httpx.Client
) -> None:
    user.post(VENDORS, json=paid_to(accountNumber="998877665544"))

    assert simulator.vendors[0].body["paymentInformation"]["bankAccount"]["accountNumber"] == "**** 5544"
    seen = [control.get(path).text for path in ("/state", "/calls", "/money")]
    assert not any("998877665544" in text for text in seen)
    simulator.change_settings(account_number_shown="stars")
    assert "5544" not in user.get(VENDORS).text


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"address": ADDRESS}, "BDC_1117"),
        (VENDOR | {"name": ""}, "BDC_1117"),
        (VENDOR | {"name": 7}, "BDC_1124"),
        (VENDOR | {"email": None}, "BDC_1124"),
        (VENDOR | {"email": "nobody"}, "BDC_1119"),
        (VENDOR | {"accountType": "ROBOT"}, "BDC_1119"),
        (VENDOR | {"address": ADDRESS | {"country": "USA"}}, "BDC_1119"),
        (VENDOR | {"address": {"line1": "1"}}, "BDC_1117"),
        (VENDOR | {"paymentInformation": []}, "BDC_1124"),
        (paid_to(routingNumber="074000011"), "BDC_1119"),
        (paid_to(routingNumber="07400001"), "BDC_1119"),
        (paid_to(accountNumber="12-34"), "BDC_1119"),
        (paid_to(type="GIRO"), "BDC_1119"),
        (paid_to(ownerType=None), "BDC_1117"),
    ],
)
def test_vendor_of_another_shape_is_refused(user: httpx.Client, sent: dict[str, Any], code: str) -> None:
    status, found = refused(user.post(VENDORS, json=sent))

    assert (status, set(found)) == (400, {code})
    assert user.get(VENDORS).json()["results"] == []


def test_what_the_settings_allow_of_a_vendor(simulator: Simulator, user: httpx.Client) -> None:
    simulator.change_settings(
        routing_checksum=False, vendor_bank_details_complete=False, payee_account_types=""
    )
    sent = {"paymentInformation": {"bankAccount": {"routingNumber": "074000011"}}, "accountType": "ROBOT"}

    assert vendor(user, **sent)["paymentInformation"] == sent["paymentInformation"]


def test_vendors_are_filtered_and_sorted(user: httpx.Client) -> None:
    for name in ("Beta", "Alpha", "Gamma"):
        vendor(user, name=name)

    def names(**query: str) -> list[str]:
        return [one["name"] for one in user.get(VENDORS, params=query).json()["results"]]

    assert names(sort="name:asc") == ["Alpha", "Beta", "Gamma"]
    assert names(filters='name:sw:"Ga",archived:eq:false') == ["Gamma"]
    assert refused(user.get(VENDORS, params={"filters": "shoe:eq:9"})) == (400, ["BDC_1130"])


@pytest.mark.parametrize("path", [VENDORS, CUSTOMERS])
def test_what_another_organization_has_does_not_exist(
    partner: Partner, other_partner: Partner, user: httpx.Client, path: str
) -> None:
    made = user.post(path, json=VENDOR).json()

    with partner.onboard("Sibling", "bob1") as sibling, other_partner.onboard() as stranger:
        for other in (sibling, stranger):
            assert refused(other.get(f"{path}/{made['id']}")) == (404, ["BDC_1205"])
            assert other.get(path).json()["results"] == []


def test_partner_session_is_not_enough(partner: Partner) -> None:
    assert refused(partner.post(VENDORS, VENDOR)) == (401, ["BDC_1102"])


def test_customer_is_created_listed_and_read(user: httpx.Client) -> None:
    sent = {
        "name": "Happy Guests",
        "email": "guests@example.com",
        "phone": "4085550123",
        "accountType": "PERSON",
    }

    made = user.post(CUSTOMERS, json=sent).json()

    assert made["id"].startswith("0cu")
    assert sent.items() <= made.items()
    assert user.get(f"{CUSTOMERS}/{made['id']}").json() == made
    assert user.get(CUSTOMERS, params={"filters": "name:eq:Happy Guests"}).json()["results"] == [made]
    assert refused(user.post(CUSTOMERS, json={"email": "guests"})) == (400, ["BDC_1117", "BDC_1119"])


def test_subscribers_hear_of_a_new_vendor(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver, user: httpx.Client
) -> None:
    subscriber.subscribe(receiver.url, "vendor.created")

    made = vendor(user)

    assert simulator.settle()
    assert [one["vendor"] for one in receiver.notifications] == [made]
