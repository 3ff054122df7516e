"""Bank accounts of the organization, and who may pay from them."""

from decimal import Decimal

from onboarding.bill.calling import Caller
from onboarding.bill.inputs import FIRST_PAGE, BankAccountChanges, ListQuery, NewBankAccount
from onboarding.bill.inputs.fields import require_money
from onboarding.bill.message import Message, path_of
from onboarding.bill.outputs import BankAccount, BankAccountUser, FundingAccountPermissions, Page
from onboarding.bill.paging import page_of
from onboarding.bill.sessions import OrganizationSession

_PATH = "/v3/funding-accounts/banks"
_SMALLEST_DEPOSIT, _LARGEST_DEPOSIT = Decimal("0.01"), Decimal("0.99")


class BankCalls(Caller):
    """Adding and changing an account needs an administrator in a trusted session."""

    def create_bank_account(
        self, *, session: OrganizationSession, bank_account: NewBankAccount
    ) -> BankAccount:
        """Add a bank account; BILL sends it a small deposit."""
        message = Message(
            operation="create_bank_account",
            method="POST",
            path=_PATH,
            headers=self._organization(session),
            body=bank_account.payload(),
        )
        return self._change(message, BankAccount.found, bill_id=lambda account: account.id)

    def list_bank_accounts(
        self, *, session: OrganizationSession, query: ListQuery = FIRST_PAGE
    ) -> Page[BankAccount]:
        """One page of the bank accounts."""
        message = Message(
            "list_bank_accounts", "GET", _PATH, self._organization(session), params=query.params()
        )
        return self._read(message, lambda document: page_of(document, BankAccount.found))

    def get_bank_account(self, *, session: OrganizationSession, bank_account_id: str) -> BankAccount:
        """One bank account."""
        path = path_of("v3", "funding-accounts", "banks", bank_account_id)
        message = Message("get_bank_account", "GET", path, self._organization(session))
        return self._read(message, BankAccount.found)

    def update_bank_account(
        self, *, session: OrganizationSession, bank_account_id: str, bank_account: BankAccountChanges
    ) -> BankAccount:
        """Change a bank account that is verified."""
        message = Message(
            operation="update_bank_account",
            method="PATCH",
            path=path_of("v3", "funding-accounts", "banks", bank_account_id),
            headers=self._organization(session),
            body=bank_account.payload(),
        )
        return self._change(message, BankAccount.found, bill_id=lambda account: account.id)

    def verify_bank_account(
        self, *, session: OrganizationSession, bank_account_id: str, deposit_amount: Decimal
    ) -> BankAccount:
        """Name the amount of the deposit; after three wrong ones the account is of no use."""
        require_money(deposit_amount=deposit_amount)
        if not _SMALLEST_DEPOSIT <= deposit_amount <= _LARGEST_DEPOSIT:
            raise ValueError("deposit_amount must be between 0.01 and 0.99.")
        message = Message(
            operation="verify_bank_account",
            method="POST",
            path=path_of("v3", "funding-accounts", "banks", bank_account_id, "verify"),
            headers=self._organization(session),
            body={"depositAmount": deposit_amount},
        )
        return self._change(message, BankAccount.found, bill_id=lambda account: account.id)

    def list_bank_account_users(
        self, *, session: OrganizationSession, query: ListQuery = FIRST_PAGE
    ) -> Page[BankAccountUser]:
        """One page of who may pay from which bank account."""
        message = Message(
            operation="list_bank_account_users",
            method="GET",
            path=f"{_PATH}/users",
            headers=self._organization(session),
            params=query.params(),
        )
        return self._read(message, lambda document: page_of(document, BankAccountUser.found))

    def nominate_bank_account_user(
        self, *, session: OrganizationSession, user_id: str, bank_account_id: str
    ) -> BankAccountUser:
        """Let a user pay from a verified account; BILL asks the person by e-mail to prove who he is."""
        message = Message(
            operation="nominate_bank_account_user",
            method="POST",
            path=f"{_PATH}/users/nominate",
            headers=self._organization(session),
            body={"userId": user_id, "bankAccountId": bank_account_id},
        )
        return self._change(message, BankAccountUser.found, bill_id=lambda user: user.id)

    def archive_bank_account_user(
        self, *, session: OrganizationSession, bank_account_user_id: str
    ) -> BankAccountUser:
        """Let the user pay from the account no more."""
        path = path_of("v3", "funding-accounts", "banks", "users", bank_account_user_id, "archive")
        message = Message("archive_bank_account_user", "POST", path, self._organization(session))
        return self._change(message, BankAccountUser.found, bill_id=lambda user: user.id)

    def get_funding_account_permission(self, *, session: OrganizationSession) -> FundingAccountPermissions:
        """What the session's user may do with funding accounts."""
        message = Message(
            operation="get_funding_account_permission",
            method="GET",
            path="/v3/funding-accounts/permissions",
            headers=self._organization(session),
        )
        return self._read(message, FundingAccountPermissions.found)
