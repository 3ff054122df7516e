"""Bills."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Self

from onboarding.bill import reading


@dataclass(frozen=True, slots=True)
class LineItem:
    """One line of a bill."""

    id: str = ""
    amount: Decimal | None = None
    description: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill; its statuses are BILL's words."""

    id: str
    vendor_id: str = ""
    amount: Decimal | None = None
    due_date: date | None = None
    invoice_number: str = ""
    invoice_date: date | None = None
    line_items: tuple[LineItem, ...] = ()
    description: str = ""
    payment_status: str = ""
    approval_status: str = ""
    archived: bool | None = None
    created_time: datetime | None = None
    updated_time: datetime | None = None

    @classmethod
    def found(cls, document: object) -> Self:
        """The answer to a create or a read."""
        source = reading.mapping(document)
        invoice = reading.part(source, "invoice") or {}
        return cls(
            id=reading.identifier(source),
            vendor_id=reading.text(source, "vendorId"),
            amount=reading.amount(source, "amount"),
            due_date=reading.day(source, "dueDate"),
            invoice_number=reading.text(invoice, "invoiceNumber"),
            invoice_date=reading.day(invoice, "invoiceDate"),
            line_items=tuple(_line(line) for line in reading.parts(source, "billLineItems")),
            description=reading.text(source, "description"),
            payment_status=reading.text(source, "paymentStatus"),
            approval_status=reading.text(source, "approvalStatus"),
            archived=reading.flag(source, "archived"),
            created_time=reading.moment(source, "createdTime"),
            updated_time=reading.moment(source, "updatedTime"),
        )


def _line(source: reading.Source) -> LineItem:
    return LineItem(
        id=reading.text(source, "id"),
        amount=reading.amount(source, "amount"),
        description=reading.text(source, "description"),
        quantity=reading.amount(source, "quantity"),
        price=reading.amount(source, "price"),
    )
