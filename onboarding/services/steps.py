"""What a person does with one step: draft, submit, retry, correct."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onboarding.engine import wake
from onboarding.engine.moves import journey, move, open_step, refresh
from onboarding.models import Onboarding, Step
from onboarding.services import consent
from onboarding.services.contacts.withdrawing import hold_to_the_person
from onboarding.services.onboardings import staff_of
from onboarding.states import EDITABLE, LOOK_FIRST, StepState, WaitsFor
from onboarding.steps import REGISTRY
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for


@dataclass(frozen=True)
class Saved:
    """The draft is kept."""


@dataclass(frozen=True)
class Accepted:
    """The step runs as soon as a worker has it."""


@dataclass(frozen=True)
class Conflict:
    """The page that was sent from is out of date: somebody else was faster, or another tab."""

    why: str


@dataclass(frozen=True)
class NotReady:
    """The step cannot take this now, and why."""

    why: str


CHANGED_MEANWHILE = (
    "This step was changed in another tab or by a colleague. "
    "What you typed is still here; compare and send again."
)


def locked(step: Step) -> tuple[Onboarding, Step]:
    """The step as it is now. Whoever writes the steps of an onboarding holds its row."""
    onboarding = Onboarding.objects.select_for_update(of=("self",)).get(pk=step.onboarding_id)
    return onboarding, Step.objects.get(pk=step.pk)


@dataclass(frozen=True)
class Page:
    """The browser page that something was typed on: its own token, and the step's version when it was loaded."""

    token: str
    version: int

    def is_current(self, step: Step) -> bool:
        return step.version == self.version or bool(self.token and step.saved_by_page == self.token)


def save_draft(
    *, actor: Actor, step: Step, page: Page, values: Mapping[str, str]
) -> Saved | Conflict | NotReady:
    """Keep what was typed so far; nothing is checked but that nobody else's typing is overwritten."""
    with acting_for(actor.tenant_id):
        _, step = locked(step)
        if StepState(step.state) not in EDITABLE:
            return NotReady("This step was submitted; it cannot be changed now.")
        if not page.is_current(step):
            return Conflict(CHANGED_MEANWHILE)
        _keep(step, page, draft=dict(values))
    return Saved()


def _keep(step: Step, page: Page, **fields: Any) -> None:
    """Write what came from this page, and that it was the last to save."""
    fields |= {"version": step.version + 1, "saved_by_page": page.token, "draft_saved_at": clock.now()}
    for name, value in fields.items():
        setattr(step, name, value)
    step.save(update_fields=list(fields))


def submit(
    *, actor: Actor, step: Step, page: Page, values: Mapping[str, str]
) -> Accepted | Conflict | NotReady:
    """Submit the step with these values, which its form has checked. A second click finds it submitted."""
    with acting_for(actor.tenant_id):
        onboarding, step = locked(step)
        if problem := _why_not(onboarding, step):
            return NotReady(problem)
        if not page.is_current(step):
            return Conflict(CHANGED_MEANWHILE)
        hold_to_the_person(actor, onboarding, step, values)
        _keep(step, page, input=dict(values), draft={})
        if step.key in consent.RECORDED_BEFORE and not consent.RECORDED_BEFORE[step.key](
            actor, onboarding, values
        ):
            refresh(onboarding, REGISTRY)
            return Accepted()
        was_refused = StepState(step.state) is StepState.REFUSED
        set_going(step, actor)
        told: dict[str, Any] = {
            "step": step.key,
            "version": step.version,
            "values": sorted(name for name, v in values.items() if v),
        }
        record(
            actor=actor,
            tag=Tag.STEP_SUBMITTED,
            onboarding=onboarding.pk,
            target=("step", str(step.pk)),
            fields=told,
        )
        if was_refused:
            tell(actor, Tag.STEP_REOPENED, step)
        refresh(onboarding, REGISTRY)
        wake.on_commit(step.tenant_id, step.pk, step.due_at)
    return Accepted()


def set_going(step: Step, actor: Actor) -> None:
    """Have a worker take the step as if it was never tried, in the name of whoever submitted it."""
    now = clock.now()
    move(
        step,
        StepState.READY,
        due_at=now,
        submitted_at=now,
        submitted_by=staff_of(actor),
        in_bulk=False,
        tries=0,
        problems=[],
        reason="",
        waits_for=WaitsFor.NOBODY.value,
        # What a person decided about the calls before says nothing about the next one.
        evidence={name: step.evidence[name] for name in ("not_ours", LOOK_FIRST) if name in step.evidence},
    )


def _why_not(onboarding: Onboarding, step: Step) -> str:
    if onboarding.is_closed:
        return "This onboarding has ended."
    if StepState(step.state) not in EDITABLE:
        return "This step was submitted already."
    current = open_step(journey(onboarding.steps.all(), REGISTRY))
    if current is None or current.pk != step.pk:
        return "This step opens when the one before it is done."
    return ""


def retry(*, actor: Actor, step: Step) -> Accepted | NotReady:
    """Try again now: what was refused, with the values that were submitted; what waits; or a look at BILL.

    A person's own login is only ever asked for anew, by that person.
    """
    with acting_for(actor.tenant_id):
        onboarding, step = locked(step)
        state = StepState(step.state)
        if step.lease_token or state not in (
            StepState.READY,
            StepState.REFUSED,
            StepState.WAITING,
            StepState.UNKNOWN,
        ):
            return NotReady("Nothing waits to be tried again here.")
        if step.key == "login_as_user" and state is StepState.REFUSED:
            return NotReady("Ask for the login again, with a reason.")
        to = StepState.READY if state is StepState.REFUSED else state
        now = clock.now()
        anew: dict[str, Any] = {"submitted_at": now, "tries": 0} if state is StepState.REFUSED else {}
        move(step, to, due_at=now, in_bulk=False, **anew)
        tell(actor, Tag.STEP_RETRIED, step)
        refresh(onboarding, REGISTRY)
        wake.on_commit(step.tenant_id, step.pk, now)
    return Accepted()


def tell(actor: Actor, tag: Tag, step: Step, **fields: Any) -> None:
    """Write the audit entry of what a person did with a step."""
    told = {"step": step.key, **fields}
    record(actor=actor, tag=tag, onboarding=step.onboarding_id, target=("step", str(step.pk)), fields=told)
