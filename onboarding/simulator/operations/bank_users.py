"""Who may pay from a bank account: its users, and what of them BILL has verified."""

from datetime import datetime, timedelta
from http import HTTPStatus

from onboarding.simulator.access import Access, role_of
from onboarding.simulator.call import Call
from onboarding.simulator.errors import refusal
from onboarding.simulator.lists import list_answer
from onboarding.simulator.operations import owned
from onboarding.simulator.route import Route
from onboarding.simulator.settings import words
from onboarding.simulator.shapes import Field
from onboarding.simulator.store import Record
from onboarding.simulator.trust import texts
from onboarding.simulator.wire.messages import Answer

KIND, BANK_ACCOUNT = "bank account user", "bank account"
PREFIX = "bau"
UNVERIFIED, NOMINATED, VERIFIED = "UNVERIFIED", "NOMINATED", "VERIFIED"
NOMINATION = (Field("userId", required=True, longest=40), Field("bankAccountId", required=True, longest=40))


def add_user(call: Call, account: Record, user_id: str, word: str) -> Record:
    content = {"bankAccountId": account.id, "userId": user_id, "verificationStatus": word}
    return owned.add(call, KIND, PREFIX, content, label=f"{account.id} {user_id}")


def user_of(call: Call, account_id: str, user_id: str) -> Record | None:
    settle_identities(call)
    found = call.world.store.all(KIND, label=f"{account_id} {user_id}", limit=1)
    return found[0] if found else None


def account_verified(call: Call, account: Record) -> None:
    """Whoever added the account may pay from it, unless BILL wants to know who that is."""
    user = user_of(call, account.id, account.body["createdBy"])
    if user and user.body["verificationStatus"] == UNVERIFIED:
        owned.change(call.world, user, verificationStatus=call.world.settings.bank_user_after_verification)


def may_use(call: Call, account: Record) -> bool:
    """Verified users may, and administrators when the account says so."""
    if account.body.get("accessToAdmins") and role_of(call.world, call.caller.user_id) == "ADMINISTRATOR":
        return True
    user = user_of(call, account.id, call.caller.user_id)
    return user is not None and not user.body["archived"] and user.body["verificationStatus"] == VERIFIED


def list_bank_account_users(call: Call) -> Answer:
    settle_identities(call)
    return list_answer(
        call,
        KIND,
        fields=call.world.settings.bank_account_user_filters,
        show=lambda record: record.body,
        organization=call.caller.organization_id,
    )


def nominate_bank_account_user(call: Call) -> Answer:
    sent = call.checked(NOMINATION)
    account = owned.find(call, BANK_ACCOUNT, sent["bankAccountId"])
    user = owned.find(call, "user", sent["userId"])
    if account.body["status"] != VERIFIED:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1119", "bankAccountId", account.body["status"])
    texts.send(
        call.world,
        user,
        user.body["email"],
        kind="EMAIL",
        purpose="verify your identity to use a bank account",
    )
    existing = user_of(call, account.id, user.id)
    if existing is None:
        return call.created(add_user(call, account, user.id, NOMINATED).body)
    if existing.body["verificationStatus"] == VERIFIED and not existing.body["archived"]:
        return call.created(existing.body)
    return call.created(owned.change(call.world, existing, archived=False, verificationStatus=NOMINATED))


def archive_bank_account_user(call: Call) -> Answer:
    user = owned.find(call, KIND, call.arguments["bankAccountUserId"])
    return call.answer(user.body if user.body["archived"] else owned.change(call.world, user, archived=True))


def settle_identities(call: Call) -> None:
    """A nominated user proves who they are in BILL's web app; here the clock does it for them."""
    seconds, now = call.world.settings.identity_check_seconds, call.world.clock.now()
    for user in call.world.store.all(KIND, organization=call.caller.organization_id):
        nominated = datetime.fromisoformat(user.body["updatedTime"])
        waits = user.body["verificationStatus"] == NOMINATED and not user.body["archived"]
        if waits and now - nominated >= timedelta(seconds=seconds):
            owned.change(call.world, user, verificationStatus=VERIFIED)


def get_funding_account_permission(call: Call) -> Answer:
    """What the signed-in user may do with the organization's bank accounts."""
    role = role_of(call.world, call.caller.user_id)
    is_administrator = role == "ADMINISTRATOR"
    return call.answer(
        {
            "viewBankAccount": True,
            "addBankAccount": is_administrator,
            "updateBankAccount": is_administrator,
            "payFromBankAccount": role in words(call.world.settings.paying_roles),
        }
    )


BASE_PATH = "/v3/funding-accounts"
PATH = BASE_PATH + "/banks/users"
ROUTES: tuple[Route, ...] = (
    Route("GET", PATH, "list_bank_account_users", Access.ORGANIZATION, list_bank_account_users),
    Route("POST", PATH + "/nominate", "nominate_bank_account_user", Access.ADMINISTRATOR,
          nominate_bank_account_user),
    Route("POST", PATH + "/{bankAccountUserId}/archive", "archive_bank_account_user", Access.ADMINISTRATOR,
          archive_bank_account_user),
    Route("GET", BASE_PATH + "/permissions", "get_funding_account_permission", Access.ORGANIZATION,
          get_funding_account_permission),
)  # fmt: skip
