"""The pure tables: which moves there are, and what a state shows."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.states import (
    DRIVEN,
    EDITABLE,
    ENDED,
    MOVES,
    Decision,
    IllegalMove,
    Status,
    StepState,
    WaitsFor,
    check_move,
    decision_status,
    step_status,
    waits_for_of,
)

# Written out a second time on purpose: a move that is added or lost has to be meant.
ALLOWED = {
    "not_started": {"ready", "done", "not_permitted", "cancelled"},
    "ready": {"running", "unknown", "not_permitted", "cancelled"},
    "running": {"ready", "waiting", "refused", "unknown", "done"},
    "waiting": {"ready", "refused", "unknown", "done", "not_permitted", "cancelled"},
    "refused": {"ready", "done", "not_permitted", "cancelled"},
    "unknown": {"ready", "done", "refused", "waiting", "cancelled"},
    "done": set(),
    "not_permitted": {"not_started"},
    "cancelled": set(),
}
SHOWN = {
    "ready": Status.RUNNING,
    "running": Status.RUNNING,
    "refused": Status.NEEDS_YOU,
    "done": Status.DONE,
    "not_permitted": Status.NOT_PERMITTED,
    "cancelled": Status.CANCELLED,
}


@pytest.mark.parametrize(("was", "now"), list(product(StepState, StepState)))
def test_move_between_every_pair_is_allowed_or_illegal(was: StepState, now: StepState) -> None:
    if was is now or now.value in ALLOWED[was.value]:
        check_move(was, now)
    else:
        with pytest.raises(IllegalMove, match=f"{was.value} to {now.value}"):
            check_move(was, now)


def test_moves_name_every_state() -> None:
    assert set(MOVES) == set(StepState)


def test_state_is_at_most_one_of_ended_editable_and_driven() -> None:
    assert set(StepState) == ENDED | EDITABLE | DRIVEN
    assert len(ENDED) + len(EDITABLE) + len(DRIVEN) == len(StepState)


def test_step_that_may_have_happened_is_never_sent_without_a_decision_to_do_so() -> None:
    assert StepState.RUNNING not in MOVES[StepState.UNKNOWN]
    assert StepState.UNKNOWN not in EDITABLE


def test_step_that_is_running_or_unknown_cannot_be_stopped_midway() -> None:
    assert StepState.CANCELLED not in MOVES[StepState.RUNNING]
    assert StepState.NOT_PERMITTED not in MOVES[StepState.RUNNING] | MOVES[StepState.UNKNOWN]


@pytest.mark.parametrize(
    ("state", "waits_for", "is_open"), list(product(StepState, WaitsFor, (True, False))), ids=str
)
def test_step_status_over_all(state: StepState, waits_for: WaitsFor, is_open: bool) -> None:
    shown = step_status(state, waits_for, is_open)

    match state:
        case StepState.NOT_STARTED:
            begins = Status.WAITING_ON_ADMIN if waits_for is WaitsFor.ADMIN else Status.READY
            assert shown is (begins if is_open else Status.NOT_STARTED)
        case StepState.WAITING:
            known = {"admin": Status.WAITING_ON_ADMIN, "bill": Status.WAITING_ON_BILL}
            assert shown is known.get(waits_for.value, Status.WAITING_ON_STAFF)
        case StepState.UNKNOWN:
            assert shown is (Status.WAITING_ON_STAFF if waits_for is WaitsFor.STAFF else Status.UNKNOWN)
        case _:
            assert shown is SHOWN[state.value]


@pytest.mark.parametrize(
    ("decision", "status", "waits_for"),
    [
        (Decision.APPROVE, Status.DONE, WaitsFor.NOBODY),
        (Decision.DECLINE, Status.DECLINED, WaitsFor.NOBODY),
        (Decision.HOLD, Status.WAITING_ON_ADMIN, WaitsFor.ADMIN),
        (Decision.REVIEW, Status.WAITING_ON_BILL, WaitsFor.BILL),
        (Decision.IN_PROGRESS, Status.WAITING_ON_BILL, WaitsFor.BILL),
        (Decision.NONE, Status.WAITING_ON_BILL, WaitsFor.BILL),
    ],
)
def test_decision_status(decision: Decision, status: Status, waits_for: WaitsFor) -> None:
    assert decision_status(decision.value) == (status, waits_for)


@given(st.text(max_size=40).filter(lambda word: word not in {d.value for d in Decision}))
def test_decision_that_is_not_known_waits_on_bill(word: str) -> None:
    assert decision_status(word) == (Status.WAITING_ON_BILL, WaitsFor.BILL)


@pytest.mark.parametrize("word", ["approve", "APPROVED", " APPROVE", "APPROVE ", "Approve", "АPPROVE"])
def test_decision_that_resembles_approval_is_none(word: str) -> None:
    assert decision_status(word)[0] is not Status.DONE


WAITED_FOR = {
    Status.NOT_STARTED: WaitsFor.STAFF,
    Status.READY: WaitsFor.STAFF,
    Status.NEEDS_YOU: WaitsFor.STAFF,
    Status.WAITING_ON_STAFF: WaitsFor.STAFF,
    Status.WAITING_ON_ADMIN: WaitsFor.ADMIN,
    Status.WAITING_ON_BILL: WaitsFor.BILL,
    Status.RUNNING: WaitsFor.BILL,
    Status.UNKNOWN: WaitsFor.BILL,
    Status.DONE: WaitsFor.NOBODY,
    Status.DECLINED: WaitsFor.NOBODY,
    Status.NOT_PERMITTED: WaitsFor.NOBODY,
    Status.CANCELLED: WaitsFor.NOBODY,
}


@pytest.mark.parametrize("status", Status)
def test_waits_for_of_every_status(status: Status) -> None:
    assert waits_for_of(status) is WAITED_FOR[status]
