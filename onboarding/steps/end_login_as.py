"""In the background: end a session as user at BILL: at its time, when its person ends it, or as nobody needs it."""

from datetime import timedelta

from onboarding.bill.errors import BillError, SessionExpired
from onboarding.engine.contracts import Done, Finding, Outcome, RetryLater, Run, StepDefinition
from onboarding.gateway import endings, sessions
from onboarding.gateway.bill import bill_for, organization_session
from onboarding.gateway.outcomes import guarded, looking, reason_of
from onboarding.models import BillSession, Onboarding, SessionState
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import system
from portal.lib.tenancy import acting_for

# After this BILL has ended an unused session by itself.
BILL_IDLE = timedelta(minutes=35)


@guarded
def run(step: Run) -> Outcome:
    session, now = _of(step), clock.now()
    if session.state == SessionState.ENDED:
        return Done(note="The session had ended already.")
    was_open = session.state == SessionState.OPEN
    if was_open and session.expires_at and session.expires_at > now:
        return RetryLater(session.expires_at - now, "The session lasts until then.", paced=True)
    ended_by = step.input.get("ended_by", "")
    how = f"by {ended_by}" if ended_by else step.input.get("how", "its time was over")
    how_ended = how
    try:
        bill_for(step).client.logout(session=organization_session(session))
    except SessionExpired:
        how_ended = f"{how}; BILL had ended it already"
    except BillError as error:
        # Nobody can use it here any more; at BILL it lives until BILL takes the logout, or ends it by itself.
        if session.used_at and clock.now() - session.used_at < BILL_IDLE:
            reason = f"The session cannot be used any more; BILL has not ended it yet. {reason_of(error)}"
            return RetryLater(timedelta(seconds=30), reason)
        how_ended = f"{how}; BILL did not confirm it"
    step.fence.later(lambda batch: _end(step, session, how_ended, is_told=bool(ended_by) or not was_open))
    return Done(note=how_ended)


def _of(step: Run) -> BillSession:
    """The session. One that somebody was about to open is not opened by them any more: they have had their time."""
    with acting_for(step.tenant_id):
        session = BillSession.objects.get(pk=step.input["session"])
        if session.state == SessionState.OPENING:
            endings.hold(session)
            endings.give_up(session)
            session.refresh_from_db()
    return session


def _end(step: Run, session: BillSession, how: str, *, is_told: bool) -> None:
    """End it and tell of it in one commit; whoever ended it by hand was told of at once, what nobody used, never."""
    # Whoever takes the permission back holds the onboarding's row before the session's: so do we.
    Onboarding.objects.select_for_update(of=("self",)).only("pk").get(pk=step.onboarding_id)
    if not sessions.end(session, how) or is_told:
        return
    record(
        actor=system(step.tenant_id),
        tag=Tag.LOGIN_AS_ENDED,
        onboarding=step.onboarding_id,
        target=("session", str(session.pk)),
        fields={"how": how, "session": str(session.pk)},
    )


@looking
def reconcile(step: Run) -> Finding:
    raise AssertionError("a logout may be repeated: its outcome is never unknown")


STEP = StepDefinition(
    key="end_login_as",
    title="End a session",
    sentence="Logs the session out at BILL.",
    button="End session",
    run=run,
    reconcile=reconcile,
    needs_input=False,
    is_background=True,
)
