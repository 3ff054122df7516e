"""When it may be believed that BILL does not have what was sent, and be sent again."""

from collections.abc import Mapping
from datetime import datetime

from onboarding.engine.contracts import Absent, Finding, RetryLater, Run, Undecided
from onboarding.engine.timing import QUIET_PERIOD, next_look
from onboarding.models import Attempt, AttemptOutcome, Step
from onboarding.states import SEND_AGAIN
from portal.lib import crypto
from portal.lib.tenancy import acting_for

NOT_SO_FAR = "BILL does not show it so far. The portal looks once more before anything is sent again."
CHANGED = (
    "BILL does not have it. But what would be sent now is not what was sent before, so the portal does not send it "
    "by itself."
)


def last_sent(step: Run) -> datetime:
    """When it may have been sent last. Without an Attempt that says so, up to the moment it became unknown."""
    if step.last_sent_at:
        return step.last_sent_at
    with acting_for(step.tenant_id):
        return Step.objects.only("since").get(pk=step.step_id).since


def quiet_until(step: Run) -> datetime:
    """Before this moment BILL may still be working on what was sent last."""
    return last_sent(step) + QUIET_PERIOD


OTHER_CREDENTIALS = (
    "The credentials of the connection were replaced since this was sent, and BILL may show other organizations to the "
    "new ones. So what is not there now may be there all the same."
)


def not_there(
    step: Run, payload: Mapping[str, object], *, looks: int | None = None, reason: str = Absent.reason
) -> Finding:
    """What a look that saw nothing is worth: it is one of two at least, the last of which began after the quiet period.

    `payload` is what would be sent now: by itself the portal repeats only what it sent.
    """
    if step.taken_at < quiet_until(step):
        return Absent(reason)  # the engine looks again
    if (step.tries + 1 if looks is None else looks) < 2:
        return RetryLater(next_look(1), NOT_SO_FAR)
    if not decided_by_person(step) and (doubt := why_not_absent(step, payload)):
        return Undecided(doubt, ())
    return Absent(reason)


def why_not_absent(step: Run, payload: Mapping[str, object]) -> str:
    """What else speaks against sending again what the last call that may have arrived at BILL said."""
    harmless = [AttemptOutcome.NOT_SENT.value, AttemptOutcome.REFUSED.value]
    with acting_for(step.tenant_id):
        sent = Attempt.objects.filter(step_id=step.step_id, operation=step.unrepeatable)
        last = sent.exclude(outcome__in=harmless).order_by("-opened_at").first()
    if last is None:
        return ""
    if last.account is not None and bytes(last.account) != step.connection.account:
        return OTHER_CREDENTIALS
    return "" if bytes(last.fingerprint) == crypto.fingerprint_of(step.unrepeatable, payload) else CHANGED


def decided_by_person(step: Run) -> bool:
    """Whether a person has said that it is to be sent again, whatever cannot be proved."""
    with acting_for(step.tenant_id):
        return bool(Step.objects.only("evidence").get(pk=step.step_id).evidence.get(SEND_AGAIN))
