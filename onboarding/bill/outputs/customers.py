"""Customers."""

from dataclasses import dataclass, field
from typing import Self

from onboarding.bill import reading


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer; what BILL leaves out is empty or None."""

    id: str
    name: str = ""
    archived: bool | None = None
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    account_type: str = ""

    @classmethod
    def found(cls, document: object) -> Self:
        """The answer to a create or a read."""
        source = reading.mapping(document)
        return cls(
            id=reading.identifier(source),
            name=reading.text(source, "name"),
            archived=reading.flag(source, "archived"),
            email=reading.text(source, "email"),
            phone=reading.text(source, "phone"),
            account_type=reading.text(source, "accountType"),
        )
