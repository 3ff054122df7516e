"""What a person does with one step: draft, submit, retry, correct, decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from onboarding.engine import wake
from onboarding.engine.contracts import Done
from onboarding.engine.moves import journey, move, open_step, refresh
from onboarding.engine.settle import begin
from onboarding.engine.timing import QUIET_PERIOD
from onboarding.models import Onboarding, Step
from onboarding.services import consent
from onboarding.services.onboardings import staff_of
from onboarding.states import EDITABLE, StepState, WaitsFor
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


def _locked(step: Step) -> tuple[Onboarding, Step]:
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
        _, step = _locked(step)
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
        onboarding, step = _locked(step)
        if problem := _why_not(onboarding, step):
            return NotReady(problem)
        if not page.is_current(step):
            return Conflict(CHANGED_MEANWHILE)
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
            _tell(actor, Tag.STEP_REOPENED, step)
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
        tries=0,
        problems=[],
        reason="",
        waits_for=WaitsFor.NOBODY.value,
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
        onboarding, step = _locked(step)
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
        move(step, to, due_at=now, **anew)
        _tell(actor, Tag.STEP_RETRIED, step)
        refresh(onboarding, REGISTRY)
        wake.on_commit(step.tenant_id, step.pk, now)
    return Accepted()


def _tell(actor: Actor, tag: Tag, step: Step, **fields: Any) -> None:
    told = {"step": step.key, **fields}
    record(actor=actor, tag=tag, onboarding=step.onboarding_id, target=("step", str(step.pk)), fields=told)


def _look_once_more(step: Step, rejected: list[str]) -> None:
    """None of the candidates is ours; it is sent again only when the quiet period has shown no other."""
    sent = step.attempts.filter(operation=REGISTRY[step.key].unrepeatable).aggregate(last=Max("opened_at"))
    due_at = max(clock.now(), (sent["last"] or step.since) + QUIET_PERIOD)
    not_ours = [*step.evidence.get("not_ours", []), *rejected]
    reason = "None of BILL's candidates is ours. The portal looks once more, and sends it again if BILL has no other."
    evidence = {"not_ours": not_ours}
    move(step, StepState.UNKNOWN, due_at=due_at, waits_for="", reason=reason, evidence=evidence)


ADOPT, SEND_AGAIN = "adopt", "send_again"
COLUMN = {"create_organization": "bill_organization_id", "create_user": "bill_user_id"}


def resolve(*, actor: Actor, step: Step, choice: str, bill_id: str, reason: str) -> Accepted | NotReady:
    """A person decides what the portal cannot: one of the candidates is ours, or none is and it is sent again."""
    with acting_for(actor.tenant_id):
        onboarding, step = _locked(step)
        candidates = {candidate["id"]: candidate for candidate in step.evidence.get("candidates", [])}
        undecided = StepState(step.state) is StepState.UNKNOWN and step.waits_for == WaitsFor.STAFF
        if not undecided or step.lease_token or step.key not in COLUMN:
            return NotReady("There is nothing to decide here any more.")
        if choice == ADOPT:
            if bill_id not in candidates:
                return NotReady("Choose one of the candidates.")
            if Onboarding.objects.filter(
                **{COLUMN[step.key]: bill_id}, connection=onboarding.connection_id
            ).exists():
                return NotReady("Another onboarding holds this one already.")
            adopted = Done(
                result={"id": bill_id},
                onboarding={COLUMN[step.key]: bill_id},
                begins=REGISTRY[step.key].begins(step.input),
            )
            begin(onboarding, adopted)
            note = "A person recognised it at BILL, and it was adopted."
            result = {**step.result, "id": bill_id, "name": candidates[bill_id].get("name", "")}
            move(step, StepState.DONE, due_at=None, waits_for="", reason=note, result=result)
        else:
            _look_once_more(step, list(candidates))
        _tell(actor, Tag.STEP_RESOLVED, step, choice=choice.replace("_", " "), bill_id=bill_id, reason=reason)
        current = refresh(onboarding, REGISTRY)
        for moved in (step, current):
            if moved and moved.due_at:
                wake.on_commit(moved.tenant_id, moved.pk, moved.due_at)
    return Accepted()
