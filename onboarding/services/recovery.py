"""What does not move just now: since when, why, and what happens next without anyone doing anything. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from onboarding.engine.executors import living
from onboarding.models import Step
from onboarding.states import StepState, WaitsFor
from portal.lib import clock

# A step that is put off for less is only taking its turn, and one that is due is taken within a sweep.
A_TURN = timedelta(seconds=10)
OVERDUE = timedelta(seconds=30)
SHOWN = 20


@dataclass
class Stuck:
    """Steps of one kind that wait for the same: the first clients, and when the first and the last are due."""

    key: str
    state: StepState
    reason: str
    next: str
    since: datetime
    due_at: datetime | None
    last_due_at: datetime | None
    count: int = 0
    tries: int = 0
    steps: list[Step] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.count - len(self.steps)


# What happens by itself.
DECIDE = "Nothing, until somebody decides."
LOOK = "BILL is looked at again, and nothing is sent before it is known:"
AGAIN = "It is tried again"
OVERDUE_NOW = "A worker takes it as soon as one is free."
WORKING = "A worker is at it now."
FREED = (
    "Its worker is gone: it is freed within seconds, and BILL is looked at if anything may have been sent."
)


def stuck() -> list[Stuck]:
    """Groups of the tenant's steps, those that need somebody first, then the oldest."""
    groups: dict[tuple[str, str, str, str], Stuck] = {}
    alive = living()
    for step in _standing_still():
        then = next_of(step, alive)
        due_at = step.due_at if then in (LOOK, AGAIN) else None
        key = (step.key, step.state, step.reason, then)
        group = groups.setdefault(
            key, Stuck(step.key, StepState(step.state), step.reason, then, step.since, due_at, due_at)
        )
        group.count += 1
        group.tries = max(group.tries, step.tries)
        group.since = min(group.since, step.since)
        if due_at and group.due_at and group.last_due_at:
            group.due_at = min(group.due_at, due_at)
            group.last_due_at = max(group.last_due_at, due_at)
        if len(group.steps) < SHOWN:
            group.steps.append(step)
    return sorted(groups.values(), key=lambda group: (group.next != DECIDE, group.since))


def _standing_still() -> Iterable[Step]:
    now = clock.now()
    put_off = Q(state=StepState.READY.value) & (Q(due_at__gt=now + A_TURN) | Q(due_at__lt=now - OVERDUE))
    in_doubt = Q(state__in=[StepState.UNKNOWN.value, StepState.RUNNING.value])
    # A decision that BILL takes its time for is not stuck; one that cannot be asked for is.
    unheard = Q(state=StepState.WAITING.value, due_at__lt=now - OVERDUE)
    steps = Step.objects.filter(put_off | in_doubt | unheard, onboarding__closed_at__isnull=True)
    steps = steps.select_related("onboarding").defer("input", "draft", "evidence", "onboarding__grant")
    return steps.order_by("since", "pk").iterator(chunk_size=2000)


def next_of(step: Step, alive: frozenset[int]) -> str:
    """What becomes of this step if nobody does anything."""
    state = StepState(step.state)
    if step.lease_token is not None:
        return WORKING if step.lease_holder in alive else FREED
    if state is StepState.UNKNOWN:
        return DECIDE if step.waits_for == WaitsFor.STAFF or step.due_at is None else LOOK
    return OVERDUE_NOW if step.due_at and step.due_at <= clock.now() else AGAIN
