from datetime import datetime, timedelta
from http import HTTPStatus

from onboarding.simulator import bank_details
from onboarding.simulator.access import Access, require_trust
from onboarding.simulator.amounts import exact
from onboarding.simulator.call import Call
from onboarding.simulator.errors import refusal
from onboarding.simulator.lists import list_answer
from onboarding.simulator.operations import bank_users, owned
from onboarding.simulator.route import Route
from onboarding.simulator.settings import Settings
from onboarding.simulator.shapes import NUMBER, Field, one_of
from onboarding.simulator.store import Record
from onboarding.simulator.webhooks.events import announce
from onboarding.simulator.wire.messages import Answer, Json

KIND = "bank account"
PREFIX = "bac"
PENDING, VERIFIED, EXPIRED = "PENDING", "VERIFIED", "EXPIRED"
BANK_NAME = Field("bankName", longest=100)
DEFAULT = (Field("payables", bool), Field("receivables", bool))
CHANGEABLE = (
    Field("nameOnAccount", longest=100),
    Field("ownerType", accepts=one_of(bank_details.OWNER_TYPES)),
    BANK_NAME,
    Field("accessToAdmins", bool),
    Field("chartOfAccountId", longest=40, accepts=lambda value: value.startswith("0ca")),
    Field("default", dict, fields=DEFAULT),
    # Refused rather than ignored: BILL says that these cannot be updated.
    *(Field(name, accepts=lambda value: False) for name in ("routingNumber", "accountNumber", "type")),
)
DEPOSIT = (Field("depositAmount", NUMBER, required=True, accepts=lambda value: 0.01 <= value <= 0.99),)


def bank_account_fields(settings: Settings) -> tuple[Field, ...]:
    return (
        *bank_details.bank_fields(settings, required=True),
        Field("bankName", required=True, longest=100),
        Field("accessToAdmins", bool),
        Field("chartOfAccountId", longest=40, accepts=lambda value: value.startswith("0ca")),
    )


def create_bank_account(call: Call) -> Answer:
    require_trust(call.caller)
    sent = call.checked(bank_account_fields(call.world.settings))
    numbers = bank_details.fingerprint(sent)
    if numbers_taken(call, numbers):
        code = call.world.settings.bank_numbers_taken_code
        raise refusal(HTTPStatus.BAD_REQUEST, code, "accountNumber", "in use")
    content = {
        **bank_details.masked(sent),
        "status": PENDING,
        "default": {"payables": False, "receivables": False},
        "createdBy": call.caller.user_id,
        "failures": 0,
    }
    added = owned.add(call, KIND, PREFIX, content, label=numbers)
    bank_users.add_user(call, added, call.caller.user_id, bank_users.UNVERIFIED)
    announce_account(call, "bank-account.created", added)
    return call.created(shown(added, call.world.settings))


def numbers_taken(call: Call, numbers: str) -> bool:
    scopes: dict[str, tuple[str | None, ...]] = {
        "nowhere": (),
        "organization": (call.caller.organization_id,),
        "everywhere": (None,),
    }
    store = call.world.store
    return any(
        store.all(KIND, organization=scope, label=numbers, limit=1)
        for scope in scopes[call.world.settings.bank_numbers_unique_within]
    )


def list_bank_accounts(call: Call) -> Answer:
    expire_unverified(call)
    return list_answer(
        call,
        KIND,
        fields=call.world.settings.bank_account_filters,
        show=lambda record: shown(record, call.world.settings),
        organization=call.caller.organization_id,
    )


def get_bank_account(call: Call) -> Answer:
    return call.answer(shown(account_in_path(call), call.world.settings))


def update_bank_account(call: Call) -> Answer:
    if call.world.settings.bank_update_needs_trust:
        require_trust(call.caller)
    account, sent = account_in_path(call), call.checked(CHANGEABLE)
    if account.body["status"] != VERIFIED:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1119", "status", account.body["status"])
    defaults = sent.get("default", {})
    for name in (name for name, chosen in defaults.items() if chosen):
        take_default(call, name)
    changes = {**sent, "default": {**account.body["default"], **defaults}}
    return call.answer(changed(call, account, changes))


def take_default(call: Call, name: str) -> None:
    """Payables have one default account, and so have receivables."""
    for account in call.world.store.all(KIND, organization=call.caller.organization_id):
        if account.body["default"][name]:
            owned.change(call.world, account, default={**account.body["default"], name: False})


def verify_bank_account(call: Call) -> Answer:
    account, sent = account_in_path(call), call.checked(DEPOSIT)
    settings, body = call.world.settings, account.body
    if body["status"] != PENDING:
        if body["status"] == VERIFIED and settings.verifying_again == "same answer":
            return call.answer(shown(account, call.world.settings))
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1119", "status", body["status"])
    if exact(sent["depositAmount"]) != exact(settings.deposit_amount):
        return wrong_deposit(call, account, str(sent["depositAmount"]))
    bank_users.account_verified(call, account)
    changes: Json = {"status": VERIFIED}
    if settings.default_after_verification:
        changes["default"] = {"payables": True, "receivables": True}
        for name in changes["default"]:
            take_default(call, name)
    return call.answer(changed(call, account, changes))


def wrong_deposit(call: Call, account: Record, amount: str) -> Answer:
    settings, failures = call.world.settings, account.body["failures"] + 1
    if failures < settings.deposit_attempts:
        owned.change(call.world, account, failures=failures)
    else:
        changed(call, account, {"failures": failures, "status": settings.failed_deposit_word})
    # Returned, not raised: the failure counts.
    return call.refused(refusal(HTTPStatus.BAD_REQUEST, settings.wrong_deposit_code, "depositAmount", amount))


def account_in_path(call: Call) -> Record:
    expire_unverified(call)
    return owned.find(call, KIND, call.arguments["bankAccountId"])


def expire_unverified(call: Call) -> None:
    """Who looks late finds the account expired; BILL tells this of accounts that were added in its Elements."""
    days, now = call.world.settings.unverified_bank_account_days, call.world.clock.now()
    for account in call.world.store.all(KIND, organization=call.caller.organization_id) if days else ():
        added = datetime.fromisoformat(account.body["createdTime"])
        if account.body["status"] == PENDING and now - added >= timedelta(days=days):
            changed(call, account, {"status": EXPIRED})


def changed(call: Call, account: Record, changes: Json) -> Json:
    owned.change(call.world, account, **changes)
    account = owned.find(call, KIND, account.id)
    announce_account(call, "bank-account.updated", account)
    return shown(account, call.world.settings)


def announce_account(call: Call, event: str, account: Record) -> None:
    announce(
        call.world,
        event,
        shown(account, call.world.settings),
        partner_id=account.partner_id,
        organization_id=account.organization_id,
    )


def shown(account: Record, settings: Settings) -> Json:
    """The account as BILL answers it."""
    body = bank_details.shown(account.body, settings)
    return {name: value for name, value in body.items() if name != "failures"}


PATH = "/v3/funding-accounts/banks"
ROUTES: tuple[Route, ...] = (
    Route("GET", PATH, "list_bank_accounts", Access.ORGANIZATION, list_bank_accounts),
    Route("POST", PATH, "create_bank_account", Access.ADMINISTRATOR, create_bank_account),
    Route("GET", PATH + "/{bankAccountId}", "get_bank_account", Access.ORGANIZATION, get_bank_account),
    Route("PATCH", PATH + "/{bankAccountId}", "update_bank_account", Access.ADMINISTRATOR,
          update_bank_account),
    Route("POST", PATH + "/{bankAccountId}/verify", "verify_bank_account", Access.ORGANIZATION,
          verify_bank_account),
)  # fmt: skip
