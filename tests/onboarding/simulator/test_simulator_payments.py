from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.money import (
    BANK_DETAILS,
    BILLS,
    PAYMENTS,
    VENDORS,
    added,
    bank_account,
    bill,
    payment_of_a_bill,
    refused,
    trust,
    vendor,
)
from tests.onboarding.simulator.partner import Partner, codes
from tests.onboarding.simulator.receiver import Receiver, Subscriber

WALLET = {"type": "WALLET"}


@pytest.fixture
def user(simulator: Simulator, partner: Partner) -> Iterator[httpx.Client]:
    """An administrator in a trusted session that outlives every jump of the clock."""
    simulator.change_settings(idle_minutes=1_000_000)
    with partner.onboard() as user:
        yield trust(simulator, user)


@pytest.fixture
def payment(user: httpx.Client) -> dict[str, Any]:
    return payment_of_a_bill(user)


def day(simulator: Simulator, days: int = 0) -> str:
    return str(simulator.clock.now().date() + timedelta(days=days))


def weekday(simulator: Simulator, number: int) -> None:
    """Move the clock to noon of the next day of this number; Monday is 0."""
    now = simulator.clock.now()
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
    simulator.clock.advance(noon + timedelta(days=(number - noon.weekday()) % 7) - now)


def bill_of(user: httpx.Client, payment: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = user.get(f"{BILLS}/{payment['billId']}").json()
    return found


def test_payment_is_scheduled(simulator: Simulator, user: httpx.Client, payment: dict[str, Any]) -> None:
    process_date = day(simulator, 7)
    sent = payment | {
        "processDate": process_date, "description": "Plants", "transactionNumber": "portal-17",
        "processingOptions": {"createBill": False, "requestPayFaster": True},
    }  # fmt: skip

    answer = user.post(PAYMENTS, json=sent)
    made = answer.json()

    assert answer.status_code == 200
    assert made["id"].startswith("stp")
    assert made.items() >= sent.items()
    assert (made["status"], made["singleStatus"], made["disbursementType"]) == (
        "SCHEDULED",
        "SCHEDULED",
        "CHECK",
    )
    assert made["vendorId"] == bill_of(user, payment)["vendorId"]
    assert [(one["id"][:3], one["billId"], one["amount"]) for one in made["billPayments"]] == [
        ("blp", payment["billId"], 228.99)
    ]
    assert made["confirmationNumber"]
    assert user.get(f"{PAYMENTS}/{made['id']}").json() == made
    assert user.get(PAYMENTS, params={"filters": "transactionNumber:eq:portal-17"}).json()["results"] == [
        made
    ]


def test_payment_needs_a_trusted_session(
    simulator: Simulator, partner: Partner, user: httpx.Client, payment: dict[str, Any]
) -> None:
    details = user.get("/v3/login/session").json()

    with partner.as_user(details["organizationId"], details["userId"]) as untrusted:
        assert refused(untrusted.post(PAYMENTS, json=payment)) == (403, ["BDC_1361"])
        assert untrusted.get(PAYMENTS).json()["results"] == []
    assert user.post(PAYMENTS, json=payment).status_code == 200


def test_vendor_with_bank_details_is_paid_electronically(user: httpx.Client, payment: dict[str, Any]) -> None:
    rich = vendor(user, paymentInformation={"bankAccount": BANK_DETAILS})
    sent = payment | {"billId": bill(user, rich["id"])["id"], "vendorId": rich["id"]}

    assert added(user, PAYMENTS, sent)["disbursementType"] == "ACH"


def test_bill_follows_its_payments(simulator: Simulator, user: httpx.Client, payment: dict[str, Any]) -> None:
    simulator.change_settings(part_paid_word="PARTLY")
    found = [bill_of(user, payment)["paymentStatus"]]
    for amount, days in ((100, 3), (128.99, 5)):
        added(user, PAYMENTS, payment | {"amount": amount, "processDate": day(simulator, days)})
        found.append(bill_of(user, payment)["paymentStatus"])
    simulator.advance(days=4)
    found.append(bill_of(user, payment)["paymentStatus"])
    simulator.advance(days=2)
    found.append(bill_of(user, payment)["paymentStatus"])

    assert found == ["UNPAID", "PARTLY", "SCHEDULED", "SCHEDULED", "PAID"]
    assert user.get(BILLS, params={"filters": "paymentStatus:eq:PAID"}).json()["results"]


@pytest.mark.parametrize("word", ["PAID", "PROCESSED"])
def test_payment_is_processed_when_its_date_is_over(
    simulator: Simulator, user: httpx.Client, payment: dict[str, Any], word: str
) -> None:
    simulator.change_settings(processed_payment_word=word)
    weekday(simulator, 2)
    made = added(user, PAYMENTS, payment | {"processDate": day(simulator)})
    simulator.advance(hours=11, minutes=59)
    assert simulator.payments[0].body["status"] == "SCHEDULED"
    simulator.advance(minutes=2)

    processed = user.get(f"{PAYMENTS}/{made['id']}").json()

    assert (processed["status"], processed["singleStatus"]) == (word, word)
    assert processed["updatedTime"] == f"{day(simulator)}T00:00:00.000+00:00"
    assert user.get(PAYMENTS, params={"filters": f"status:eq:{word}"}).json()["results"] == [processed]


def test_bill_is_not_overpaid(user: httpx.Client, payment: dict[str, Any]) -> None:
    assert refused(user.post(PAYMENTS, json=payment | {"amount": 229})) == (400, ["BDC_1159"])
    added(user, PAYMENTS, payment | {"amount": 200})
    assert refused(user.post(PAYMENTS, json=payment | {"amount": 29})) == (400, ["BDC_1159"])
    assert user.post(PAYMENTS, json=payment | {"amount": 28.99}).status_code == 200


def test_bill_is_made_with_the_payment(
    simulator: Simulator, user: httpx.Client, payment: dict[str, Any]
) -> None:
    vendor_id = bill_of(user, payment)["vendorId"]
    sent = {name: value for name, value in payment.items() if name != "billId"}
    sent |= {"processingOptions": {"createBill": True}, "amount": 12.3, "vendorId": vendor_id}

    made = added(user, PAYMENTS, sent | {"processDate": day(simulator, 9)})

    new = bill_of(user, made)
    assert made["billPayments"][0]["billId"] == new["id"] != payment["billId"]
    assert (new["amount"], new["paymentStatus"], new["dueDate"]) == (12.3, "SCHEDULED", day(simulator, 9))
    assert refused(user.post(PAYMENTS, json=sent | {"billId": new["id"]})) == (400, ["BDC_1119"])
    sent.pop("vendorId")
    assert refused(user.post(PAYMENTS, json=sent)) == (400, ["BDC_1117"])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"fundingAccount": None}, "BDC_1117"),
        ({"fundingAccount": {"type": "CASH", "id": "bac"}}, "BDC_1119"),
        ({"fundingAccount": {"type": "BANK_ACCOUNT"}}, "BDC_1117"),
        ({"fundingAccount": {"type": "WALLET", "id": "bac"}}, "BDC_1119"),
        ({"amount": None}, "BDC_1117"),
        ({"amount": 0}, "BDC_1119"),
        ({"amount": -5}, "BDC_1119"),
        ({"amount": 1.005}, "BDC_1119"),
        ({"amount": "1.00"}, "BDC_1124"),
        ({"processingOptions": None}, "BDC_1117"),
        ({"processingOptions": {"createBill": "true"}}, "BDC_1124"),
        ({"billId": None}, "BDC_1117"),
        ({"billId": "009x"}, "BDC_1119"),
        ({"transactionNumber": "x" * 51}, "BDC_1119"),
        ({"processDate": 20300131}, "BDC_1124"),
    ],
)
def test_payment_of_another_shape_is_refused(
    simulator: Simulator, user: httpx.Client, payment: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    simulator.change_settings(null_fields="ignore")

    assert refused(user.post(PAYMENTS, json=payment | changes)) == (400, [code])
    assert simulator.payments == []


def test_vendor_of_another_bill_is_refused(user: httpx.Client, payment: dict[str, Any]) -> None:
    other = vendor(user, name="Other")["id"]

    assert refused(user.post(PAYMENTS, json=payment | {"vendorId": other})) == (400, ["BDC_1119"])


def test_bank_account_must_be_verified(
    simulator: Simulator, user: httpx.Client, payment: dict[str, Any]
) -> None:
    pending = {"type": "BANK_ACCOUNT", "id": bank_account(user, verified=False)["id"]}

    assert refused(user.post(PAYMENTS, json=payment | {"fundingAccount": pending})) == (403, ["BDC_1150"])
    simulator.change_settings(cannot_pay_status=422)
    assert refused(user.post(PAYMENTS, json=payment | {"fundingAccount": pending})) == (422, ["BDC_1150"])


def test_wallet_and_cards_are_paid_from_on_a_date(
    simulator: Simulator, user: httpx.Client, payment: dict[str, Any]
) -> None:
    card = {"id": simulator.settings.card_accounts}
    wallet = payment | {"fundingAccount": WALLET, "amount": 1}
    virtual = wallet | {"fundingAccount": card | {"type": "AP_CARD"}}

    for sent in (wallet, virtual):
        assert refused(user.post(PAYMENTS, json=sent)) == (400, ["BDC_1117"])
        assert user.post(PAYMENTS, json=sent | {"processDate": day(simulator)}).status_code == 200
    assert (
        user.post(PAYMENTS, json=wallet | {"fundingAccount": card | {"type": "CARD_ACCOUNT"}}).status_code
        == 200
    )
    unknown = wallet | {"fundingAccount": {"type": "CARD_ACCOUNT", "id": "x"}}
    assert refused(user.post(PAYMENTS, json=unknown)) == (404, ["BDC_1205"])
    simulator.change_settings(card_accounts="")
    assert user.post(PAYMENTS, json=unknown).status_code == 200


@pytest.mark.parametrize("asked", ["2020-01-01", "soon", "", "2030-02-30", "20300131", "9999-12-31"])
def test_impossible_process_date_has_a_code_of_its_own(
    simulator: Simulator, user: httpx.Client, payment: dict[str, Any], asked: str
) -> None:
    assert refused(user.post(PAYMENTS, json=payment | {"processDate": asked})) == (422, ["BDC_1152"])
    simulator.change_settings(process_date_status=400)
    assert refused(user.post(PAYMENTS, json=payment | {"processDate": asked})) == (400, ["BDC_1152"])


def test_earliest_process_date_follows_the_setting(
    simulator: Simulator, user: httpx.Client, payment: dict[str, Any]
) -> None:
    weekday(simulator, 4)
    assert user.post(PAYMENTS, json=payment | {"amount": 1, "processDate": day(simulator)}).status_code == 200
    simulator.change_settings(earliest_process_days=1)

    sent = payment | {"amount": 1, "processDate": day(simulator)}
    assert codes(user.post(PAYMENTS, json=sent)) == ["BDC_1152"]
    # Tomorrow is a Saturday: without a date Monday is taken.
    assert added(user, PAYMENTS, payment | {"amount": 1})["processDate"] == day(simulator, 3)


def test_new_vendor_account_waits_two_business_days_when_set(
    simulator: Simulator, user: httpx.Client, payment: dict[str, Any]
) -> None:
    weekday(simulator, 3)
    rich = vendor(user, paymentInformation={"bankAccount": BANK_DETAILS})
    sent = payment | {"billId": bill(user, rich["id"])["id"], "amount": 1}
    assert user.post(PAYMENTS, json=sent | {"processDate": day(simulator)}).status_code == 200
    simulator.change_settings(vendor_account_waits=True)

    # From Thursday over the weekend to Monday.
    assert refused(user.post(PAYMENTS, json=sent | {"processDate": day(simulator, 3)})) == (400, ["BDC_1402"])
    assert user.post(PAYMENTS, json=sent | {"processDate": day(simulator, 4)}).status_code == 200
    assert date.fromisoformat(added(user, PAYMENTS, sent)["processDate"]).weekday() == 0
    assert user.post(PAYMENTS, json=payment | {"processDate": day(simulator)}).status_code == 200
    simulator.advance(days=4)
    assert user.post(PAYMENTS, json=sent | {"processDate": day(simulator)}).status_code == 200


@pytest.mark.parametrize(("unique", "status"), [(False, 200), (True, 400)])
def test_transaction_number_again_follows_the_setting(
    simulator: Simulator,
    partner: Partner,
    user: httpx.Client,
    payment: dict[str, Any],
    unique: bool,
    status: int,
) -> None:
    simulator.change_settings(transaction_number_unique=unique)
    sent = payment | {"amount": 1, "transactionNumber": "x" * 50}
    added(user, PAYMENTS, sent)

    assert user.post(PAYMENTS, json=sent).status_code == status
    assert user.post(PAYMENTS, json=sent | {"transactionNumber": "y"}).status_code == 200


def test_what_another_organization_has_cannot_be_paid_with(
    simulator: Simulator,
    partner: Partner,
    other_partner: Partner,
    user: httpx.Client,
    payment: dict[str, Any],
) -> None:
    made = added(user, PAYMENTS, payment | {"amount": 1})

    with partner.onboard("Sibling", "bob1") as sibling, other_partner.onboard() as stranger:
        for other in (trust(simulator, sibling), trust(simulator, stranger)):
            own = payment | {"fundingAccount": {"type": "BANK_ACCOUNT", "id": bank_account(other)["id"]}}
            paths = (PAYMENTS, f"{PAYMENTS}/{made['id']}")
            answers = [
                other.post(PAYMENTS, json=payment),
                other.post(PAYMENTS, json=own),
                other.get(paths[1]),
            ]
            assert [refused(one) for one in answers] == [(404, ["BDC_1205"])] * 3
            assert other.get(PAYMENTS).json()["results"] == []


def test_subscribers_hear_of_the_payment_when_scheduled_and_when_processed(
    simulator: Simulator,
    subscriber: Subscriber,
    receiver: Receiver,
    user: httpx.Client,
    payment: dict[str, Any],
) -> None:
    subscriber.subscribe(receiver.url, "payment.updated")
    made = added(user, PAYMENTS, payment | {"processDate": day(simulator, 3), "transactionNumber": "t1"})
    assert simulator.settle()
    assert [one["payment"]["status"] for one in receiver.notifications] == ["SCHEDULED"]
    simulator.advance(days=4)
    assert simulator.settle()

    told = receiver.notifications[1]["payment"]
    assert (told["id"], told["status"], told["transactionNumber"]) == (made["id"], "PAID", "t1")
    assert told["billIds"] == [payment["billId"]]
    assert told["updatedTime"] == user.get(f"{PAYMENTS}/{made['id']}").json()["updatedTime"]


def test_money_is_on_the_control_page_newest_first(
    simulator: Simulator, user: httpx.Client, control: httpx.Client, payment: dict[str, Any]
) -> None:
    for reference in ("<first>", "second"):
        added(user, PAYMENTS, payment | {"amount": 1, "transactionNumber": reference})
    user.post(VENDORS, json={})

    page = control.get("/money", headers={"accept": "text/html"}).text

    for word in ("Happy Music Supplies", "**** 2222", "VERIFIED", "SCHEDULED", "NOT_CONNECTED", "Test Bank"):
        assert word in page
    assert page.index("second") < page.index("&lt;first&gt;")
    simulator.advance(days=10)
    assert "PAID" in control.get("/money").text
    counts = control.get("/state").json()["counts"]
    assert (counts["payment"], counts["bank account"], counts["vendor"], counts["bill"]) == (2, 1, 1, 1)
