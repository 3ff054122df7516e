"""Whether everything that has to run does run."""

from datetime import datetime, timedelta

from celery import current_app
from django.core.cache import cache
from django.db import DatabaseError, connection
from kombu.exceptions import KombuError

from portal.lib import clock

SWEEP = "last-sweep"
SWEEP_AT_LEAST_EVERY = timedelta(seconds=60)


def note_sweep() -> None:
    """A worker has swept just now: beat, broker and worker are alive."""
    cache.set(SWEEP, clock.now().isoformat(), timeout=None)


def missing() -> list[str]:
    """What does not answer, by name; empty when all is well."""
    checks = {"database": _database, "broker": _broker, "sweeper": _sweeper}
    return [name for name, works in checks.items() if not works()]


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker() -> bool:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=0, timeout=1)
    except (KombuError, OSError):
        return False
    return True


def last_sweep() -> datetime | None:
    """When a worker swept last; None when that was never, or cannot be told."""
    try:
        last = cache.get(SWEEP)
    except DatabaseError:
        return None
    return datetime.fromisoformat(last) if last else None


def _sweeper() -> bool:
    last = last_sweep()
    return last is not None and clock.now() - last < SWEEP_AT_LEAST_EVERY
