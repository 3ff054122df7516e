"""PostgreSQL crashes for real, under a worker that awaits BILL's answer."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import InterfaceError, OperationalError, connection, connections

from tests.processes.conftest import until
from tests.walks.stack import Stack
from tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.alone]
KEY = "create_organization"


def crash_database() -> None:
    """Kill one server process, as a lack of memory would: PostgreSQL ends all the others, and recovers from its log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    try:
        is_here = b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        is_here = False
    if not is_here:
        pytest.skip("the database does not run on this machine, so it cannot be killed")
    os.kill(pid, signal.SIGKILL)
    connections.close_all()


def durable(stack: Stack) -> Stack:
    """The same, with commits that outlive a crash, as they do by default; the tests' own server is only fast."""
    return replace(stack, environment={**stack.environment, "PGOPTIONS": "-c synchronous_commit=on"})


def once_back(look: Callable[[], object]) -> Callable[[], object]:
    """Look, as soon as the database lets us."""

    def looked() -> object:
        try:
            return look()
        except (OperationalError, InterfaceError):
            connection.close()
            return None

    return looked


@pytest.mark.usefixtures("waking")
@pytest.mark.parametrize("fault", ["delay", "lose_reply"])
def test_database_that_crashes_during_the_create_leaves_one_organization(
    world: World, stack: Stack, fault: str
) -> None:
    onboarding = world.one.at(KEY)
    world.simulator.arm(fault, KEY, seconds=1.0)
    with durable(stack).workers(with_beat=False):
        world.one.submit(onboarding, KEY)
        until(world.organizations, "the call")
        crash_database()
        until(once_back(lambda: world.one.step(onboarding, KEY).lease_token is None), "the outcome")

    world.drain_for(timedelta(minutes=2), every=timedelta(seconds=10))
    step = world.one.step(onboarding, KEY)
    assert (step.state, world.organizations()) == ("done", [step.result["id"]])
    assert world.sent(KEY) == 1
    assert ("step.outcome_unknown" in world.one.tags(onboarding)) == (fault == "lose_reply")
