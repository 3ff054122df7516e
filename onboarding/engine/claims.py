"""Taking a step that is due. A lease ends by itself, and with its executor: the next one takes the step."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Max, Min

from onboarding.engine import wake
from onboarding.engine.contracts import Registry, Run
from onboarding.engine.executors import lives, this_executor
from onboarding.engine.fence import Fence
from onboarding.engine.held import Held, hold_step
from onboarding.engine.moves import move, refresh
from onboarding.engine.timing import LEASE, next_look
from onboarding.models import Attempt, AttemptOutcome, Step
from onboarding.states import DRIVEN, LOOK_FIRST, StepState
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import system
from portal.lib.batch import Batch
from portal.lib.tenancy import acting_for

RESTORED = "The database was restored. BILL is looked at before anything is sent."


class Mode(StrEnum):
    RUN = "run"
    LOOK = "look"


@dataclass(frozen=True)
class Claim:
    """A step that is ours for one lease, and whether to run it or to look for it at BILL."""

    run: Run
    mode: Mode


def take(tenant_id: UUID, step_id: UUID, registry: Registry) -> Claim | None:
    """Claim the step if it is due and free; None when there is nothing to do."""
    with acting_for(tenant_id):
        batch = Batch()
        held = hold_step(step_id, batch)
        if held is None or not _may_be_taken(held.step(step_id), registry):
            return None
        step = held.step(step_id)
        if step.lease_token is not None:
            _recover(step, held, registry, batch)
        claim = claim_step(step, held, registry, batch) if _is_due(step) else None
        batch.finish()
        return claim


def release_lost(tenant_id: UUID, step_id: UUID, registry: Registry) -> None:
    """Free a step whose executor is dead, without running it."""
    with acting_for(tenant_id):
        batch = Batch()
        held = hold_step(step_id, batch)
        if held is None or held.step(step_id).lease_token is None:
            return
        step = held.step(step_id)
        if step.key in registry and not lives(step.lease_holder):
            _recover(step, held, registry, batch)
            batch.finish()


def _is_due(step: Step) -> bool:
    return step.due_at is not None and step.due_at <= clock.now() and StepState(step.state) in DRIVEN


def _may_be_taken(step: Step, registry: Registry) -> bool:
    if not _is_due(step) or step.key not in registry:
        return False
    return step.lease_until is None or step.lease_until <= clock.now() or not lives(step.lease_holder)


def claim_step(step: Step, held: Held, registry: Registry, batch: Batch) -> Claim:
    """Take the lease of a step that is due and free, in the batch's transaction."""
    token = uuid.uuid4()
    if step.evidence.get(LOOK_FIRST):
        _look_first(step, held, batch)
    was = StepState(step.state)
    mode = Mode.LOOK if was is StepState.UNKNOWN else Mode.RUN
    unrepeatable = registry[step.key].unrepeatable
    first_sent_at, last_sent_at = _sent(step, unrepeatable) if mode is Mode.LOOK else (None, None)
    move(
        step,
        StepState.RUNNING if was is StepState.READY else was,
        batch=batch,
        lease_token=token,
        lease_until=clock.now() + LEASE,
        lease_holder=this_executor(),
    )
    onboarding = held.onboarding
    run = Run(
        tenant_id=step.tenant_id,
        onboarding_id=onboarding.pk,
        connection=held.connection,
        sessions=held.sessions,
        step_id=step.pk,
        key=step.key,
        round=step.round,
        name=onboarding.name,
        bill_organization_id=onboarding.bill_organization_id,
        bill_user_id=onboarding.bill_user_id,
        decision=onboarding.decision,
        has_acceptance=onboarding.acceptance_id is not None,
        has_grant=onboarding.grant_id is not None,
        input=step.input,
        not_ours=frozenset(step.evidence.get("not_ours", [])),
        submitted_by_id=step.submitted_by_id,
        submitted_at=step.submitted_at,
        tries=step.tries,
        unrepeatable=unrepeatable,
        first_sent_at=first_sent_at,
        last_sent_at=last_sent_at,
        taken_at=clock.now(),
        is_bulk=step.in_bulk,
        fence=Fence(step.pk, token),
    )
    return Claim(run, mode)


def _look_first(step: Step, held: Held, batch: Batch) -> None:
    """The step's turn has come, and it may have had it before: BILL is asked instead of sent to."""
    evidence = {name: found for name, found in step.evidence.items() if name != LOOK_FIRST}
    move(step, StepState.UNKNOWN, batch=batch, reason=RESTORED, tries=0, waits_for="", evidence=evidence)
    record(
        actor=system(step.tenant_id),
        tag=Tag.STEP_UNKNOWN,
        onboarding=held.onboarding.pk,
        target=("step", str(step.pk)),
        fields={"step": step.key, "reason": RESTORED},
        batch=batch,
    )


def _sent(step: Step, unrepeatable: str) -> tuple[datetime | None, datetime | None]:
    """When the call whose outcome is unknown was first and last sent."""
    sent = step.attempts.filter(
        operation=unrepeatable, opened_at__gte=step.submitted_at or step.since
    ).exclude(outcome__in=[AttemptOutcome.NOT_SENT.value, AttemptOutcome.REFUSED.value])
    times = sent.aggregate(first=Min("opened_at"), last=Max("opened_at"))
    return times["first"], times["last"]


def _recover(step: Step, held: Held, registry: Registry, batch: Batch) -> None:
    """The last executor's lease has ended. If it may have created something, BILL is asked; else it begins again."""
    open_attempts = list(Attempt.objects.filter(step=step, closed_at__isnull=True))
    token, now = step.lease_token, clock.now()
    for attempt in open_attempts:
        lost = {"closed_at": now, "outcome": AttemptOutcome.UNKNOWN.value, "error": "ExecutorLost"}
        batch.update(Attempt, {"id": attempt.pk, "closed_at": None}, lost)
    free: dict[str, Any] = {"batch": batch, "lease_token": None, "lease_until": None, "lease_holder": None}
    unrepeatable = registry[step.key].unrepeatable
    if any(attempt.operation == unrepeatable for attempt in open_attempts):
        reason = "The portal was interrupted while it was calling BILL."
        due_at = now + next_look(0)
        move(
            step, StepState.UNKNOWN, token=token, reason=reason, due_at=due_at, tries=0, waits_for="", **free
        )
        wake.when_due(step)
        record(
            actor=system(step.tenant_id),
            tag=Tag.STEP_UNKNOWN,
            onboarding=held.onboarding.pk,
            target=("step", str(step.pk)),
            fields={"step": step.key, "reason": reason, "attempt": str(open_attempts[-1].pk)},
            batch=batch,
        )
        refresh(held.onboarding, registry, held.steps, batch)
    elif StepState(step.state) is StepState.RUNNING:
        move(step, StepState.READY, token=token, **free)
    else:
        move(step, StepState(step.state), token=token, **free)
