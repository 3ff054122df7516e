"""What a person does about a price plan that BILL refused: choose another, try again, or leave it."""

from onboarding.choices import PRICE_PLANS
from onboarding.engine import wake
from onboarding.engine.moves import move
from onboarding.models import Onboarding, Step
from onboarding.services.steps import Accepted, NotReady
from onboarding.states import StepState
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for

KEY = "set_price_plan"
LEAVE = "leave"


def choose(*, actor: Actor, step: Step, plan: str) -> Accepted | NotReady:
    """Set this plan, or leave the organization on BILL's own."""
    if plan not in (LEAVE, *dict(PRICE_PLANS)):
        return NotReady("Choose one of the price plans.")
    with acting_for(actor.tenant_id):
        # Whoever writes the steps of an onboarding holds its row.
        Onboarding.objects.select_for_update(of=("self",)).get(pk=step.onboarding_id)
        step = Step.objects.get(pk=step.pk)
        if StepState(step.state) is not StepState.REFUSED:
            return NotReady("The price plan needs no decision any more.")
        now = clock.now()
        if plan == LEAVE:
            move(step, StepState.CANCELLED, due_at=None, reason="It stays on BILL's own plan.", problems=[])
        else:
            given = {"price_plan": plan}
            move(step, StepState.READY, due_at=now, submitted_at=now, tries=0, input=given, problems=[])
            wake.on_commit(step.tenant_id, step.pk, now)
        record(
            actor=actor,
            tag=Tag.STEP_RESOLVED,
            onboarding=step.onboarding_id,
            target=("step", str(step.pk)),
            fields={
                "step": step.key,
                "choice": "BILL's own plan" if plan == LEAVE else dict(PRICE_PLANS)[plan],
                "reason": "BILL had refused the plan that was chosen first",
            },
        )
    return Accepted()
