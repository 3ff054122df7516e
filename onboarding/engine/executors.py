"""Who executes: a number that lives as long as the thread's database session, so that the dead are known at once.

The number is held as a session-level advisory lock, which PostgreSQL drops when the session ends. An executor whose
session was cut while it lives (the database was restarted, say) counts as dead, too: that is safe, because whoever
takes its step finds the open Attempt and looks at BILL, and its own next call finds that the lease is gone.
"""

from typing import Any

from django.db import connection

# The first half of the advisory locks of executors; the migration that made `due_steps` has it, too.
NAMESPACE = 1112099916
BEGIN = "SELECT number, pg_try_advisory_lock(%s, number) FROM (SELECT nextval('onboarding_executor')::int) n (number)"
LIVING = (
    "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2"
    " AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def this_executor() -> int:
    """The number of this thread's executor; a new database session makes a new one."""
    connection.ensure_connection()
    session: Any = connection.connection
    known: int | None = getattr(session, "executor", None)
    if known is None:
        with connection.cursor() as cursor:
            cursor.execute(BEGIN, [NAMESPACE])
            known = cursor.fetchone()[0]
        session.executor = known
    return int(known or 0)


def living() -> frozenset[int]:
    """The numbers of all executors whose database session is there."""
    with connection.cursor() as cursor:
        cursor.execute(LIVING, [NAMESPACE])
        return frozenset(number for (number,) in cursor.fetchall())


def lives(number: int | None) -> bool:
    """Whether the executor's database session is still there; one without a number is judged by its lease alone."""
    return number is None or number in living()
