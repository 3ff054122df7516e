"""Customers."""

from dataclasses import dataclass, field

from onboarding.bill.inputs.fields import filled, require


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A customer to create."""

    name: str
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    account_type: str = ""

    def __post_init__(self) -> None:
        require(name=self.name)

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return filled(name=self.name, email=self.email, phone=self.phone, accountType=self.account_type)
