"""Moving a step from one state to another, and keeping the onboarding's own line in step with it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from onboarding.engine.contracts import Registry
from onboarding.models import Onboarding, Step
from onboarding.states import (
    ENDED,
    Decision,
    Status,
    StepState,
    WaitsFor,
    check_move,
    decision_status,
    step_status,
    waits_for_of,
)
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import system
from portal.lib.batch import Batch, Result


class StepMoved(RuntimeError):
    """The step is no longer in the state that was read: somebody else moved it."""


def move(
    step: Step, to: StepState, *, token: UUID | None = None, batch: Batch | None = None, **fields: Any
) -> None:
    """Conditionally move one step and write the named fields; IllegalMove or StepMoved when it cannot be.

    With `token`, only for the holder of that lease; without, only while nobody holds one. With a batch, it is
    written when that runs.
    """
    was = StepState(step.state)
    check_move(was, to)
    if to is not was:
        fields["since"] = clock.now()

    def moved(result: Result) -> None:
        if not result.count:
            raise StepMoved(f"step {step.pk} moved on from {was.value}")

    writing = batch or Batch()
    where = {"id": step.pk, "state": was.value, "lease_token": token}
    writing.update(Step, where, {"state": to.value, **fields}, moved)
    if batch is None:
        writing.run()
    step.state = to.value
    for name, value in fields.items():
        setattr(step, name, value)


def journey(steps: Iterable[Step], registry: Registry) -> list[Step]:
    """The steps that a person walks through: of several rounds the first that is done, else the newest."""
    chosen: dict[str, Step] = {}
    for step in sorted(steps, key=lambda s: s.round):
        if step.key not in chosen or StepState(chosen[step.key].state) is not StepState.DONE:
            chosen[step.key] = step
    return [
        chosen[key] for key, definition in registry.items() if not definition.is_background and key in chosen
    ]


def open_step(steps: list[Step]) -> Step | None:
    """The first step of the journey that has not ended."""
    return next((step for step in steps if StepState(step.state) not in ENDED), None)


def refresh(
    onboarding: Onboarding,
    registry: Registry,
    steps: Iterable[Step] | None = None,
    batch: Batch | None = None,
) -> Step | None:
    """Let the next submitted step be ready, and write the onboarding's status. Returns the step now open.

    The caller holds the onboarding's row: whoever writes its steps locks it first.
    """
    if steps is None:
        steps = Step.objects.filter(onboarding=onboarding).defer("input", "evidence")
    walked = journey(steps, registry)
    current = open_step(walked)
    writing = batch or Batch()
    if current and StepState(current.state) is StepState.NOT_STARTED and current.submitted_at:
        move(current, StepState.READY, batch=writing, due_at=clock.now())
    status, waits_for = _status(onboarding, walked, current)
    _write(onboarding, walked, current, status, waits_for, writing)
    if batch is None:
        writing.run()
    return current


def _status(onboarding: Onboarding, steps: list[Step], current: Step | None) -> tuple[Status, WaitsFor]:
    if any(StepState(step.state) is StepState.CANCELLED for step in steps):
        return Status.CANCELLED, WaitsFor.NOBODY
    if current is None:
        if all(StepState(step.state) is StepState.DONE for step in steps) or onboarding.decision:
            # Staff who may not log in leave nothing undone: the step says so, and the whole is done.
            return decision_status(onboarding.decision)
        return Status.NOT_PERMITTED, WaitsFor.NOBODY
    status = step_status(StepState(current.state), WaitsFor(current.waits_for), is_open=True)
    if status is Status.READY and current is steps[-1] and onboarding.decision not in ("", Decision.APPROVE):
        # Whoever might log in has nothing to do yet that matters more than what BILL says.
        status, waits_for = decision_status(onboarding.decision)
        return status, WaitsFor.STAFF if status is Status.DECLINED else waits_for
    if status is Status.READY and current is steps[0]:
        status = Status.NOT_STARTED
    return status, waits_for_of(status)


def _write(
    onboarding: Onboarding,
    steps: list[Step],
    current: Step | None,
    status: Status,
    waits_for: WaitsFor,
    batch: Batch,
) -> None:
    now = clock.now()
    ended = {Status.DONE, Status.DECLINED, Status.NOT_PERMITTED, Status.CANCELLED}
    fields: dict[str, str | int | datetime | None] = {
        "status": status.value,
        "waits_for": waits_for.value,
        "current_step": current.key if current else "",
        "steps_done": sum(StepState(step.state) in ENDED for step in steps),
        "updated_at": now,
        "closed_at": (onboarding.closed_at or now) if current is None and status in ended else None,
    }
    if onboarding.status != status.value:
        fields["status_since"] = now
    if fields["closed_at"] and not onboarding.closed_at and status is not Status.CANCELLED:
        record(
            actor=system(onboarding.tenant_id),
            tag=Tag.ONBOARDING_COMPLETED,
            onboarding=onboarding.pk,
            batch=batch,
        )
    batch.update(Onboarding, {"id": onboarding.pk}, fields)
    for name, value in fields.items():
        setattr(onboarding, name, value)
