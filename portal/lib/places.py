"""A few places that processes share: taken as advisory locks of the database session, so the dead give theirs back."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger("portal.places")
TAKE = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
WAIT = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"
LEAVE = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"


def take_place(name: str, of: int) -> str:
    """One of so many places under this name, or "" when all are taken."""
    with connection.cursor() as cursor:
        for number in range(of):
            place = f"{name} {number}"
            cursor.execute(TAKE, [place])
            if cursor.fetchone()[0]:
                return place
    return ""


@contextmanager
def alone_at(place: str) -> Iterator[None]:
    """One after the other: whoever comes to this place meanwhile waits. Around transactions, never inside one."""
    with connection.cursor() as cursor:
        cursor.execute(WAIT, [place])
    try:
        yield
    finally:
        give_back(place)


def give_back(place: str) -> None:
    """A database session that was lost has given its places back already."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(LEAVE, [place])
    except (OperationalError, InterfaceError):
        logger.debug("the database session is gone, and its places with it")
        connection.close()
