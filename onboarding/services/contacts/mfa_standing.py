"""Where MFA stands by our own books: what the page asks next, what is in the way, and what may be asked of BILL now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from onboarding.models import Attempt, AttemptOutcome, Mfa, MfaState, Onboarding
from onboarding.services.contacts.mfa_asking import is_under_way, why_not
from onboarding.services.contacts.mfa_troubles import MOST_TRIES, TEXTS, Kind, Trouble
from portal.lib import clock

NEXT_TEXT_AFTER = timedelta(seconds=30)
# Asked for in an hour, whatever BILL said: it blocks MFA after some that nobody answers, and every one that reaches it
# is taken from what all of the tenant's admins have together.
MOST_TEXTS = {"mfa_setup": 4, "mfa_challenge": 6}
HOUR = timedelta(hours=1)
NEXT_LOOK_AFTER, MOST_LOOKS = timedelta(seconds=10), 20
BLOCKED_FOR = HOUR


class Stage(StrEnum):
    """Where the admin stands: what the page asks."""

    ENDED = "ended"
    NOT_PERMITTED = "not_permitted"
    NOT_YET = "not_yet"
    START = "start"
    PHONE = "phone"
    PHONE_CODE = "phone_code"
    DEVICE = "device"
    DEVICE_CODE = "device_code"
    DONE = "done"
    NOT_USED = "not_used"


@dataclass(frozen=True)
class Standing:
    """The row and what it means, with what is in the way."""

    mfa: Mfa
    stage: Stage
    trouble: Trouble | None


def standing(onboarding_id: UUID) -> Standing:
    """Where MFA stands by our own books; asks BILL nothing. In the tenant's transaction."""
    onboarding = Onboarding.objects.select_related("grant").get(pk=onboarding_id)
    mfa = Mfa.objects.filter(onboarding=onboarding).first() or Mfa(onboarding=onboarding)
    now = clock.now()
    stage = stage_of(onboarding, mfa, now)
    return Standing(mfa, stage, None if stage in (Stage.DONE, Stage.NOT_USED) else _trouble_on(mfa, now))


def stage_of(onboarding: Onboarding, mfa: Mfa, now: datetime) -> Stage:
    """What is next. A device that is remembered is renewed in its last days, and not before."""
    if mfa.is_done(now):
        return Stage.NOT_USED if mfa.state == MfaState.NOT_USED else Stage.DONE
    if (why := why_not(onboarding)) is not None:
        return Stage(why.value)
    if mfa.state == MfaState.SETUP:
        return Stage.PHONE_CODE
    if mfa.state == MfaState.CHALLENGE:
        return Stage.DEVICE_CODE
    if mfa.state in (MfaState.SET_UP, MfaState.TRUSTED):
        return Stage.DEVICE
    return Stage.PHONE if mfa.looked_at else Stage.START


def _trouble_on(mfa: Mfa, now: datetime) -> Trouble | None:
    if is_under_way(mfa, now):
        return Trouble(Kind.BUSY)
    if mfa.asked:
        return Trouble(Kind.UNKNOWN, about=mfa.asked)
    if (block := blocked(mfa, now)) is not None:
        return block
    if mfa.problem:
        return Trouble(Kind(mfa.problem))
    if mfa.state in (MfaState.SETUP, MfaState.CHALLENGE) and mfa.tries >= MOST_TRIES:
        return Trouble(Kind.TOO_MANY)
    return Trouble(Kind.LOST) if mfa.lost_at and mfa.state == MfaState.TRUSTED else None


def may_set_up(phone: str, mfa: Mfa, now: datetime) -> Trouble | None:
    """What speaks against a text to this phone. One from a moment ago went to a mistyped number, if to another one.

    The number is on the row, not yet saved, for the next time; while a token is on its way, it is that token's.
    """
    is_corrected = bool(mfa.phone) and mfa.phone != phone and not mfa.asked
    trouble = may_text("mfa_setup", mfa, now, at_once=is_corrected)
    if trouble is None and mfa.state != MfaState.SETUP:
        mfa.phone = phone
    return trouble


def may_text(operation: str, mfa: Mfa, now: datetime, *, at_once: bool = False) -> Trouble | None:
    """What speaks against a text now: one from a moment ago, too many in this hour, or BILL's block."""
    states = {
        "mfa_setup": tuple(MfaState),
        "mfa_challenge": (MfaState.SET_UP, MfaState.CHALLENGE, MfaState.TRUSTED),
    }
    if mfa.state not in states[operation] or mfa.is_done(now):
        return Trouble(Kind.MOVED)
    if (block := blocked(mfa, now)) is not None:
        return block
    sent = Attempt.objects.filter(
        onboarding=mfa.onboarding_id, operation=operation, opened_at__gt=now - HOUR
    ).exclude(outcome=AttemptOutcome.NOT_SENT.value)
    moments = list(sent.order_by("opened_at").values_list("opened_at", flat=True))
    asked_at = mfa.asked_until if mfa.asked in TEXTS else None
    last = max((at for at in (mfa.sent_at, asked_at, *moments[-1:]) if at), default=None)
    if last is not None and last + NEXT_TEXT_AFTER > now and not at_once:
        return Trouble(Kind.SOON, wait=last + NEXT_TEXT_AFTER - now)
    most = MOST_TEXTS[operation]
    return Trouble(Kind.MANY, wait=moments[-most] + HOUR - now) if len(moments) >= most else None


def note_look(mfa: Mfa, now: datetime) -> Trouble | None:
    """Count this look at BILL on the row, not yet saved, or say what speaks against it."""
    recent = [at for at in mfa.looks if at > now - HOUR]
    again_at = [recent[-1] + NEXT_LOOK_AFTER] if recent else []
    if len(recent) >= MOST_LOOKS:
        again_at.append(recent[-MOST_LOOKS] + HOUR)
    if again_at and max(again_at) > now:
        return Trouble(Kind.SOON, wait=max(again_at) - now, about="look")
    mfa.looks = [*recent, now]
    return None


def blocked(mfa: Mfa, now: datetime) -> Trouble | None:
    """BILL blocks MFA, as far as we know."""
    if mfa.blocked_at is None or mfa.blocked_at + BLOCKED_FOR <= now:
        return None
    return Trouble(Kind.BLOCKED, wait=mfa.blocked_at + BLOCKED_FOR - now)


def may_try(state: MfaState, mfa: Mfa, now: datetime) -> Trouble | None:
    """What speaks against a token now: another device went on, or this one is used up."""
    if mfa.state != state or not (mfa.setup_id if state is MfaState.SETUP else mfa.challenge_id):
        return Trouble(Kind.MOVED)
    if mfa.problem in (Kind.EXPIRED, Kind.TOO_MANY, Kind.GONE):
        return Trouble(Kind(mfa.problem))
    return Trouble(Kind.TOO_MANY) if mfa.tries >= MOST_TRIES else None
