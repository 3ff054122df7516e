"""Sessions at BILL as rows: found while alive, opened by one executor at a time, ended once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from onboarding.engine.executors import lives, this_executor
from onboarding.engine.timing import CALL_CAP, SEND_WITHIN
from onboarding.models import BillSession, Connection, Purpose, SessionState
from portal.lib import clock
from portal.lib.batch import Batch, Result, reader

# BILL ends a session after 35 idle minutes; one that is nearly there is not begun with.
IDLE = timedelta(minutes=33)
TOUCH_EVERY = timedelta(minutes=1)
# Of one purpose there is one that lives, for the whole connection or for one onboarding.
OF = "FROM onboarding_billsession WHERE connection_id = %s AND purpose = %s"
WHOSE = "AND (purpose = 'partner' OR onboarding_id = %s)"
ALIVE = f"SELECT {{}} {OF} {WHOSE} AND state IN ('opening', 'open')"
# Who made such a login has given it up, so nobody else can still write to its row.
LOGIN_FAILED = "the login failed"
FAILED = f"""SELECT {{}} {OF} {WHOSE} AND state = 'ended' AND opened_at IS NULL AND how_ended LIKE '{LOGIN_FAILED}%%'
ORDER BY opening_until DESC LIMIT 1"""


class SessionBeingOpened(Exception):
    """Another executor is logging in right now; its session can be used in a moment."""


def is_usable(session: BillSession) -> bool:
    """Open, and not idle for so long that BILL may have ended it."""
    return (
        session.state == SessionState.OPEN
        and session.used_at is not None
        and session.used_at > clock.now() - IDLE
    )


def find_or_begin(
    connection: Connection, purpose: Purpose, onboarding_id: UUID | None = None, batch: Batch | None = None
) -> BillSession:
    """An open session, or a row in state Opening that gives the right to log in; searched for with the batch.

    SessionBeingOpened when somebody else has that right.
    """
    now, reading = clock.now(), batch or Batch()
    columns = reader(BillSession).columns
    of = [connection.pk, purpose.value, onboarding_id]
    alive, failed = reading.add(ALIVE.format(columns), of), reading.add(FAILED.format(columns), of)
    reading.run()
    for live in reader(BillSession).all(alive.rows):
        if is_usable(live):
            return live
        if live.state == SessionState.OPENING and live.opening_until > now and lives(live.opened_by):
            raise SessionBeingOpened
        _end_leftover(live)
    opening_until = now + SEND_WITHIN + CALL_CAP
    for row in reader(BillSession).all(failed.rows):
        if _taken_up_again(row, opening_until):
            return row
    session = BillSession(
        tenant_id=connection.tenant_id,
        connection=connection,
        purpose=purpose.value,
        onboarding_id=onboarding_id if purpose is not Purpose.PARTNER else None,
        opening_until=opening_until,
        opened_by=this_executor(),
    )
    writing = Batch()
    made = writing.insert(session, or_nothing=True)
    writing.run()
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


def _taken_up_again(row: BillSession, opening_until: datetime) -> bool:
    """The row of a login that came to nothing: whoever has to wait for a login tries often, and leaves one row."""
    fields = {
        "state": SessionState.OPENING.value,
        "opening_until": opening_until,
        "opened_by": this_executor(),
        "ended_at": None,
        "how_ended": "",
    }
    try:
        with transaction.atomic():
            failed = BillSession.objects.filter(pk=row.pk, state=SessionState.ENDED.value)
            is_ours = failed.filter(opened_at__isnull=True, how_ended__startswith=LOGIN_FAILED).update(
                **fields
            )
    except IntegrityError as error:
        raise SessionBeingOpened from error
    for name, value in fields.items():
        setattr(row, name, value)
    return bool(is_ours)


def opened(
    session: BillSession, secret: str, organization_id: str = "", user_id: str = ""
) -> Callable[[Batch], Result]:
    """Keep what the login gave: for use at once, and in the database with the batch that it is then given."""
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
    opening = {"id": session.pk, "state": SessionState.OPENING.value}
    return lambda batch: batch.update(BillSession, opening, fields)


def needs_touch(session: BillSession) -> bool:
    """Whether to note that BILL's idle clock began anew; once a minute is enough."""
    return session.used_at is None or clock.now() - session.used_at > TOUCH_EVERY


def touch(session: BillSession) -> Callable[[Batch], Result]:
    """Note that it is used now, with the batch that it is then given."""
    session.used_at = clock.now()
    is_open, used = {"id": session.pk, "state": SessionState.OPEN.value}, {"used_at": session.used_at}
    return lambda batch: batch.update(BillSession, is_open, used)


def end(session: BillSession, how: str) -> bool:
    """End it in our books and forget its secret; False when it had ended already."""
    ended = {"state": SessionState.ENDED.value, "ended_at": clock.now(), "how_ended": how, "secret": None}
    return _update(session, **ended)


def _update(session: BillSession, **fields: object) -> bool:
    not_ended = BillSession.objects.filter(pk=session.pk).exclude(state=SessionState.ENDED.value)
    changed = not_ended.update(**fields)
    for name, value in fields.items():
        setattr(session, name, value)
    return bool(changed)
