"""Sessions at BILL as rows: found while alive, opened by one executor at a time, ended once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from onboarding.engine.executors import lives, this_executor
from onboarding.engine.timing import CALL_CAP, SEND_WITHIN
from onboarding.models import LIVE, BillSession, Connection, Purpose, SessionState
from portal.lib import clock
from portal.lib.batch import Batch

# BILL ends a session after 35 idle minutes; one that is nearly there is not begun with.
IDLE = timedelta(minutes=33)
TOUCH_EVERY = timedelta(minutes=1)
# Who made such a login has given it up, so nobody else can still write to its row.
LOGIN_FAILED = "the login failed"


class SessionBeingOpened(Exception):
    """Another executor is logging in right now; its session can be used in a moment."""


def _of(connection: Connection, purpose: Purpose, onboarding_id: UUID | None) -> QuerySet[BillSession]:
    live = BillSession.objects.filter(connection_id=connection.pk, purpose=purpose.value, state__in=LIVE)
    return (
        live
        if purpose is Purpose.PARTNER or onboarding_id is None
        else live.filter(onboarding_id=onboarding_id)
    )


def is_usable(session: BillSession) -> bool:
    """Open, and not idle for so long that BILL may have ended it."""
    return (
        session.state == SessionState.OPEN
        and session.used_at is not None
        and session.used_at > clock.now() - IDLE
    )


def find(connection: Connection, purpose: Purpose, onboarding_id: UUID | None = None) -> BillSession | None:
    """A session that BILL still knows, as far as we can tell."""
    return next(filter(is_usable, _of(connection, purpose, onboarding_id)), None)


def find_or_begin(connection: Connection, purpose: Purpose, onboarding_id: UUID | None = None) -> BillSession:
    """An open session, or a row in state Opening that gives the right to log in.

    SessionBeingOpened when somebody else has that right.
    """
    now = clock.now()
    for live in _of(connection, purpose, onboarding_id):
        if is_usable(live):
            return live
        if live.state == SessionState.OPENING and live.opening_until > now and lives(live.opened_by):
            raise SessionBeingOpened
        _end_leftover(live)
    opening_until = now + SEND_WITHIN + CALL_CAP
    if again := _take_up_again(connection, purpose, onboarding_id, opening_until):
        return again
    session = BillSession(
        tenant_id=connection.tenant_id,
        connection=connection,
        purpose=purpose.value,
        onboarding_id=onboarding_id if purpose is not Purpose.PARTNER else None,
        opening_until=opening_until,
        opened_by=this_executor(),
    )
    batch = Batch()
    made = batch.insert(session, or_nothing=True)
    batch.run()
    if not made.count:
        raise SessionBeingOpened
    return session


def _end_leftover(live: BillSession) -> None:
    """End what nobody uses; only as it was seen, for it may have been opened or used since."""
    opening = live.state == SessionState.OPENING
    how = "the login was interrupted" if opening else "it was idle for too long"
    as_seen = BillSession.objects.filter(pk=live.pk, state=live.state, used_at=live.used_at)
    if not as_seen.update(state=SessionState.ENDED.value, ended_at=clock.now(), how_ended=how, secret=None):
        raise SessionBeingOpened


def _take_up_again(
    connection: Connection, purpose: Purpose, onboarding_id: UUID | None, opening_until: datetime
) -> BillSession | None:
    """The row of a login that came to nothing: whoever has to wait for a login tries often, and leaves one row."""
    never_opened = BillSession.objects.filter(
        connection_id=connection.pk,
        purpose=purpose.value,
        state=SessionState.ENDED.value,
        opened_at__isnull=True,
        how_ended__startswith=LOGIN_FAILED,
    )
    if purpose is not Purpose.PARTNER:
        never_opened = never_opened.filter(onboarding_id=onboarding_id or "")
    row = never_opened.order_by("-opening_until").first()
    if row is None:
        return None
    fields = {
        "state": SessionState.OPENING.value,
        "opening_until": opening_until,
        "opened_by": this_executor(),
        "ended_at": None,
        "how_ended": "",
    }
    try:
        with transaction.atomic():
            if not never_opened.filter(pk=row.pk).update(**fields):
                return None
    except IntegrityError as error:
        raise SessionBeingOpened from error
    for name, value in fields.items():
        setattr(row, name, value)
    return row


def opened(
    session: BillSession, secret: str, organization_id: str = "", user_id: str = ""
) -> Callable[[], bool]:
    """Keep what the login gave: for use at once, and in the database when what is returned is called."""
    now = clock.now()
    fields = {
        "state": SessionState.OPEN.value,
        "secret": secret,
        "bill_organization_id": organization_id,
        "bill_user_id": user_id,
        "opened_at": now,
        "used_at": now,
    }
    for name, value in fields.items():
        setattr(session, name, value)
    return lambda: _update(session, **fields)


def needs_touch(session: BillSession) -> bool:
    """Whether to note that BILL's idle clock began anew; once a minute is enough."""
    return session.used_at is None or clock.now() - session.used_at > TOUCH_EVERY


def touch(session: BillSession) -> None:
    _update(session, used_at=clock.now())


def end(session: BillSession, how: str) -> bool:
    """End it in our books and forget its secret; False when it had ended already."""
    ended = {"state": SessionState.ENDED.value, "ended_at": clock.now(), "how_ended": how, "secret": None}
    return _update(session, **ended)


def _update(session: BillSession, **fields: object) -> bool:
    changed = BillSession.objects.filter(pk=session.pk, state__in=LIVE).update(**fields)
    for name, value in fields.items():
        setattr(session, name, value)
    return bool(changed)
