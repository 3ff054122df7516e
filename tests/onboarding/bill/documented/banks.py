from datetime import UTC, datetime
from decimal import Decimal

from onboarding.bill.inputs import (
    BankAccountChanges,
    BankAccountType,
    BankOwnerType,
    ListQuery,
    NewBankAccount,
)
from onboarding.bill.outputs import BankAccount, BankAccountUser, FundingAccountPermissions, Page
from onboarding.bill.sessions import Secret
from tests.onboarding.bill.documented.call import AS_CHILD, CREATED, UPDATED, Documented
from tests.onboarding.bill.wire import CHILD

ACCOUNT_NUMBER = "canary-33334444"
ACCOUNT = {
    "id": "bac01BANK",
    "archived": False,
    "status": "PENDING",
    "bankName": "Bank",
    "nameOnAccount": "Happy Taco",
    "accountNumber": "**** 4444",
    "routingNumber": "074000010",
    "type": "CHECKING",
    "ownerType": "BUSINESS",
    "default": {"payables": False, "receivables": True},
    "accessToAdmins": True,
    "createdBy": "00601USER",
    "createdTime": CREATED,
    "updatedTime": UPDATED,
}
PENDING = BankAccount(
    id="bac01BANK",
    status="PENDING",
    archived=False,
    bank_name="Bank",
    name_on_account="Happy Taco",
    account_number="**** 4444",
    routing_number="074000010",
    type="CHECKING",
    owner_type="BUSINESS",
    default_payables=False,
    default_receivables=True,
    access_to_admins=True,
    created_by="00601USER",
    created_time=datetime(2024, 12, 20, 22, 16, 27, tzinfo=UTC),
    updated_time=datetime(2024, 12, 21, 8, tzinfo=UTC),
)
USER = {
    "id": "bau01",
    "bankAccountId": "bac01BANK",
    "userId": "00601USER",
    "verificationStatus": "NOMINATED",
    "archived": False,
}
NOMINATED = BankAccountUser("bau01", "bac01BANK", "00601USER", "NOMINATED", False)

ACCOUNTS = [
    Documented(
        lambda bill: bill.create_bank_account(
            session=CHILD,
            bank_account=NewBankAccount(
                "Happy Taco",
                "Bank",
                "074000010",
                Secret(ACCOUNT_NUMBER),
                BankAccountType.CHECKING,
                BankOwnerType.BUSINESS,
                access_to_admins=True,
            ),
        ),
        "POST /v3/funding-accounts/banks",
        AS_CHILD,
        ACCOUNT,
        PENDING,
        body={
            "nameOnAccount": "Happy Taco",
            "bankName": "Bank",
            "routingNumber": "074000010",
            "accountNumber": ACCOUNT_NUMBER,
            "type": "CHECKING",
            "ownerType": "BUSINESS",
            "accessToAdmins": True,
        },
        needs=("id",),
        bill_id="bac01BANK",
        secrets=(ACCOUNT_NUMBER,),
    ),
    Documented(
        lambda bill: bill.list_bank_accounts(session=CHILD, query=ListQuery(filters='status:eq:"VERIFIED"')),
        "GET /v3/funding-accounts/banks?max=100&filters=status%3Aeq%3A%22VERIFIED%22",
        AS_CHILD,
        {"results": [ACCOUNT]},
        Page((PENDING,)),
        needs=("results", "results.id"),
    ),
    Documented(
        lambda bill: bill.get_bank_account(session=CHILD, bank_account_id="bac01BANK"),
        "GET /v3/funding-accounts/banks/bac01BANK",
        AS_CHILD,
        ACCOUNT,
        PENDING,
        needs=("id",),
    ),
    Documented(
        lambda bill: bill.update_bank_account(
            session=CHILD,
            bank_account_id="bac01BANK",
            bank_account=BankAccountChanges(
                bank_name="Bank", owner_type=BankOwnerType.BUSINESS, default_payables=True
            ),
        ),
        "PATCH /v3/funding-accounts/banks/bac01BANK",
        AS_CHILD,
        ACCOUNT,
        PENDING,
        body={"bankName": "Bank", "ownerType": "BUSINESS", "default": {"payables": True}},
        needs=("id",),
        bill_id="bac01BANK",
    ),
    Documented(
        lambda bill: bill.verify_bank_account(
            session=CHILD, bank_account_id="bac01BANK", deposit_amount=Decimal("0.50")
        ),
        "POST /v3/funding-accounts/banks/bac01BANK/verify",
        AS_CHILD,
        ACCOUNT,
        PENDING,
        body={"depositAmount": 0.5},
        needs=("id",),
        bill_id="bac01BANK",
    ),
]

ACCOUNT_USERS = [
    Documented(
        lambda bill: bill.list_bank_account_users(session=CHILD),
        "GET /v3/funding-accounts/banks/users?max=100",
        AS_CHILD,
        {"results": [USER]},
        Page((NOMINATED,)),
        needs=("results", "results.id"),
    ),
    Documented(
        lambda bill: bill.nominate_bank_account_user(
            session=CHILD, user_id="00601USER", bank_account_id="bac01BANK"
        ),
        "POST /v3/funding-accounts/banks/users/nominate",
        AS_CHILD,
        USER,
        NOMINATED,
        body={"userId": "00601USER", "bankAccountId": "bac01BANK"},
        needs=("id",),
        bill_id="bau01",
    ),
    Documented(
        lambda bill: bill.archive_bank_account_user(session=CHILD, bank_account_user_id="bau01"),
        "POST /v3/funding-accounts/banks/users/bau01/archive",
        AS_CHILD,
        USER,
        NOMINATED,
        needs=("id",),
        bill_id="bau01",
    ),
    Documented(
        lambda bill: bill.get_funding_account_permission(session=CHILD),
        "GET /v3/funding-accounts/permissions",
        AS_CHILD,
        {"canAdd": True, "canPay": False, "note": "x"},
        FundingAccountPermissions({"canAdd": True, "canPay": False}),
    ),
]

CALLS = ACCOUNTS + ACCOUNT_USERS
