"""The states of a step, the moves between them, and what they say about the whole onboarding. Pure."""

from enum import StrEnum


class StepState(StrEnum):
    NOT_STARTED = "not_started"  # nothing was submitted
    READY = "ready"  # submitted; runs when it is due
    RUNNING = "running"  # somebody holds the lease and may be calling BILL
    WAITING = "waiting"  # for the admin or for BILL; looked at again when due
    REFUSED = "refused"  # BILL said no; a person corrects and submits again
    UNKNOWN = "unknown"  # it may have happened at BILL; never sent again before somebody looked
    DONE = "done"
    NOT_PERMITTED = "not_permitted"  # the organization refused login as user
    CANCELLED = "cancelled"


class WaitsFor(StrEnum):
    NOBODY = ""
    STAFF = "staff"
    ADMIN = "admin"
    BILL = "bill"


# What a person decides about a step that is unknown.
ADOPT, SEND_AGAIN, GIVE_UP = "adopt", "send_again", "give_up"
# In the evidence of a step that may have been sent before the database was restored to an earlier point.
LOOK_FIRST = "look_first"


class Decision(StrEnum):
    """BILL's decision on risk verification, as far as we know its values; others are kept as they come."""

    NONE = ""
    IN_PROGRESS = "IN_PROGRESS"
    REVIEW = "REVIEW"
    HOLD = "HOLD"
    APPROVE = "APPROVE"
    DECLINE = "DECLINE"


class Status(StrEnum):
    """What an onboarding (or a step) shows: the words of the status pill."""

    NOT_STARTED = "not_started"
    READY = "ready"
    RUNNING = "running"
    WAITING_ON_ADMIN = "waiting_on_admin"
    WAITING_ON_BILL = "waiting_on_bill"
    WAITING_ON_STAFF = "waiting_on_staff"
    NEEDS_YOU = "needs_you"
    UNKNOWN = "unknown"
    DONE = "done"
    DECLINED = "declined"
    NOT_PERMITTED = "not_permitted"
    CANCELLED = "cancelled"


S = StepState
MOVES: dict[StepState, frozenset[StepState]] = {
    # Done at once: it exists at BILL already, and a person adopts it.
    S.NOT_STARTED: frozenset({S.READY, S.DONE, S.NOT_PERMITTED, S.CANCELLED}),
    # Unknown without being sent: the database was restored, and BILL is looked at first.
    S.READY: frozenset({S.RUNNING, S.UNKNOWN, S.NOT_PERMITTED, S.CANCELLED}),
    S.RUNNING: frozenset({S.READY, S.WAITING, S.REFUSED, S.UNKNOWN, S.DONE}),
    S.WAITING: frozenset({S.READY, S.REFUSED, S.UNKNOWN, S.DONE, S.NOT_PERMITTED, S.CANCELLED}),
    S.REFUSED: frozenset({S.READY, S.DONE, S.CANCELLED, S.NOT_PERMITTED}),
    S.UNKNOWN: frozenset({S.READY, S.DONE, S.REFUSED, S.WAITING, S.CANCELLED}),
    S.DONE: frozenset(),
    S.NOT_PERMITTED: frozenset({S.NOT_STARTED}),
    S.CANCELLED: frozenset(),
}
ENDED = frozenset({S.DONE, S.NOT_PERMITTED, S.CANCELLED})
EDITABLE = frozenset({S.NOT_STARTED, S.REFUSED})
DRIVEN = frozenset({S.READY, S.RUNNING, S.WAITING, S.UNKNOWN})


class IllegalMove(RuntimeError):
    """A step was to move between two states that have no move between them."""


def check_move(was: StepState, now: StepState) -> None:
    """IllegalMove unless the table has the move; staying is always allowed."""
    if was is not now and now not in MOVES[was]:
        raise IllegalMove(f"{was.value} to {now.value}")


def step_status(state: StepState, waits_for: WaitsFor, is_open: bool) -> Status:
    """The pill of one step. A step that nobody submitted is ready for a person once the one before it is done."""
    match state:
        case S.NOT_STARTED:
            if not is_open:
                return Status.NOT_STARTED
            # A login that the admin has not decided on yet is not ours to begin.
            return Status.WAITING_ON_ADMIN if waits_for is WaitsFor.ADMIN else Status.READY
        case S.READY | S.RUNNING:
            return Status.RUNNING
        case S.WAITING:
            waits = {WaitsFor.ADMIN: Status.WAITING_ON_ADMIN, WaitsFor.BILL: Status.WAITING_ON_BILL}
            return waits.get(waits_for, Status.WAITING_ON_STAFF)
        case S.REFUSED:
            return Status.NEEDS_YOU
        case S.UNKNOWN:
            return Status.WAITING_ON_STAFF if waits_for is WaitsFor.STAFF else Status.UNKNOWN
        case S.DONE:
            return Status.DONE
        case S.NOT_PERMITTED:
            return Status.NOT_PERMITTED
        case S.CANCELLED:
            return Status.CANCELLED


def decision_status(decision: str) -> tuple[Status, WaitsFor]:
    """What BILL's decision means once all six steps are behind; a value we do not know waits on BILL."""
    match decision:
        case Decision.APPROVE:
            return Status.DONE, WaitsFor.NOBODY
        case Decision.DECLINE:
            return Status.DECLINED, WaitsFor.NOBODY
        case Decision.HOLD:
            return Status.WAITING_ON_ADMIN, WaitsFor.ADMIN
        case _:
            return Status.WAITING_ON_BILL, WaitsFor.BILL


def waits_for_of(status: Status) -> WaitsFor:
    """Who is being waited for, given what the current step shows."""
    match status:
        case Status.READY | Status.NEEDS_YOU | Status.WAITING_ON_STAFF | Status.NOT_STARTED:
            return WaitsFor.STAFF
        case Status.WAITING_ON_ADMIN:
            return WaitsFor.ADMIN
        case Status.WAITING_ON_BILL | Status.UNKNOWN | Status.RUNNING:
            return WaitsFor.BILL
        case _:
            return WaitsFor.NOBODY
