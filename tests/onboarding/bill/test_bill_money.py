from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.bill.client import BillClient
from onboarding.bill.errors import BillOutcomeUnknown
from onboarding.bill.inputs import FundingAccount, FundingType, NewBill, NewLineItem, NewPayment
from onboarding.bill.reading import amount, document_in, mapping
from onboarding.bill.sessions import Secret
from onboarding.bill.writing import written
from tests.onboarding.bill.wire import CHILD, MemoryJournal, Wire, fails, raw, says

WALLET = FundingAccount(FundingType.WALLET)
TODAY = date(2025, 1, 20)


def payment_of(value: Decimal) -> NewPayment:
    return NewPayment(WALLET, value, process_date=TODAY)


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        ("0.10", b"0.10"),
        ("1E+3", b"1000"),
        ("123456789012345.67", b"123456789012345.67"),
        ("0.1000000000000000055511151231257827", b"0.1000000000000000055511151231257827"),
    ],
)
def test_amount_is_a_number_of_exactly_these_digits(
    wire: Wire, bill: BillClient, value: str, digits: bytes
) -> None:
    wire.will(says({"id": "stp01"}))

    bill.create_payment(session=CHILD, payment=payment_of(Decimal(value)))

    assert b'"amount": ' + digits + b"," in wire.requests[0].body


def test_answered_amount_keeps_every_digit(wire: Wire, bill: BillClient) -> None:
    wire.will(raw(b'{"id": "stp01", "amount": 90071992547409.93, "billPayments": [{"amount": 0.30}]}'))

    payment = bill.get_payment(session=CHILD, payment_id="stp01")

    assert str(payment.amount) == "90071992547409.93"
    assert str(payment.bill_payments[0].amount) == "0.30"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15))
def test_amount_survives_the_way_there_and_back(value: Decimal) -> None:
    returned = amount(mapping(document_in(written({"amount": value}).encode())), "amount")

    assert returned == value


@pytest.mark.parametrize("number", ["true", '"228.99"', "null", "[1]"])
def test_amount_that_is_no_number_is_none(wire: Wire, bill: BillClient, number: str) -> None:
    wire.will(raw(f'{{"id": "stp01", "amount": {number}}}'.encode()))

    assert bill.get_payment(session=CHILD, payment_id="stp01").amount is None


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999999999", "1e99999999999999999999"])
def test_number_out_of_all_proportion_is_not_read(wire: Wire, bill: BillClient, number: str) -> None:
    wire.will(raw(f'{{"id": "stp01", "amount": {number}}}'.encode()))

    with pytest.raises(BillOutcomeUnknown):
        bill.create_payment(session=CHILD, payment=payment_of(Decimal(1)))


NO_MONEY: list[Any] = [0.1, 1, "1", Decimal("NaN"), Decimal("Infinity"), Decimal("1E+99"), Decimal("1E-99")]


@pytest.mark.parametrize("value", NO_MONEY)
def test_what_is_no_exact_amount_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="decimal"):
        payment_of(value)
    with pytest.raises(ValueError, match="decimal"):
        NewLineItem(value)


def test_amounts_in_the_journal_are_plain_json(wire: Wire, bill: BillClient, journal: MemoryJournal) -> None:
    wire.will(says({"id": "00n01"}))

    bill.create_bill(session=CHILD, bill=NewBill("00901", TODAY, (NewLineItem(Decimal("0.10")),)))

    assert journal.calls[0].payload is not None
    assert journal.calls[0].payload["billLineItems"] == [{"amount": "0.10"}]


def test_amounts_in_an_excerpt_stay_as_bill_wrote_them(wire: Wire, bill: BillClient) -> None:
    wire.will(raw(b'{"amount": 0.10, "accountNumber": 12345678}'))

    with pytest.raises(BillOutcomeUnknown) as caught:
        bill.create_payment(session=CHILD, payment=payment_of(Decimal("0.10")))

    assert caught.value.excerpt == '{"amount": 0.10, "accountNumber": "*****"}'


@pytest.mark.parametrize("deposit", ["0", "0.009", "1", "-0.5"])
def test_deposit_out_of_bounds_costs_no_try(bill: BillClient, journal: MemoryJournal, deposit: str) -> None:
    with pytest.raises(ValueError, match="deposit_amount"):
        bill.verify_bank_account(session=CHILD, bank_account_id="bac01", deposit_amount=Decimal(deposit))

    assert journal.calls == []


def test_text_is_written_as_json_writes_it() -> None:
    document = {"quote": 'a "b" \\ \n é', "nothing": None, "yes": True, "list": [1, ("x", Secret("s"))]}

    assert document_in(written(document).encode()) == {
        "quote": 'a "b" \\ \n é',
        "nothing": None,
        "yes": True,
        "list": [1, ["x", "s"]],
    }


@pytest.mark.parametrize("value", [Decimal("NaN"), float("nan"), float("inf")])
def test_what_json_has_no_number_for_is_not_written(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        written([value])


def test_refused_payment_says_why(wire: Wire, bill: BillClient) -> None:
    wire.will(fails(422, "BDC_1152", message="Invalid Process Date : ${paramName0}."))

    with pytest.raises(Exception, match="BDC_1152"):
        bill.create_payment(session=CHILD, payment=payment_of(Decimal(1)))


def test_deposit_that_is_no_amount_is_refused(bill: BillClient) -> None:
    with pytest.raises(ValueError, match="decimal"):
        bill.verify_bank_account(session=CHILD, bank_account_id="bac01", deposit_amount=Decimal("NaN"))
