"""What a failed call means for the step that made it."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from onboarding.bill.errors import (
    BillError,
    BillNotReached,
    BillOutcomeUnknown,
    LimitReached,
    Problem,
    SessionExpired,
    SessionUntrusted,
)
from onboarding.bill.words import plain_sentence, readable
from onboarding.engine.contracts import Finding, Outcome, Problems, Refused, RetryLater, Run, Unknown, Waiting
from onboarding.gateway.bill import NotPermitted
from onboarding.gateway.budgets import NoRoom
from onboarding.gateway.sessions import SessionBeingOpened
from onboarding.states import WaitsFor

# Waits before the next try when BILL cannot be reached, by the number of tries so far.
RETRY_AFTER = [timedelta(seconds=s) for s in (2, 5, 15, 60, 300, 900)]

LOGGING_IN = RetryLater(timedelta(seconds=1), "The portal is logging in to BILL.", paced=True)


def retry_after(tries: int) -> timedelta:
    return RETRY_AFTER[min(tries, len(RETRY_AFTER) - 1)]


def problems_of(error: BillError) -> Problems:
    """BILL's problems with our words beside them, ready to be stored with the step."""
    return tuple(_worded(problem) for problem in error.problems)


def _worded(problem: Problem) -> dict[str, str]:
    return {"code": problem.code, "message": readable(problem)[:500], "words": plain_sentence(problem)}


def reason_of(error: BillError) -> str:
    """The failure in one sentence a person can act on."""
    match error:
        case BillNotReached():
            return "BILL cannot be reached."
        case LimitReached() if error.reason:
            return error.reason
        case BillOutcomeUnknown() if error.status and error.status >= 500:
            return f"BILL failed in the middle of it (HTTP {error.status})."
        case BillOutcomeUnknown():
            return "BILL gave no readable answer."
        case _ if error.problems:
            return plain_sentence(error.problems[0])
        case _:
            return f"BILL refused the call (HTTP {error.status})."


def outcome_of(error: BillError, step: Run) -> Outcome:
    """One of the five outcomes for a call that failed. Logins and reads may simply be repeated."""
    tries = step.tries
    match error:
        case BillNotReached():
            return RetryLater(retry_after(tries), f"{reason_of(error)} Nothing was sent.", problems_of(error))
        case NoRoom(wait=wait):
            return RetryLater(wait, reason_of(error), paced=True, line=error.line)
        case LimitReached(wait=wait):
            return RetryLater(wait, reason_of(error), problems_of(error), paced=True)
        case SessionExpired():
            return RetryLater(
                retry_after(tries), "BILL ended the session at once, twice.", problems_of(error)
            )
        case SessionUntrusted():
            return Waiting(WaitsFor.ADMIN, reason_of(error), look_after=timedelta(minutes=15))
        case BillOutcomeUnknown() if error.operation != step.unrepeatable:
            return RetryLater(retry_after(tries), reason_of(error), problems_of(error))
        case BillOutcomeUnknown():
            return Unknown(f"{reason_of(error)} It may have happened all the same.")
        case _:
            return Refused(reason_of(error), problems_of(error))


def guarded(run: Callable[[Run], Outcome]) -> Callable[[Run], Outcome]:
    """Turn what can go wrong on the way to BILL into one of the five outcomes."""

    @wraps(run)
    def outcome(step: Run) -> Outcome:
        try:
            return run(step)
        except SessionBeingOpened:
            return LOGGING_IN
        except NotPermitted:
            return Waiting(
                WaitsFor.ADMIN, "Permission to log in as the organization's user is not on record yet."
            )
        except BillError as error:
            return outcome_of(error, step)

    return outcome


def looking(reconcile: Callable[[Run], Finding]) -> Callable[[Run], Finding]:
    """A look that fails has seen nothing: look again later, send nothing."""

    @wraps(reconcile)
    def finding(step: Run) -> Finding:
        try:
            return reconcile(step)
        except SessionBeingOpened:
            return LOGGING_IN
        except NotPermitted:
            return RetryLater(
                timedelta(minutes=5), "The portal may not look: no permission to log in is on record."
            )
        except LimitReached as error:
            return RetryLater(error.wait, f"Looking at BILL has to wait: {reason_of(error)}", paced=True)
        except BillError as error:
            return RetryLater(retry_after(step.tries), f"Looking at BILL failed: {reason_of(error)}")

    return finding
