"""After the database was put back to an earlier point, BILL may have more than the portal knows."""

from itertools import islice
from uuid import UUID

from django.db.models import Q

from onboarding.engine import wake
from onboarding.engine.claims import RESTORED
from onboarding.engine.moves import move, refresh
from onboarding.models import Attempt, AttemptOutcome, Connection, Import, ImportState, Onboarding, Step
from onboarding.services.imports.receiving import tell
from onboarding.services.imports.strays import NOT_READ
from onboarding.states import LOOK_FIRST, StepState
from onboarding.steps import REGISTRY
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import system
from portal.lib.tenancy import acting_for

CREATES = [key for key, definition in REGISTRY.items() if definition.unrepeatable]
BATCH = 500


def look_before_sending(tenant_id: UUID) -> int:
    """Have every submitted create that is not done be looked for at BILL first. Returns their number.

    Run it before the workers are started. What was submitted after that point is not known here at all: what it made
    is shown as unknown to the portal on the page "At BILL", and no import goes on before BILL's list was read.
    """
    with acting_for(tenant_id):
        Connection.objects.update(restored_at=clock.now())
        _pause_imports(tenant_id)
        return _look_now(tenant_id) + _look_in_turn()


def _pause_imports(tenant_id: UUID) -> None:
    for import_ in Import.objects.filter(state=ImportState.RUNNING.value).defer("content", "header"):
        Import.objects.filter(pk=import_.pk).update(state=ImportState.PAUSED.value, pause_reason=NOT_READ)
        tell(system(tenant_id), Tag.IMPORT_PAUSED, import_, reason=NOT_READ)


def _look_now(tenant_id: UUID) -> int:
    """What may be on its way to BILL, or was about to be sent."""
    looked_for = 0
    due = Step.objects.filter(key__in=CREATES, state__in=[StepState.READY.value, StepState.RUNNING.value])
    for step_id, onboarding_id in list(due.values_list("pk", "onboarding_id")):
        onboarding = Onboarding.objects.select_for_update(of=("self",)).get(pk=onboarding_id)
        step = Step.objects.get(pk=step_id)
        now, free = clock.now(), {"lease_token": None, "lease_until": None, "lease_holder": None}
        lost = {"closed_at": now, "outcome": AttemptOutcome.UNKNOWN.value, "error": "ExecutorLost"}
        Attempt.objects.filter(step=step, closed_at__isnull=True).update(**lost)
        token = step.lease_token
        move(step, StepState.UNKNOWN, token=token, reason=RESTORED, due_at=now, waits_for="", **free)
        record(
            actor=system(tenant_id),
            tag=Tag.STEP_UNKNOWN,
            onboarding=onboarding.pk,
            target=("step", str(step.pk)),
            fields={"step": step.key, "reason": RESTORED},
        )
        refresh(onboarding, REGISTRY)
        wake.when_due(step)
        looked_for += 1
    return looked_for


def _look_in_turn() -> int:
    """What is submitted and waits for a step before it, as all of an import does: looked for when its turn comes."""
    marked = 0
    waiting = Q(state=StepState.NOT_STARTED.value, submitted_at__isnull=False)
    steps = Step.objects.filter(waiting, key__in=CREATES).only("id", "evidence").iterator(chunk_size=BATCH)
    while batch := list(islice(steps, BATCH)):
        for step in batch:
            step.evidence = {**step.evidence, LOOK_FIRST: True}
        marked += Step.objects.bulk_update(batch, ["evidence"])
    return marked
