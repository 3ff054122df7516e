from datetime import timedelta

import pytest

from onboarding.engine.timing import QUIET_PERIOD
from onboarding.services.advance import release_lost_steps
from tests.processes.conftest import kill, until
from tests.walks.stack import Stack
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "create_organization"


@pytest.mark.usefixtures("waking")
def test_submitted_step_is_done_by_the_worker_that_it_wakes(world: World, stack: Stack) -> None:
    onboarding = world.one.at(KEY)
    with stack.workers(with_beat=False):
        world.one.submit(onboarding, KEY)
        until(lambda: world.one.step(onboarding, KEY).state == "done", "the step", within=5)

    assert world.organizations() == [world.one.fresh(onboarding).bill_organization_id]
    assert world.two.entries(onboarding) == []


def test_lost_wake_up_costs_one_sweep(world: World, stack: Stack) -> None:
    onboarding = world.one.at(KEY)
    world.one.submit(onboarding, KEY)
    with stack.workers():
        until(lambda: world.one.step(onboarding, KEY).state == "done", "the step")

    assert world.organizations() == [world.one.fresh(onboarding).bill_organization_id]


@pytest.mark.usefixtures("waking")
@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "never_arrived"])
def test_worker_killed_during_the_create_leaves_one_organization(
    world: World, stack: Stack, arrived: bool
) -> None:
    onboarding = world.one.at(KEY)
    world.simulator.arm("hang", KEY, committed=arrived)
    with stack.workers(with_beat=False) as programs:
        world.one.submit(onboarding, KEY)
        until(lambda: world.simulator.faults[0].hits and len(world.organizations()) == arrived, "the call")
        kill(programs.children[-1].running)

    step, (attempt,) = world.one.step(onboarding, KEY), world.one.attempts(onboarding, KEY)
    assert (step.state, attempt.closed_at) == ("running", None)
    until(release_lost_steps, "the end of the dead worker's database session", within=5)
    step = world.one.step(onboarding, KEY)
    assert (step.state, step.lease_token, step.due_at is not None) == ("unknown", None, True)
    world.drain_for(QUIET_PERIOD + timedelta(seconds=10))

    step = world.one.step(onboarding, KEY)
    assert step.state == "done"
    assert world.organizations() == [step.result["id"]]
    assert len(world.one.attempts(onboarding, KEY)) == (1 if arrived else 2)
    assert world.two.entries(onboarding) == []
