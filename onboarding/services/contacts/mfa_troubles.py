"""What can go wrong with MFA, as the admin's pages have words for it, and what BILL's refusals mean."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from onboarding.bill.errors import (
    BillError,
    BillNotReached,
    BillRefused,
    LimitReached,
    SessionExpired,
    SessionUntrusted,
)


class Kind(StrEnum):
    """One page has words for each."""

    WRONG = "wrong"
    EXPIRED = "expired"
    TOO_MANY = "too_many"
    GONE = "gone"  # BILL does not know this token any more: another was asked for, or it was used
    BLOCKED = "blocked"
    NO_PHONE = "no_phone"
    NEEDS_TRUST = "needs_trust"  # BILL lets another phone be set up by a trusted session alone
    NUMBER = "number"  # BILL does not take this number
    REFUSED = "refused"
    UNKNOWN = "unknown"
    KEY_LOST = "key_lost"  # the token was right, and the answer with what makes a device remembered is lost
    LOST = "lost"  # BILL does not remember the device any more
    SOON = "soon"
    MANY = "many"
    NO_ROOM = "no_room"
    BUSY = "busy"
    MOVED = "moved"  # another device or window went on meanwhile
    NOT_REACHED = "not_reached"
    NOT_PERMITTED = "not_permitted"
    NOT_YET = "not_yet"
    ENDED = "ended"


# Those that stay with the row: another device sees them, too.
KEPT = frozenset({Kind.EXPIRED, Kind.TOO_MANY, Kind.GONE, Kind.NO_PHONE, Kind.KEY_LOST})
CODES = {
    "BDC_1374": Kind.EXPIRED,
    "BDC_1358": Kind.TOO_MANY,
    "BDC_5324": Kind.BLOCKED,
    "BDC_1205": Kind.GONE,
    "BDC_1120": Kind.GONE,
}
# What speaks of the connection or of the user, and not of the token or the number.
OF_OTHER_THINGS = frozenset(
    f"BDC_{number}"
    for number in (1001, 1002, 1101, 1102, 1103, 1104, 1106, 1107, 1110, 1111, 1113, 1121, 1122, 1123, 1144)
)
TEXTS = ("mfa_setup", "mfa_challenge")
# What makes the session trusted in which it is called.
TRUSTS = "mfa_challenge_validate"
TOKENS = ("mfa_setup_validate", TRUSTS)
# Ours is the smaller number, so that BILL's own block is not reached.
MOST_TRIES = 3


@dataclass(frozen=True)
class Trouble:
    """Why it did not go on. `wait` is how long it makes no sense to try again."""

    kind: Kind
    left: int = 0
    wait: timedelta = timedelta()
    code: str = ""
    # The call that it is about, where that matters to the words.
    about: str = ""

    @property
    def seconds(self) -> int:
        return max(1, -(-self.wait // timedelta(seconds=1)))

    @property
    def minutes(self) -> int:
        return max(1, -(-self.wait // timedelta(minutes=1)))


def trouble_of(error: BillError, operation: str) -> Trouble:
    """What a failed call means for the admin who waits for it."""
    code = error.codes[0] if error.codes else ""
    if not error.operation.startswith("mfa_"):
        # A login on the way there: of MFA nothing was asked yet.
        if isinstance(error, LimitReached):
            return Trouble(Kind.NO_ROOM, wait=error.wait)
        is_refusal = isinstance(error, BillRefused) and not isinstance(error, SessionExpired)
        return Trouble(Kind.REFUSED if is_refusal else Kind.NOT_REACHED, code=code)
    if isinstance(error, BillRefused) and (known := _known(error, operation)):
        return Trouble(known, code=code)
    match error:
        case LimitReached(wait=wait):
            return Trouble(Kind.NO_ROOM, wait=wait, code=code)
        case BillNotReached() | SessionExpired():
            return Trouble(Kind.NOT_REACHED, code=code)
        case SessionUntrusted():
            return Trouble(Kind.NEEDS_TRUST, code=code)
        case BillRefused():
            return Trouble(_guess(error, operation), code=code)
        case _:
            return Trouble(Kind.UNKNOWN, about=operation)


def _known(error: BillRefused, operation: str) -> Kind | None:
    known = next((CODES[code] for code in error.codes if code in CODES), None)
    if known is Kind.GONE and operation in TEXTS:
        return Kind.NO_PHONE if operation == "mfa_challenge" else None
    return known


def _guess(error: BillRefused, operation: str) -> Kind:
    if not error.codes or OF_OTHER_THINGS.intersection(error.codes):
        return Kind.REFUSED
    # BILL does not say with which code it refuses a token or a number: any that speaks of nothing else.
    return {"mfa_setup": Kind.NUMBER, "mfa_challenge": Kind.REFUSED}.get(operation, Kind.WRONG)
