"""Bills."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from onboarding.bill.inputs.fields import filled, require, require_money


@dataclass(frozen=True, slots=True)
class NewLineItem:
    """One line of a bill: an amount, or a quantity and a price."""

    amount: Decimal | None = None
    description: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None

    def __post_init__(self) -> None:
        require_money(amount=self.amount, quantity=self.quantity, price=self.price)
        if self.amount is None and (self.quantity is None or self.price is None):
            raise ValueError("A line has an amount, or a quantity and a price.")

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return filled(
            amount=self.amount, description=self.description, quantity=self.quantity, price=self.price
        )


@dataclass(frozen=True, slots=True)
class NewBill:
    """A bill to create."""

    vendor_id: str
    due_date: date
    line_items: tuple[NewLineItem, ...]
    invoice_number: str = ""
    invoice_date: date | None = None
    description: str = ""

    def __post_init__(self) -> None:
        require(vendor_id=self.vendor_id)
        if not self.line_items:
            raise ValueError("line_items must hold at least one line.")

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        invoiced = self.invoice_date.isoformat() if self.invoice_date else ""
        return filled(
            vendorId=self.vendor_id,
            dueDate=self.due_date.isoformat(),
            invoice=filled(invoiceNumber=self.invoice_number, invoiceDate=invoiced),
            billLineItems=[line.payload() for line in self.line_items],
            description=self.description,
        )
