"""A row that corrects an onboarding: what BILL refused, or what was missing, is given anew and sent."""

from collections.abc import Mapping
from uuid import UUID

from onboarding.engine import wake
from onboarding.engine.moves import journey, open_step, refresh
from onboarding.models import ImportRow, Onboarding, Step
from onboarding.services import consent, price_plan
from onboarding.services.contacts.withdrawing import hold_to_the_person
from onboarding.services.onboardings import staff_of
from onboarding.services.steps import set_going
from onboarding.states import EDITABLE, StepState, WaitsFor
from onboarding.steps import REGISTRY
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Actor

Inputs = Mapping[str, Mapping[str, str]]
NOTHING_TO_CORRECT = (
    "Nothing of this onboarding can be corrected now: it has ended, or it goes on without you."
)
NOT_IN_ROW = "The row has nothing for the step that this onboarding waits at."


def why_not_correct(onboarding: Onboarding, inputs: Inputs) -> str:
    """Why these values change nothing about the onboarding as it stands; empty when they do."""
    steps = list(onboarding.steps.all())
    if onboarding.is_closed:
        return NOTHING_TO_CORRECT
    if _refused_plan(steps):
        return ""
    current = open_step(journey(steps, REGISTRY))
    if current is None or not (
        StepState(current.state) in EDITABLE or _lacks_acceptance(onboarding, current)
    ):
        return NOTHING_TO_CORRECT
    is_login = current.key == "partner_login"
    return "" if is_login or current.key in inputs else NOT_IN_ROW


def _refused_plan(steps: list[Step]) -> Step | None:
    plans = [step for step in steps if step.key == price_plan.KEY]
    newest = max(plans, key=lambda step: step.round, default=None)
    return newest if newest and StepState(newest.state) is StepState.REFUSED else None


def _lacks_acceptance(onboarding: Onboarding, step: Step) -> bool:
    waits = StepState(step.state) is StepState.WAITING and step.waits_for == WaitsFor.ADMIN
    return waits and step.key == "create_user" and onboarding.acceptance_id is None


def correct(actor: Actor, row: ImportRow) -> UUID | None:
    """Give the onboarding the row's values, in the caller's transaction. Returns the step that is ready, if one is.

    Steps that are done stay as they are, whatever the row says about them.
    """
    assert row.onboarding_id is not None
    onboarding = Onboarding.objects.select_for_update(of=("self",)).get(pk=row.onboarding_id)
    steps = list(onboarding.steps.all())
    inputs: Inputs = row.inputs
    if plan := _refused_plan(steps):
        chosen = inputs.get("create_organization", {}).get("price_plan", "")
        price_plan.choose(actor=actor, step=plan, plan=chosen or price_plan.LEAVE)
    walked = journey(steps, REGISTRY)
    current = open_step(walked)
    for step in walked:
        _give(actor, onboarding, step, inputs, is_open=step is current)
    told = {"row": str(row.number), "file": row.import_of.name, "import": str(row.import_of_id)}
    record(actor=actor, tag=Tag.ONBOARDING_CORRECTED, onboarding=onboarding.pk, fields=told)
    ready = refresh(onboarding, REGISTRY)
    if ready is None or StepState(ready.state) is not StepState.READY:
        return None
    wake.when_due(ready)
    return ready.pk


def _give(actor: Actor, onboarding: Onboarding, step: Step, inputs: Inputs, *, is_open: bool) -> None:
    given, state = inputs.get(step.key), StepState(step.state)
    if step.key == "partner_login" and state is StepState.REFUSED:
        set_going(step, actor)
        return
    if given is None or not (state in EDITABLE or _lacks_acceptance(onboarding, step)):
        return
    waits = state is StepState.WAITING
    hold_to_the_person(actor, onboarding, step, {**step.input, **given})
    step.input = {**step.input, **given}
    step.version += 1
    step.save(update_fields=["input", "version"])
    if not record_word(actor, onboarding, step.key, given):
        return
    if waits and onboarding.acceptance_id is None:
        return
    if is_open:
        set_going(step, actor)
    else:
        # Its turn comes when those before it are done.
        now, me = clock.now(), staff_of(actor)
        Step.objects.filter(pk=step.pk).update(submitted_at=now, submitted_by=me)


def record_word(actor: Actor, onboarding: Onboarding, key: str, given: Mapping[str, str]) -> bool:
    """Put on record what has to be before the step is sent. False when the organization does not permit the step."""
    if key == "create_user" and not given.get("accepted_by"):
        return True  # the step itself waits until somebody accepted
    before = consent.RECORDED_BEFORE.get(key)
    return before(actor, onboarding, given) if before else True
