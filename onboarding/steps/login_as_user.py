"""Step 6: a person of the partner logs in as the organization's user: on permission, for a reason, for some minutes."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from onboarding.bill.errors import BillError
from onboarding.bill.sessions import OrganizationSession
from onboarding.choices import LOGIN_AS_MINUTES
from onboarding.engine.contracts import Begin, Done, Finding, Outcome, Refused, Run, StepDefinition
from onboarding.engine.timing import CALL_CAP, SEND_WITHIN
from onboarding.gateway import endings, sessions
from onboarding.gateway.bill import Bill, bill_for
from onboarding.gateway.devices import step_up
from onboarding.gateway.outcomes import guarded, looking
from onboarding.models import LIVE, BillSession, Grant, Onboarding, Purpose, SessionState, Step
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Actor, Kind
from portal.lib.batch import Batch
from portal.lib.tenancy import acting_for
from portal.tenants.models import Staff
from portal.tenants.roles import Permission, Role, may

# A login that had to wait longer than this is not carried out behind its person's back.
STALE = timedelta(minutes=5)


@guarded
def run(step: Run) -> Outcome:
    if why := _why_not(step):
        return Refused(why)
    bill = bill_for(step)
    session = _begin(step)
    if isinstance(session, Refused):
        return session
    try:
        opened = bill.log_in_as(step.bill_organization_id, step.bill_user_id)
    except (BillError, sessions.SessionBeingOpened) as error:
        with acting_for(step.tenant_id):
            sessions.end(session, f"the login failed: {type(error).__name__}")
        raise
    details = _details(step, bill, session, opened)
    until = _until(session, clock.now() + timedelta(minutes=int(step.input["minutes"])))
    # One commit with what the step begins: there is no open session without the step that ends it.
    begins: dict[str, Begin] = {}
    has_ending = session.secret is not None
    step.fence.later(
        lambda batch: begins.update(_keep(step, session, opened, until, details, has_ending, batch))
    )
    return Done(result={"session": str(session.pk)}, begins=begins)


def _until(session: BillSession, asked: datetime) -> datetime:
    """As long as was asked for, and no longer than the permission that it rests on."""
    ends_at = session.grant.ends_at if session.grant else None
    return min(asked, ends_at) if ends_at else asked


def _details(step: Run, bill: Bill, session: BillSession, opened: OrganizationSession) -> dict[str, object]:
    """What is known of the session. Where the organization allows its device to staff, it is made trusted first."""
    if session.grant is None or not session.grant.device:
        return {}
    with acting_for(step.tenant_id):
        onboarding = _held(step)
        is_permitted = onboarding.grant_id == session.grant_id
        if not is_permitted or not endings.keep_before_trust(onboarding, session, opened):
            return {}
    trusted = step_up(bill, opened)
    if trusted is None:
        return {}
    known = {"organization_id": step.bill_organization_id, "user_id": step.bill_user_id, "mfa_status": ""}
    return {"details": {**known, "trusted": trusted}, "details_at": clock.now()}


def _held(step: Run) -> Onboarding:
    """The onboarding: whether the permission that a session rests on counts is sure until this transaction ends."""
    return Onboarding.objects.select_for_update(of=("self",)).get(pk=step.onboarding_id)


def _keep(
    step: Run,
    session: BillSession,
    opened: OrganizationSession,
    until: datetime,
    details: dict[str, object],
    has_ending: bool,
    batch: Batch,
) -> dict[str, Begin]:
    """Write the session and tell of it, unless that is done already, or the login was given up meanwhile.

    Returns what ends it, unless that is there. Who takes the permission back ends what is open, and leaves what is
    being opened to us.
    """
    ending = {"session": str(session.pk), "how": "its time was over"}
    onboarding = _held(step)
    if onboarding.grant_id != session.grant_id:
        until, ending["how"] = clock.now(), "the permission was taken back"
    ours = Step.objects.filter(pk=step.step_id, lease_token=step.fence.token)
    opening = BillSession.objects.filter(pk=session.pk, state=SessionState.OPENING.value)
    begins = {} if has_ending else {endings.KEY: Begin(max(until - clock.now(), timedelta()), ending)}
    if not (ours.exists() and opening.update(expires_at=until, **details)):
        if not has_ending:
            endings.came_late(onboarding, session, opened)
        return {}
    if has_ending:
        endings.move_ending(session, until, how=ending["how"])
    secret = opened.id.reveal()
    sessions.opened(session, secret, step.bill_organization_id, step.bill_user_id)(batch)
    told = {
        "reason": step.input["reason"],
        "until": until.isoformat(timespec="seconds"),
        "session": str(session.pk),
    }
    record(
        actor=_person(step),
        tag=Tag.LOGIN_AS_STARTED,
        onboarding=step.onboarding_id,
        target=("session", str(session.pk)),
        fields={**told, "user": step.bill_user_id},
    )
    return begins


def _person(step: Run) -> Actor:
    """Who asked for the session; the portal only carries it out."""
    assert step.submitted_by_id is not None
    staff = Staff.objects.select_related("person").get(pk=step.submitted_by_id)
    return Actor(Kind.STAFF, step.tenant_id, staff.person_id, str(staff.person), staff.role)


def _why_not(step: Run) -> str:
    """What speaks against this login now: it may have been asked for long ago, or by somebody who is gone."""
    if step.submitted_at is None or clock.now() - step.submitted_at > STALE:
        return "This login was asked for some time ago. Ask again if it is still needed."
    if step.input.get("minutes") not in dict(LOGIN_AS_MINUTES) or not step.input.get("reason", "").strip():
        return "A login needs a reason and a time limit. Ask for it again."
    with acting_for(step.tenant_id):
        staff = Staff.objects.select_related("person").filter(pk=step.submitted_by_id or "").first()
    is_active = staff is not None and staff.is_active and staff.person.is_active
    if staff is None or not is_active or not may(Role(staff.role), Permission.LOG_IN_AS_USER):
        return "Whoever asked for this login may not log in as user any more."
    return ""


def _begin(step: Run) -> BillSession | Refused:
    """Claim the person's one session; a login that was interrupted before is given up."""
    with acting_for(step.tenant_id):
        if refused := _still_in(step):
            return refused
        # Whoever has lost the step begins no login that its person would wait for, and gives up nobody's.
        batch = Batch()
        step.fence.hold(batch)
        batch.finish()
        onboarding = Onboarding.objects.select_related("grant").get(pk=step.onboarding_id)
        grant = onboarding.grant
        if grant is None or not grant.allows_staff:
            return Refused("The organization's permission to log in as its user is not on record.")
        return _create(step, grant)


def _still_in(step: Run) -> Refused | None:
    """What the person has to end first. Comes before the step's row is held, for it may hold an onboarding's."""
    mine = BillSession.objects.filter(staff=step.submitted_by_id, purpose=Purpose.STAFF.value, state__in=LIVE)
    for session in mine:
        if session.expires_at and session.expires_at <= clock.now():
            return Refused("Your last session is still being ended at BILL. Ask again in a moment.")
        # One that is being opened for this very step was begun by an executor that has lost the step since.
        is_ours = session.state == SessionState.OPENING and session.onboarding_id == step.onboarding_id
        may_last = session.state == SessionState.OPEN or session.opening_until > clock.now()
        if is_ours or not may_last:
            endings.hold(session)
            if endings.give_up(session):
                continue
        return Refused("You are logged in as a user already. End that session first.")
    return None


def _create(step: Run, grant: Grant) -> BillSession | Refused:
    assert step.submitted_by_id is not None
    try:
        with transaction.atomic():
            return BillSession.objects.create(
                tenant_id=step.tenant_id,
                connection_id=step.connection_id,
                purpose=Purpose.STAFF.value,
                onboarding_id=step.onboarding_id,
                opening_until=clock.now() + SEND_WITHIN + CALL_CAP,
                staff_id=step.submitted_by_id,
                grant=grant,
                user_name=_user_name(step),
                reason=step.input["reason"],
            )
    except IntegrityError:
        return Refused("You are logging in as a user in another window. End that session first.")


def _user_name(step: Run) -> str:
    given = Step.objects.get(onboarding_id=step.onboarding_id, key="create_user").input
    return f"{given.get('first_name', '')} {given.get('last_name', '')}".strip()


@looking
def reconcile(step: Run) -> Finding:
    raise AssertionError("a login may be repeated: its outcome is never unknown")


STEP = StepDefinition(
    key="login_as_user",
    title="Log in as user",
    sentence="Opens a session at BILL as the organization's user, for a stated reason and for some minutes. "
    "Every action in it is in the audit log.",
    button="Log in as user",
    run=run,
    reconcile=reconcile,
)
