"""Taking over an organization that exists at BILL. BILL's own list is the proof, whatever a form says."""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from onboarding.bill.errors import BillError
from onboarding.engine import wake
from onboarding.engine.contracts import Done
from onboarding.engine.moves import move, refresh
from onboarding.engine.settle import begin
from onboarding.gateway.bill import Bill
from onboarding.gateway.listed import fits, given_of, is_held, shown
from onboarding.gateway.outcomes import reason_of
from onboarding.gateway.scans import NotYet, folded, read_since
from onboarding.gateway.sessions import SessionBeingOpened
from onboarding.models import Connection, ListedOrganization, Onboarding, Scan, Step
from onboarding.services.onboardings import make_onboarding, staff_of
from onboarding.services.steps import NotReady, locked, tell
from onboarding.services.twins import describe
from onboarding.states import EDITABLE, StepState
from onboarding.steps import REGISTRY
from onboarding.steps.create_organization import STEP
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for

JUST_NOW = timedelta(seconds=10)
LOGGING_IN = NotReady("The portal is logging in to BILL. Try again in a moment.")
NOT_PERMITTED = NotReady(
    "Only the user's own session can see this. Record the organization's permission first."
)
ADOPTED = "It existed at BILL already, and was adopted."
TAKEN = "Another onboarding holds this one already."
MAY_BE_THEIRS = (
    "Another onboarding is creating this very company, or looks for it. Let that one be settled first."
)


def read_list(*, actor: Actor, connection: Connection) -> Scan | NotYet | NotReady:
    """Read BILL's list of organizations, or as much of it as one turn takes. No transaction is held meanwhile."""
    bill = Bill(actor=actor, connection=connection)
    try:
        return read_since(bill, clock.now() - JUST_NOW)
    except SessionBeingOpened:
        return LOGGING_IN
    except BillError as error:
        return NotReady(f"BILL's list could not be read: {reason_of(error)}")


def open_namesakes(listed: ListedOrganization) -> list[Onboarding]:
    """Onboardings of this name that have sent no organization yet: it may belong to one of them."""
    found = Onboarding.objects.filter(
        connection_id=listed.connection_id,
        name__iexact=listed.name,
        bill_organization_id="",
        closed_at__isnull=True,
        steps__key="create_organization",
        steps__state__in=[state.value for state in EDITABLE],
    )
    return list(found.order_by("-created_at")[:10])


def adopt_organization(
    *, actor: Actor, listed: ListedOrganization, reason: str, into: Onboarding | None = None
) -> Onboarding | NotReady:
    """Have an onboarding, a new one unless `into` is given, hold this organization of BILL's."""
    with acting_for(actor.tenant_id):
        connection = Connection.objects.get(pk=listed.connection_id)
        if problem := _why_not(connection, listed, into):
            return NotReady(problem)
        try:
            with transaction.atomic():
                return _hold(actor, connection, listed, reason, into)
        except IntegrityError:
            return NotReady(TAKEN)


def _why_not(connection: Connection, listed: ListedOrganization, into: Onboarding | None) -> str:
    if not shown(connection).filter(pk=listed.pk).exists():
        return "BILL's list does not show it to the credentials in use now. Read the list again."
    if is_held(listed):
        return TAKEN
    return MAY_BE_THEIRS if _may_be_of_another(listed, into) else ""


def _may_be_of_another(listed: ListedOrganization, into: Onboarding | None) -> bool:
    """Whether an onboarding that is sent, or will be without anybody asking, may have created it, or is to."""
    states = (StepState.READY, StepState.RUNNING, StepState.UNKNOWN)
    on_its_way = Q(state__in=[state.value for state in states])
    on_its_way |= Q(state=StepState.NOT_STARTED.value, submitted_at__isnull=False)
    steps = Step.objects.filter(
        on_its_way,
        key=STEP.key,
        onboarding__connection_id=listed.connection_id,
        onboarding__closed_at__isnull=True,
    )
    others = steps.exclude(onboarding=into) if into else steps
    # Of an import there may be thousands; only namesakes are opened.
    names = others.values_list("pk", "onboarding__name").iterator()
    namesakes = [pk for pk, name in names if folded(name) == listed.folded]
    return any(fits(listed, step.input) for step in Step.objects.filter(pk__in=namesakes).only("input"))


def _hold(
    actor: Actor, connection: Connection, listed: ListedOrganization, reason: str, into: Onboarding | None
) -> Onboarding | NotReady:
    given, onboarding = given_of(listed), into
    if onboarding is None:
        onboarding = Onboarding(connection=connection, name=given["name"][:100])
        begun = make_onboarding(actor, onboarding, {})
        told = {"name": onboarding.name, "environment": connection.environment}
        record(actor=actor, tag=Tag.ONBOARDING_STARTED, onboarding=onboarding.pk, fields=told)
        if begun:
            wake.when_due(begun)
    elif onboarding.connection_id != connection.pk:
        return NotReady("This onboarding uses another environment of BILL.")
    onboarding, step = locked(onboarding.steps.get(key="create_organization"))
    if not is_adoptable(onboarding, step):
        return NotReady("This onboarding has sent its own organization already.")
    describe(onboarding, {**given, "name": given["name"][:100]})
    onboarding.save(update_fields=["name", "tax_fingerprint", "company_fingerprint"])
    done = Done(
        result={"id": listed.bill_id, "name": listed.name},
        onboarding={"bill_organization_id": listed.bill_id},
    )
    adopt(actor, onboarding, step, done, reason, input=given)
    return onboarding


def is_adoptable(onboarding: Onboarding, step: Step) -> bool:
    """Whether nothing was sent for it that may still become one."""
    return StepState(step.state) in EDITABLE and not step.lease_token and not onboarding.is_closed


def adopt(actor: Actor, onboarding: Onboarding, step: Step, done: Done, reason: str, **more: Any) -> None:
    """The step is done as it stands at BILL; who says so, and why, is in the audit log."""
    begin(onboarding, done)
    fields: dict[str, Any] = {
        "due_at": None,
        "waits_for": "",
        "problems": [],
        "draft": {},
        "reason": ADOPTED,
        **more,
    }
    fields |= {"submitted_at": clock.now(), "submitted_by": staff_of(actor)}
    move(step, StepState.DONE, result={**done.result, "adopted": "yes"}, **fields)
    tell(actor, Tag.STEP_RESOLVED, step, choice="adopt", bill_id=done.result.get("id", ""), reason=reason)
    current = refresh(onboarding, REGISTRY)
    if current and current.due_at:
        wake.when_due(current)
