"""Sessions that BILL may trust and nobody may use: a step ends each at BILL, whatever becomes of who opened it.

The step is committed before BILL can come to trust the session, so no death and no lost answer leaves one behind.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from onboarding.bill.sessions import OrganizationSession
from onboarding.engine import wake
from onboarding.engine.contracts import Begin, Done
from onboarding.engine.moves import move
from onboarding.engine.settle import begin
from onboarding.engine.timing import CALL_CAP, LEASE, SEND_WITHIN
from onboarding.gateway.sessions import SessionBeingOpened
from onboarding.models import BillSession, Onboarding, Purpose, SessionState, Step
from onboarding.states import StepState
from portal.lib import clock

KEY = "end_login_as"
INTERRUPTED = "the login was interrupted"
# The call that may make it trusted, and as long again for a look at what became of that call.
APART_FOR = 2 * (SEND_WITHIN + CALL_CAP)


def set_apart(session: BillSession) -> None:
    """Take the portal's own session out of use before BILL may come to trust it.

    SessionBeingOpened while a step is at work, which may be using it, and when it is not open any more.
    """
    now, onboarding = clock.now(), hold(session)
    at_work = Step.objects.filter(onboarding=onboarding, lease_token__isnull=False).exclude(key=KEY)
    is_open = BillSession.objects.filter(pk=session.pk, state=SessionState.OPEN.value)
    if at_work.exists() or not is_open.update(state=SessionState.ENDING.value, used_at=now):
        raise SessionBeingOpened
    session.state, session.used_at = SessionState.ENDING.value, now
    begin_ending(onboarding, session, now + APART_FOR, "a code was tried in it")


def newest_apart(onboarding: Onboarding) -> BillSession | None:
    """The one in which a code was tried last, while it has not been ended."""
    return _apart(onboarding).order_by("-used_at").first()


def end_what_is_apart(onboarding: Onboarding) -> None:
    """Nobody looks into those any more. The caller holds the onboarding's row."""
    for session in _apart(onboarding):
        move_ending(session, clock.now())


def _apart(onboarding: Onboarding) -> QuerySet[BillSession]:
    return onboarding.sessions.filter(purpose=Purpose.SYSTEM.value, state=SessionState.ENDING.value)


def give_up(session: BillSession) -> bool:
    """Nobody opens it any more; one that BILL may trust is ended there. False when it is not being opened.

    The caller holds the onboarding's row.
    """
    opening = BillSession.objects.filter(pk=session.pk, state=SessionState.OPENING.value)
    if opening.filter(secret__isnull=False).update(state=SessionState.ENDING.value):
        move_ending(session, clock.now())
        return True
    ended = {"state": SessionState.ENDED.value, "ended_at": clock.now(), "how_ended": INTERRUPTED}
    return bool(opening.update(**ended))


def came_late(onboarding: Onboarding, session: BillSession, opened: OrganizationSession) -> None:
    """A login that was given up before BILL's answer came is ended there. The caller holds the onboarding's row."""
    given_up = BillSession.objects.filter(
        pk=session.pk,
        state__in=[SessionState.OPENING.value, SessionState.ENDED.value],
        opened_at__isnull=True,
        secret__isnull=True,
    )
    known = {**_known(opened), "state": SessionState.ENDING.value, "ended_at": None, "how_ended": ""}
    if given_up.update(**known):
        begin_ending(onboarding, session, clock.now(), INTERRUPTED)


def keep_before_trust(onboarding: Onboarding, session: BillSession, opened: OrganizationSession) -> bool:
    """Commit what ends the session before BILL comes to trust it; False when its login was given up meanwhile.

    The caller holds the onboarding's row.
    """
    opening = BillSession.objects.filter(pk=session.pk, state=SessionState.OPENING.value)
    if not opening.update(**_known(opened)):
        return False
    session.secret = opened.id.reveal()
    # By then the login is written down, or its executor has lost the step.
    begin_ending(onboarding, session, clock.now() + LEASE, INTERRUPTED)
    return True


def _known(opened: OrganizationSession) -> dict[str, Any]:
    return {
        "secret": opened.id.reveal(),
        "bill_organization_id": opened.organization_id,
        "bill_user_id": opened.user_id,
        "used_at": clock.now(),
    }


def begin_ending(onboarding: Onboarding, session: BillSession, at: datetime, how: str) -> None:
    """Have a step end it then. The caller holds the onboarding's row."""
    ending = Begin(max(at - clock.now(), timedelta()), {"session": str(session.pk), "how": how})
    begin(onboarding, Done(begins={KEY: ending}))


def move_ending(session: BillSession, at: datetime, **told: str) -> None:
    """Have it end then, unless that is under way. The caller holds the onboarding's row."""
    for step in Step.objects.filter(onboarding=session.onboarding_id, key=KEY, state=StepState.READY.value):
        if step.input.get("session") == str(session.pk):
            move(step, StepState.READY, due_at=at, input={**step.input, **told})
            wake.on_commit(step.tenant_id, step.pk, at)


def end_soon(session: BillSession) -> None:
    """Have the step that ends it do so now."""
    hold(session)
    move_ending(session, clock.now())


def hold(session: BillSession) -> Onboarding:
    """Its onboarding, whose row is held by whoever writes its steps."""
    return Onboarding.objects.select_for_update(of=("self",)).get(sessions=session)
