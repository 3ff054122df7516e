"""Executors of steps that die, lose their database or hold on for too long, at a moment of the test's choice."""

from collections.abc import Callable
from dataclasses import replace
from threading import Thread
from uuid import UUID

import pytest
from django.db import connection

from onboarding.engine.contracts import Finding, Outcome, Registry, Run
from onboarding.engine.runner import drive
from onboarding.models import Onboarding, Step
from onboarding.steps import REGISTRY
from tests.world import Partner


class Killed(BaseException):
    """The executor is gone: nothing of what would follow is done."""


def registry_with(key: str, run: Callable[[Run], Outcome]) -> Registry:
    """The real steps, but for what running the one with this key does."""
    return {**REGISTRY, key: replace(REGISTRY[key], run=run)}


def kill_before(partner: Partner, step: Step) -> None:
    """Run the step by an executor that dies with the step in its hands, before it calls BILL."""

    def run(given: Run) -> Outcome:
        raise Killed

    with pytest.raises(Killed):
        drive(partner.pk, step.pk, registry_with(step.key, run))


def kill_after(partner: Partner, step: Step) -> Outcome | Finding:
    """Run the step by an executor that dies before it writes down what came of it, which is returned."""
    came: list[Outcome] = []

    def run(given: Run) -> Outcome:
        came.append(REGISTRY[step.key].run(given))
        raise Killed

    with pytest.raises(Killed):
        drive(partner.pk, step.pk, registry_with(step.key, run))
    return came[0]


def drive_step(
    partner: Partner, onboarding: Onboarding, key: str, registry: Registry = REGISTRY
) -> UUID | None:
    """Let one executor run this one step, if it is due."""
    return drive(partner.pk, partner.step(onboarding, key).pk, registry)


def in_thread(work: Callable[[], object]) -> Thread:
    """Start this work as an executor of its own, with its own connection to the database."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    return thread


def cut_database() -> None:
    """End the server's side of this thread's connection, as a restart of PostgreSQL would."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    in_thread(lambda: end_backend(pid)).join()


def end_backend(pid: int) -> None:
    """End one connection of our own role, and wait until it is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
