"""Vendors."""

from dataclasses import dataclass, field

from onboarding.bill.inputs.addresses import Address
from onboarding.bill.inputs.banks import BankAccountType, BankOwnerType
from onboarding.bill.inputs.fields import filled, require
from onboarding.bill.sessions import Secret


@dataclass(frozen=True, slots=True)
class VendorBankAccount:
    """Where the vendor is paid; BILL takes two business days to accept a new one."""

    name_on_account: str
    account_number: Secret
    routing_number: str = field(repr=False)
    type: BankAccountType | None = None
    owner_type: BankOwnerType | None = None

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return filled(
            nameOnAccount=self.name_on_account,
            accountNumber=self.account_number,
            routingNumber=self.routing_number,
            type=self.type,
            ownerType=self.owner_type,
        )


@dataclass(frozen=True, slots=True)
class NewVendor:
    """A vendor to create; without a bank account it is paid by check."""

    name: str
    address: Address
    account_type: str = ""
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    short_name: str = ""
    # The organization's own number at the vendor.
    account_number: Secret | None = None
    payee_name: str = ""
    bank_account: VendorBankAccount | None = None

    def __post_init__(self) -> None:
        require(name=self.name)

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        bank_account = self.bank_account.payload() if self.bank_account else None
        return filled(
            name=self.name,
            address=self.address.payload(),
            accountType=self.account_type,
            email=self.email,
            phone=self.phone,
            shortName=self.short_name,
            accountNumber=self.account_number,
            paymentInformation=filled(payeeName=self.payee_name, bankAccount=bank_account) or None,
        )
