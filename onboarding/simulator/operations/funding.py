"""What a payment is paid from, and who may do so."""

from http import HTTPStatus

from onboarding.simulator.access import role_of
from onboarding.simulator.call import Call
from onboarding.simulator.errors import Refusal, not_found, refusal
from onboarding.simulator.operations import bank_users, banks, owned, risk
from onboarding.simulator.settings import words
from onboarding.simulator.shapes import Field, one_of
from onboarding.simulator.wire.messages import Json

TYPES = "BANK_ACCOUNT,CARD_ACCOUNT,WALLET,AP_CARD"
FIELDS = (Field("type", required=True, accepts=one_of(TYPES)), Field("id", longest=40))
NOT_VERIFIED_YET = "NONE"


def require_payer(call: Call) -> None:
    """The role may pay, and risk verification has not stopped the organization's payments."""
    world, settings = call.world, call.world.settings
    if role_of(world, call.caller.user_id) not in words(settings.paying_roles):
        raise cannot_pay(call, "The role of the user does not permit payments.")
    verification = risk.verification_of(world.store, call.caller.organization_id)
    decision = risk.decision(world, verification) if verification else NOT_VERIFIED_YET
    if decision in words(settings.payment_stopping_decisions):
        raise cannot_pay(call, "Payments of the organization are disabled by risk verification.")


def require_usable(call: Call, account: Json) -> None:
    kind, identifier = account["type"], account.get("id", "")
    if kind == "WALLET":
        if identifier:
            raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1119", "fundingAccount.id", identifier)
        return
    if not identifier:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1117", "fundingAccount.id")
    if kind == "BANK_ACCOUNT":
        require_bank_account(call, identifier)
    elif identifier not in (words(call.world.settings.card_accounts) or (identifier,)):
        raise not_found(identifier)


def require_bank_account(call: Call, identifier: str) -> None:
    banks.expire_unverified(call)
    account = owned.find(call, banks.KIND, identifier)
    if account.body["status"] != banks.VERIFIED:
        raise cannot_pay(call, "The bank account is not verified.")
    if call.world.settings.payment_needs_bank_user and not bank_users.may_use(call, account):
        raise cannot_pay(call, "The user is not a verified user of the bank account.")


def cannot_pay(call: Call, reason: str) -> Refusal:
    message = f"User cannot make online payments. {reason}"
    return refusal(call.world.settings.cannot_pay_status, "BDC_1150", message=message)
