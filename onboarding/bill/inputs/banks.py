"""Bank accounts of the organization."""

from dataclasses import dataclass, field
from enum import StrEnum

from onboarding.bill.inputs.fields import filled, given, require, require_changes
from onboarding.bill.sessions import Secret


class BankAccountType(StrEnum):
    """The types of bank account."""

    CHECKING = "CHECKING"
    SAVINGS = "SAVINGS"


class BankOwnerType(StrEnum):
    """Whose bank account it is."""

    BUSINESS = "BUSINESS"
    PERSONAL = "PERSONAL"


@dataclass(frozen=True, slots=True)
class NewBankAccount:
    """A bank account to add; BILL sends it a small deposit whose amount verifies it."""

    name_on_account: str
    bank_name: str
    routing_number: str = field(repr=False)
    account_number: Secret
    type: BankAccountType
    owner_type: BankOwnerType
    access_to_admins: bool | None = None
    chart_of_account_id: str = ""

    def __post_init__(self) -> None:
        require(
            name_on_account=self.name_on_account,
            bank_name=self.bank_name,
            routing_number=self.routing_number,
            account_number=self.account_number.reveal(),
        )

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return filled(
            nameOnAccount=self.name_on_account,
            bankName=self.bank_name,
            routingNumber=self.routing_number,
            accountNumber=self.account_number,
            type=self.type,
            ownerType=self.owner_type,
            accessToAdmins=self.access_to_admins,
            chartOfAccountId=self.chart_of_account_id,
        )


@dataclass(frozen=True, slots=True)
class BankAccountChanges:
    """What to change of a verified bank account; its numbers and its type stay as they are."""

    name_on_account: str | None = None
    bank_name: str | None = None
    owner_type: BankOwnerType | None = None
    access_to_admins: bool | None = None
    default_payables: bool | None = None
    default_receivables: bool | None = None
    chart_of_account_id: str | None = None

    def __post_init__(self) -> None:
        require_changes(self.payload())

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        default = given(payables=self.default_payables, receivables=self.default_receivables)
        return given(
            nameOnAccount=self.name_on_account,
            bankName=self.bank_name,
            ownerType=self.owner_type,
            accessToAdmins=self.access_to_admins,
            default=default or None,
            chartOfAccountId=self.chart_of_account_id,
        )
