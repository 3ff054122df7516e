"""Taking a step that is due. A lease ends by itself, so a killed executor's step is taken by the next one."""

import uuid
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db.models import Max, Min, Q

from onboarding.engine import wake
from onboarding.engine.contracts import Registry, Run
from onboarding.engine.fence import Fence
from onboarding.engine.moves import move, refresh
from onboarding.engine.timing import LEASE, next_look
from onboarding.models import Attempt, AttemptOutcome, Onboarding, Step
from onboarding.states import DRIVEN, StepState
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import system
from portal.lib.tenancy import acting_for


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
        onboarding = Onboarding.objects.select_for_update(of=("self",)).filter(steps__pk=step_id).first()
        if onboarding is None:
            return None
        now = clock.now()
        due = Step.objects.filter(pk=step_id, due_at__lte=now, state__in=[s.value for s in DRIVEN])
        step = due.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now)).first()
        if step is None or step.key not in registry:
            return None
        if step.lease_token is not None:
            _recover(step, onboarding, registry)
        if step.due_at is None or step.due_at > now:
            return None
        return _claim(step, onboarding, registry[step.key].unrepeatable)


def _claim(step: Step, onboarding: Onboarding, unrepeatable: str) -> Claim:
    token = uuid.uuid4()
    was = StepState(step.state)
    now_state = StepState.RUNNING if was is StepState.READY else was
    move(step, now_state, lease_token=token, lease_until=clock.now() + LEASE)
    sent = step.attempts.filter(
        operation=unrepeatable, opened_at__gte=step.submitted_at or step.since
    ).exclude(outcome__in=[AttemptOutcome.NOT_SENT.value, AttemptOutcome.REFUSED.value])
    times = sent.aggregate(first=Min("opened_at"), last=Max("opened_at"))
    run = Run(
        tenant_id=step.tenant_id,
        onboarding_id=onboarding.pk,
        connection_id=onboarding.connection_id,
        step_id=step.pk,
        key=step.key,
        round=step.round,
        name=onboarding.name,
        bill_organization_id=onboarding.bill_organization_id,
        bill_user_id=onboarding.bill_user_id,
        decision=onboarding.decision,
        input=step.input,
        not_ours=frozenset(step.evidence.get("not_ours", [])),
        submitted_by_id=step.submitted_by_id,
        submitted_at=step.submitted_at,
        tries=step.tries,
        unrepeatable=unrepeatable,
        first_sent_at=times["first"],
        last_sent_at=times["last"],
        fence=Fence(step.pk, token),
    )
    return Claim(run, Mode.LOOK if was is StepState.UNKNOWN else Mode.RUN)


def _recover(step: Step, onboarding: Onboarding, registry: Registry) -> None:
    """The last executor's lease ran out. If it may have created something, BILL is asked; else it begins again."""
    open_attempts = list(Attempt.objects.filter(step=step, closed_at__isnull=True))
    token, now = step.lease_token, clock.now()
    for attempt in open_attempts:
        Attempt.objects.filter(pk=attempt.pk, closed_at__isnull=True).update(
            closed_at=now, outcome=AttemptOutcome.UNKNOWN.value, error="ExecutorLost"
        )
    free: dict[str, None] = {"lease_token": None, "lease_until": None}
    unrepeatable = registry[step.key].unrepeatable
    if any(attempt.operation == unrepeatable for attempt in open_attempts):
        reason = "The portal was interrupted while it was calling BILL."
        due_at = now + next_look(0)
        move(
            step, StepState.UNKNOWN, token=token, reason=reason, due_at=due_at, tries=0, waits_for="", **free
        )
        wake.on_commit(step.tenant_id, step.pk, due_at)
        record(
            actor=system(step.tenant_id),
            tag=Tag.STEP_UNKNOWN,
            onboarding=onboarding.pk,
            target=("step", str(step.pk)),
            fields={"step": step.key, "reason": reason, "attempt": str(open_attempts[-1].pk)},
        )
        refresh(onboarding, registry)
    elif StepState(step.state) is StepState.RUNNING:
        move(step, StepState.READY, token=token, **free)
    else:
        move(step, StepState(step.state), token=token, **free)
