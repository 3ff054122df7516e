from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.money import BILLS, bill, refused, vendor
from tests.onboarding.simulator.partner import Partner
from tests.onboarding.simulator.receiver import Receiver, Subscriber

UNKNOWN_VENDOR = "00901UNKNOWNUNKNOWNx"


@pytest.fixture
def user(partner: Partner) -> Iterator[httpx.Client]:
    with partner.onboard() as user:
        yield user


def sent(vendor_id: str, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    body = {"vendorId": vendor_id, "dueDate": "2030-01-31", "invoice": {}, "billLineItems": list(lines)}
    return body | fields


def test_bill_is_unpaid_and_its_amount_is_the_sum_of_its_lines(user: httpx.Client) -> None:
    vendor_id = vendor(user)["id"]
    lines: list[dict[str, Any]] = [
        {"amount": 228.99, "description": "Plants"},
        {"quantity": 3, "price": 0.335},
        {"amount": -0.1},
    ]
    invoice = {"invoiceNumber": "202501", "invoiceDate": "2029-12-20"}

    answer = user.post(BILLS, json=sent(vendor_id, *lines, invoice=invoice, description="Lobby"))
    made = answer.json()

    assert answer.status_code == 200
    assert made["id"].startswith("00n")
    # 3 times 0.335 is 1.005, and half a cent is rounded up.
    assert [line["amount"] for line in made["billLineItems"]] == [228.99, 1.01, -0.1]
    assert made["amount"] == 229.9
    assert len({line["id"] for line in made["billLineItems"]}) == 3
    assert (made["paymentStatus"], made["approvalStatus"]) == ("UNPAID", "UNASSIGNED")
    assert (made["invoice"], made["description"], made["dueDate"]) == (invoice, "Lobby", "2030-01-31")
    assert user.get(f"{BILLS}/{made['id']}").json() == made
    assert user.get(BILLS).json()["results"] == [made]


def test_sum_is_exact_where_binary_fractions_are_not(user: httpx.Client) -> None:
    assert bill(user, vendor(user)["id"], *[0.1] * 3)["amount"] == 0.3


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"vendorId": None}, {"BDC_1117"}),
        ({"vendorId": "006x"}, {"BDC_1119"}),
        ({"dueDate": "2030-02-30"}, {"BDC_1119"}),
        ({"dueDate": "31.1.2030"}, {"BDC_1119"}),
        ({"dueDate": 20300131}, {"BDC_1124"}),
        ({"invoice": None}, {"BDC_1117"}),
        ({"invoice": {"invoiceNumber": 7}}, {"BDC_1124"}),
        ({"invoice": {"invoiceDate": "soon"}}, {"BDC_1119"}),
        ({"billLineItems": []}, {"BDC_1119"}),
        ({"billLineItems": {}}, {"BDC_1124"}),
        ({"billLineItems": [7]}, {"BDC_1124"}),
        ({"billLineItems": [{}]}, {"BDC_1117"}),
        ({"billLineItems": [{"quantity": 2}]}, {"BDC_1117"}),
        ({"billLineItems": [{"amount": "1.00"}]}, {"BDC_1124"}),
        ({"billLineItems": [{"amount": True}]}, {"BDC_1124"}),
        ({"billLineItems": [{"amount": 0.001}]}, {"BDC_1119"}),
        ({"billLineItems": [{"amount": 10**400}]}, {"BDC_1119"}),
        ({"billLineItems": [{"amount": 1, "id": 7}]}, {"BDC_1124"}),
        ({"billLineItems": [{"quantity": 10**9, "price": 10**9}]}, {"BDC_1119"}),
        ({"billLineItems": [{"amount": 1}, {"amount": -2}]}, {"BDC_1119"}),
    ],
)
def test_bill_of_another_shape_is_refused(
    user: httpx.Client, changes: dict[str, Any], codes: set[str]
) -> None:
    body = sent(vendor(user)["id"], {"amount": 1}) | changes

    status, found = refused(user.post(BILLS, json=body))

    assert (status, set(found)) == (400, codes)
    assert user.get(BILLS).json()["results"] == []


def test_numbers_that_json_does_not_have_are_refused(user: httpx.Client) -> None:
    text = '{"vendorId": "009", "dueDate": "2030-01-31", "invoice": {}, "billLineItems": [{"amount": %s}]}'
    headers = {"content-type": "application/json"}

    assert refused(user.post(BILLS, content=text % "1e999", headers=headers)) == (400, ["BDC_1119"])
    assert refused(user.post(BILLS, content=text % "NaN", headers=headers)) == (400, ["BDC_1122"])


def test_bill_needs_a_vendor_of_the_same_organization(
    partner: Partner, other_partner: Partner, user: httpx.Client
) -> None:
    vendor_id = vendor(user)["id"]
    bill_id = bill(user, vendor_id)["id"]

    assert refused(user.post(BILLS, json=sent(UNKNOWN_VENDOR, {"amount": 1}))) == (404, ["BDC_1205"])
    with partner.onboard("Sibling", "bob1") as sibling, other_partner.onboard() as stranger:
        for other in (sibling, stranger):
            assert refused(other.post(BILLS, json=sent(vendor_id, {"amount": 1}))) == (404, ["BDC_1205"])
            assert refused(other.get(f"{BILLS}/{bill_id}")) == (404, ["BDC_1205"])
            assert other.get(BILLS).json()["results"] == []


def test_bills_are_filtered(user: httpx.Client) -> None:
    first, second = vendor(user)["id"], vendor(user, name="Other")["id"]
    bill(user, first)
    wanted = bill(user, second, dueDate="2031-01-31")

    for filters in (f"vendorId:eq:{second}", "dueDate:gt:2030-06-30", f'id:in:"{wanted["id"]},x"'):
        assert user.get(BILLS, params={"filters": filters}).json()["results"] == [wanted]


def test_subscribers_hear_of_a_new_bill(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver, user: httpx.Client
) -> None:
    subscriber.subscribe(receiver.url, "bill.created")

    made = bill(user, vendor(user)["id"])

    assert simulator.settle()
    assert [one["bill"] for one in receiver.notifications] == [made]
