"""Numbers of bank accounts, the organization's own and its vendors'; only masked numbers are ever kept."""

import hashlib
import re

from onboarding.simulator.settings import Settings
from onboarding.simulator.shapes import NINE_DIGITS, Field, matching, one_of
from onboarding.simulator.wire.messages import Json

ACCOUNT_NUMBER = re.compile(r"[0-9]{4,17}")
ABA_WEIGHTS = (3, 7, 1) * 3
TYPES, OWNER_TYPES = "CHECKING,SAVINGS", "BUSINESS,PERSONAL"


def bank_fields(settings: Settings, *, required: bool) -> tuple[Field, ...]:
    routing = is_routing_number if settings.routing_checksum else NINE_DIGITS.fullmatch
    return (
        Field("nameOnAccount", required=required, longest=100),
        Field("accountNumber", required=required, accepts=matching(ACCOUNT_NUMBER)),
        Field("routingNumber", required=required, accepts=routing),
        Field("type", required=required, accepts=one_of(TYPES)),
        Field("ownerType", required=required, accepts=one_of(OWNER_TYPES)),
    )


def is_routing_number(value: str) -> bool:
    """Nine digits that satisfy the check of the American Bankers Association."""
    if not NINE_DIGITS.fullmatch(value):
        return False
    return sum(weight * int(digit) for weight, digit in zip(ABA_WEIGHTS, value, strict=True)) % 10 == 0


def masked(details: Json) -> Json:
    """The details with all but the last four digits of the account number gone."""
    number = details.get("accountNumber")
    return details if number is None else {**details, "accountNumber": f"**** {number[-4:]}"}


def fingerprint(details: Json) -> str:
    """By which the same numbers are known again."""
    numbers = f"{details['routingNumber']} {details['accountNumber']}"
    return hashlib.sha256(numbers.encode()).hexdigest()


def shown(details: Json, settings: Settings) -> Json:
    if settings.account_number_shown == "stars" and "accountNumber" in details:
        return {**details, "accountNumber": "********"}
    return details
