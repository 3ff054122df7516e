"""One executor, followed moment by moment: each message to the database, and each event on the wire to BILL.

The moments of one clean run are counted; then the same run is struck at each of them in turn. So every moment of every
step is covered without naming a line of code, and a new step is covered by existing.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import get_ident
from typing import Any

import psycopg
from django.db import connection, connections
from django.db.backends.signals import connection_created
from psycopg.pq import TransactionStatus

from onboarding.gateway.clients import close_connections
from tests.onboarding.executors import Killed

WIRE = ("httpcore.connection", "httpcore.http11")
SENDING, SENT = "send_request_headers.started", "receive_response_headers.started"
ANSWERED = "response_closed.started"
# The others begin where these end, or have nothing left to lose.
EVENTS = {
    "connect_tcp.started",
    SENDING,
    "send_request_body.started",
    SENT,
    "receive_response_body.started",
    ANSWERED,
}
MESSAGE, THE_END = "message", "the end"
SAYS_NOTHING = "_set_autocommit_gen"  # psycopg notes it, and the server never hears of it


@dataclass
class Moment:
    """Where an executor is about to go on. `is_idle`: in no transaction; `commits`: this message makes it last."""

    number: int
    name: str
    is_idle: bool
    commits: bool = False

    def __str__(self) -> str:
        return f"{self.number} ({'commit' if self.commits else self.name})"


class Injury:
    """What strikes; as it stands, nothing. `before` and `after` are the two ends of one message or event."""

    def before(self, moment: Moment, session: psycopg.Connection | None) -> None:
        """Strike as the message leaves."""

    def instead(self, session: psycopg.Connection) -> BaseException | None:
        """What is raised in place of the message, if anything."""

    def after(self, moment: Moment, session: psycopg.Connection) -> None:
        """Strike as the message was carried out, and its answer comes back."""


class Watch(logging.Handler):
    """Follows the executor of this thread; `injury` strikes at moment number `at`."""

    def __init__(self, injury: Injury | None = None, at: int = -1) -> None:
        super().__init__()
        self.injury, self.at = injury or Injury(), at
        self.moments: list[Moment] = []
        self.is_struck = self.is_dead = False
        self.thread = get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """httpcore tells of each event before it happens; whatever is raised here is raised there."""
        name = record.getMessage().partition(" ")[0]
        if get_ident() != self.thread or name not in EVENTS:
            return
        session: Any = connection.connection
        moment = self._reach(name, session)
        if moment.number == self.at:
            self._strike(lambda: self.injury.before(moment, session))

    def handle(self, record: logging.LogRecord) -> bool:
        """Without the lock of other handlers: an executor that is held up here must not hold up the others."""
        self.emit(record)
        return True

    def follow(self, session: psycopg.Connection) -> None:
        """Be told of every message that goes through this database session."""
        carry_out = psycopg.Connection.wait

        def wait(messages: Any, *args: Any, **kwargs: Any) -> Any:
            if get_ident() != self.thread:
                return carry_out(session, messages, *args, **kwargs)
            if messages.__name__ == SAYS_NOTHING and not self.is_dead:
                return carry_out(session, messages, *args, **kwargs)
            moment = self._reach(MESSAGE, session)
            is_struck = moment.number == self.at
            if is_struck:
                self._strike(lambda: self.injury.before(moment, session))
                if error := self.injury.instead(session):
                    raise error
            was_open = session.info.transaction_status is TransactionStatus.INTRANS
            result = carry_out(session, messages, *args, **kwargs)
            is_over = session.info.transaction_status is TransactionStatus.IDLE
            moment.commits = was_open and is_over and messages.__name__ != "_rollback_gen"
            if is_struck:
                self._strike(lambda: self.injury.after(moment, session))
            return result

        session.wait = wait  # type: ignore[method-assign, assignment]  # of this one session

    def _reach(self, name: str, session: psycopg.Connection | None) -> Moment:
        if self.is_dead:
            raise Killed
        is_idle = session is None or session.info.transaction_status is TransactionStatus.IDLE
        self.moments.append(Moment(len(self.moments), name, is_idle))
        return self.moments[-1]

    def _strike(self, strike: Callable[[], None]) -> None:
        self.is_struck = True
        try:
            strike()
        except Killed:
            self.is_dead = True
            raise


@contextmanager
def watching(watch: Watch) -> Iterator[Watch]:
    """Follow what this thread does until the end of the block; one that was killed leaves nothing behind."""

    def follow(connection: Any, **kwargs: object) -> None:
        if get_ident() == watch.thread and connection.alias == "default":
            watch.follow(connection.connection)

    loggers = [logging.getLogger(name) for name in WIRE]
    # As a new process does: what is done once for each connection is done in all of them.
    connection.close()
    close_connections()
    connection_created.connect(follow)
    for logger in loggers:
        logger.addHandler(watch)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
    try:
        yield watch
    except Killed:
        if not watch.is_dead:
            raise
    finally:
        connection_created.disconnect(follow)
        for logger in loggers:
            logger.removeHandler(watch)
            logger.setLevel(logging.NOTSET)
            logger.propagate = True
        _leave(watch.is_dead)


def _leave(is_dead: bool) -> None:
    """The dead have no database session; with theirs, the server drops its locks and its open transaction.

    The living end theirs, too, as a worker does after each message.
    """
    if not is_dead:
        connection.close()
        return
    if connection.connection is not None:
        connection.connection.close()
    del connections["default"]
