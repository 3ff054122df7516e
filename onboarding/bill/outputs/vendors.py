"""Vendors."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from onboarding.bill import reading
from onboarding.bill.inputs.addresses import Address
from onboarding.bill.outputs.addresses import address_in


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor; what BILL leaves out is empty or None."""

    id: str
    name: str = ""
    archived: bool | None = None
    account_type: str = ""
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    short_name: str = ""
    address: Address | None = None
    payee_name: str = ""
    # As BILL returns it, which may be masked; without one the vendor is paid by check.
    bank_account_number: str = field(default="", repr=False)
    created_time: datetime | None = None
    updated_time: datetime | None = None

    @classmethod
    def found(cls, document: object) -> Self:
        """The answer to a create or a read."""
        source = reading.mapping(document)
        payment = reading.part(source, "paymentInformation") or {}
        return cls(
            id=reading.identifier(source),
            name=reading.text(source, "name"),
            archived=reading.flag(source, "archived"),
            account_type=reading.text(source, "accountType"),
            email=reading.text(source, "email"),
            phone=reading.text(source, "phone"),
            short_name=reading.text(source, "shortName"),
            address=address_in(source, "address"),
            payee_name=reading.text(payment, "payeeName"),
            bank_account_number=reading.text(reading.part(payment, "bankAccount") or {}, "accountNumber"),
            created_time=reading.moment(source, "createdTime"),
            updated_time=reading.moment(source, "updatedTime"),
        )
