"""What strikes an executor at a moment of the test's choice."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from django.db import connections
from psycopg.pq import TransactionStatus

from tests.crashes.watching import Injury, Moment
from tests.onboarding.executors import Killed, in_thread


class Kill(Injury):
    """The executor is gone, and nothing of what would follow is done."""

    def before(self, moment: Moment, session: psycopg.Connection | None) -> None:
        raise Killed


class KillForReal(Injury):
    """The executor's process is gone."""

    def before(self, moment: Moment, session: psycopg.Connection | None) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class EndSession(Injury):
    """The database session is ended from outside, as by a restart; the message meets a closed door."""

    def before(self, moment: Moment, session: psycopg.Connection | None) -> None:
        if session is not None:
            end(session)


class LoseAcknowledgement(Injury):
    """The message is carried out; its answer does not come back."""

    def after(self, moment: Moment, session: psycopg.Connection) -> None:
        end(session)
        raise psycopg.OperationalError("server closed the connection unexpectedly")


class RefuseCommit(Injury):
    """The disk is full: what was to last is undone, and the session goes on."""

    def instead(self, session: psycopg.Connection) -> BaseException | None:
        assert session.info.transaction_status is TransactionStatus.INTRANS
        session.pgconn.exec_(b"ROLLBACK")
        return psycopg.errors.DiskFull("could not extend file: No space left on device")


@dataclass
class AtOnce(Injury):
    """Something else happens just then."""

    happens: Callable[[], object]

    def before(self, moment: Moment, session: psycopg.Connection | None) -> None:
        self.happens()


@dataclass
class Meanwhile(Injury):
    """The executor is held up while others go on, in a thread of their own; then it wakes up."""

    others: Callable[[], object]
    failure: BaseException | None = None

    def before(self, moment: Moment, session: psycopg.Connection | None) -> None:
        assert moment.is_idle, "it holds rows that the others would wait for"
        in_thread(self._go_on).join()
        if self.failure:
            raise self.failure

    def _go_on(self) -> None:
        try:
            self.others()
        except Exception as failure:  # raised again where the test sees it
            self.failure = failure


class AnyCommit(RefuseCommit):
    """The same, if the moment is a commit at all."""

    def instead(self, session: psycopg.Connection) -> BaseException | None:
        is_open = session.info.transaction_status is TransactionStatus.INTRANS
        return super().instead(session) if is_open else None


@dataclass
class WhenIdle(Meanwhile):
    """The same, unless the moment holds rows."""

    def before(self, moment: Moment, session: psycopg.Connection | None) -> None:
        if moment.is_idle:
            super().before(moment, session)


def end(session: psycopg.Connection) -> None:
    """End this session's backend, and wait until it is gone."""
    parameters = connections["default"].get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    with psycopg.connect(**{name: parameters[name] for name in names if name in parameters}) as another:
        another.execute("SELECT pg_terminate_backend(%s, 5000)", [session.info.backend_pid])
