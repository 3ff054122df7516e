"""Payments."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from onboarding.bill import reading


@dataclass(frozen=True, slots=True)
class BillPayment:
    """What a payment pays of one bill."""

    id: str = ""
    bill_id: str = ""
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment; its statuses are BILL's words."""

    id: str
    status: str = ""
    single_status: str = ""
    amount: Decimal | None = None
    vendor_id: str = ""
    bill_id: str = ""
    process_date: date | None = None
    funding_type: str = ""
    funding_id: str = ""
    bill_payments: tuple[BillPayment, ...] = ()
    disbursement_type: str = ""
    description: str = ""
    transaction_number: str = ""
    confirmation_number: str = ""
    created_by: str = ""

    @classmethod
    def found(cls, document: object) -> Self:
        """The answer to a create or a read."""
        source = reading.mapping(document)
        funding = reading.part(source, "fundingAccount") or {}
        return cls(
            id=reading.identifier(source),
            status=reading.text(source, "status"),
            single_status=reading.text(source, "singleStatus"),
            amount=reading.amount(source, "amount"),
            vendor_id=reading.text(source, "vendorId"),
            bill_id=reading.text(source, "billId"),
            process_date=reading.day(source, "processDate"),
            funding_type=reading.text(funding, "type"),
            funding_id=reading.text(funding, "id"),
            bill_payments=tuple(_bill_payment(part) for part in reading.parts(source, "billPayments")),
            disbursement_type=reading.text(source, "disbursementType"),
            description=reading.text(source, "description"),
            transaction_number=reading.text(source, "transactionNumber"),
            confirmation_number=reading.text(source, "confirmationNumber"),
            created_by=reading.text(source, "createdBy"),
        )


def _bill_payment(source: reading.Source) -> BillPayment:
    return BillPayment(
        id=reading.text(source, "id"),
        bill_id=reading.text(source, "billId"),
        amount=reading.amount(source, "amount"),
    )
