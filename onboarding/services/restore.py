"""After the database was put back to an earlier point, BILL may have more than the portal knows."""

from uuid import UUID

from onboarding.engine import wake
from onboarding.engine.moves import move, refresh
from onboarding.models import Attempt, AttemptOutcome, Onboarding, Step
from onboarding.states import StepState
from onboarding.steps import REGISTRY
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import system
from portal.lib.tenancy import acting_for

REASON = "The database was restored. BILL is looked at before anything is sent."
CREATES = [key for key, definition in REGISTRY.items() if definition.unrepeatable]


def look_before_sending(tenant_id: UUID) -> int:
    """Have every submitted create that is not done be looked for at BILL first. Returns their number.

    Run it before the workers are started. What was submitted after that point is not known here at all: what it made
    is shown as unknown to the portal on the page "At BILL".
    """
    looked_for = 0
    with acting_for(tenant_id):
        due = Step.objects.filter(
            key__in=CREATES, state__in=[StepState.READY.value, StepState.RUNNING.value]
        ).values_list("pk", "onboarding_id")
        for step_id, onboarding_id in list(due):
            onboarding = Onboarding.objects.select_for_update(of=("self",)).get(pk=onboarding_id)
            step = Step.objects.get(pk=step_id)
            now, free = clock.now(), {"lease_token": None, "lease_until": None, "lease_holder": None}
            lost = {"closed_at": now, "outcome": AttemptOutcome.UNKNOWN.value, "error": "ExecutorLost"}
            Attempt.objects.filter(step=step, closed_at__isnull=True).update(**lost)
            if StepState(step.state) is StepState.READY:
                move(step, StepState.RUNNING)
            move(
                step,
                StepState.UNKNOWN,
                token=step.lease_token,
                reason=REASON,
                due_at=now,
                waits_for="",
                **free,
            )
            told = {"step": step.key, "reason": REASON}
            record(
                actor=system(tenant_id),
                tag=Tag.STEP_UNKNOWN,
                onboarding=onboarding.pk,
                target=("step", str(step.pk)),
                fields=told,
            )
            refresh(onboarding, REGISTRY)
            wake.when_due(step)
            looked_for += 1
    return looked_for
