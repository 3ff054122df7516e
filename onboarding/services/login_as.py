"""Login as user by a person: asking for a session, reading in it, ending it."""

from dataclasses import dataclass

from onboarding.bill.errors import BillError, SessionExpired
from onboarding.engine import wake
from onboarding.engine.moves import journey, open_step, refresh
from onboarding.gateway import sessions
from onboarding.gateway.bill import Bill, organization_session
from onboarding.gateway.outcomes import reason_of
from onboarding.models import BillSession, Connection, Onboarding, SessionState, Step
from onboarding.services.ending import end_now, tell_ended
from onboarding.services.steps import Accepted, NotReady, set_going
from onboarding.states import EDITABLE, StepState
from onboarding.steps import REGISTRY
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Actor, system
from portal.lib.tenancy import acting_for

KEY = "login_as_user"


def request_login_as(
    *, actor: Actor, onboarding: Onboarding, reason: str, minutes: str
) -> Accepted | NotReady:
    """Submit the login step, in a new round if it was done before. A second click finds the first one running."""
    with acting_for(actor.tenant_id):
        onboarding = Onboarding.objects.select_for_update(of=("self",)).get(pk=onboarding.pk)
        step = _step_for(onboarding)
        if isinstance(step, NotReady):
            return step
        step.input = {"reason": reason, "minutes": minutes}
        step.save(update_fields=["input"])
        set_going(step, actor)
        told = {"reason": reason, "minutes": minutes}
        record(
            actor=actor,
            tag=Tag.LOGIN_AS_REQUESTED,
            onboarding=onboarding.pk,
            target=("step", str(step.pk)),
            fields=told,
        )
        refresh(onboarding, REGISTRY)
        wake.on_commit(step.tenant_id, step.pk, step.due_at)
    return Accepted()


def _step_for(onboarding: Onboarding) -> Step | NotReady:
    grant = onboarding.grant
    if grant is None or not grant.allows_staff:
        return NotReady("The organization's permission to log in as its user is not on record.")
    current = open_step(journey(onboarding.steps.all(), REGISTRY))
    if current is not None and current.key != KEY:
        return NotReady("This opens when the verification was started.")
    step = Step.objects.filter(onboarding=onboarding, key=KEY).order_by("-round").first()
    if step is None or StepState(step.state) is StepState.CANCELLED:
        return NotReady("This onboarding was cancelled.")
    if StepState(step.state) is StepState.DONE:
        return Step.objects.create(
            tenant_id=onboarding.tenant_id,
            onboarding=onboarding,
            key=KEY,
            round=step.round + 1,
            since=clock.now(),
        )
    return step if StepState(step.state) in EDITABLE else NotReady("A login is on its way already.")


@dataclass(frozen=True)
class Read:
    """The session's details are on the session's row now."""


@dataclass(frozen=True)
class NotRead:
    """BILL did not answer as hoped, and why."""

    why: str


def is_usable(session: BillSession) -> bool:
    """Open, in time, and on the permission that counts now; asked again at every use."""
    in_time = session.expires_at is not None and session.expires_at > clock.now()
    onboarding = session.onboarding
    grant = onboarding.grant if onboarding else None
    is_permitted = grant is not None and grant.pk == session.grant_id and grant.allows_staff
    return session.state == SessionState.OPEN and in_time and is_permitted


def read_details(*, actor: Actor, session: BillSession) -> Read | NotRead:
    """Ask BILL about the session itself, as the user. On record before it is asked, and again with the answer."""
    with acting_for(actor.tenant_id):
        # Whoever ends the session waits for this row, so nothing is asked after it is on record as ended.
        locked = BillSession.objects.select_for_update(of=("self",)).select_related("onboarding__grant")
        session = locked.get(pk=session.pk)
        if not is_usable(session):
            return NotRead("This session has ended.")
        connection = Connection.objects.get(pk=session.connection_id)
        _tell_read(actor, session, "asked")
    bill = Bill(actor=actor, connection=connection, onboarding_id=session.onboarding_id)
    try:
        details = bill.client.get_session(session=organization_session(session))
    except BillError as error:
        with acting_for(actor.tenant_id):
            if isinstance(error, SessionExpired) and sessions.end(session, "BILL had ended it"):
                tell_ended(system(actor.tenant_id), session, "BILL had ended it")
            _tell_read(actor, session, "failed", list(error.codes))
        return NotRead(f"BILL's details could not be read: {reason_of(error)}")
    with acting_for(actor.tenant_id):
        now = clock.now()
        kept = {
            "organization_id": details.organization_id,
            "user_id": details.user_id,
            "mfa_status": details.mfa_status,
            "trusted": details.trusted,
        }
        BillSession.objects.filter(pk=session.pk).update(details=kept, details_at=now, used_at=now)
        _tell_read(actor, session, "answered")
    return Read()


def _tell_read(actor: Actor, session: BillSession, outcome: str, codes: list[str] | None = None) -> None:
    record(
        actor=actor,
        tag=Tag.LOGIN_AS_READ,
        onboarding=session.onboarding_id,
        target=("session", str(session.pk)),
        fields={
            "what": "the session's details",
            "session": str(session.pk),
            "outcome": outcome,
            "codes": codes or [],
        },
    )


def end_login_as(*, actor: Actor, session: BillSession) -> None:
    """End the session now."""
    with acting_for(actor.tenant_id):
        Onboarding.objects.select_for_update(of=("self",)).get(sessions=session)
        end_now(actor, [session], clock.now())
