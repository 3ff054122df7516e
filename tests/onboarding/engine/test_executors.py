"""An executor whose database session has ended is dead, and what it held is free at once."""

import pytest
from django.db import connection

from onboarding.engine.claims import release_lost, take
from onboarding.engine.executors import lives, this_executor
from onboarding.engine.sweep import lost_steps
from onboarding.models import Onboarding
from onboarding.services.advance import release_lost_steps
from onboarding.states import StepState
from onboarding.steps import REGISTRY
from tests.onboarding.executors import cut_database, in_thread
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "create_organization"


@pytest.fixture
def onboarding(world: World) -> Onboarding:
    made = world.one.at(KEY)
    world.one.submit(made, KEY)
    return made


def test_executor_lives_as_long_as_its_database_session() -> None:
    number = this_executor()
    assert (this_executor(), lives(number)) == (number, True)
    connection.close()
    assert not lives(number)
    assert this_executor() != number


def test_step_of_a_dead_executor_is_ready_at_once(world: World, onboarding: Onboarding) -> None:
    step = world.one.step(onboarding, KEY)
    in_thread(lambda: take(world.one.pk, step.pk, REGISTRY)).join()
    assert world.one.step(onboarding, KEY).state == StepState.RUNNING
    assert lost_steps() == [(world.one.pk, step.pk)]

    assert release_lost_steps() == 1
    assert world.one.step(onboarding, KEY).state == StepState.READY
    assert lost_steps() == []
    world.drain()
    assert world.organizations() == [world.one.fresh(onboarding).bill_organization_id]


def test_step_that_a_dead_executor_had_sent_is_looked_for(world: World, onboarding: Onboarding) -> None:
    step = world.one.step(onboarding, KEY)

    def die() -> None:
        claim = take(world.one.pk, step.pk, REGISTRY)
        assert claim is not None
        REGISTRY[KEY].run(claim.run)

    in_thread(die).join()
    release_lost_steps()
    step = world.one.step(onboarding, KEY)
    assert (step.state, step.lease_token, step.due_at is not None) == (StepState.UNKNOWN, None, True)
    assert world.sent(KEY) == 1


def test_step_of_a_living_executor_is_nobody_elses(world: World, onboarding: Onboarding) -> None:
    step = world.one.step(onboarding, KEY)
    assert take(world.one.pk, step.pk, REGISTRY) is not None
    assert lost_steps() == []
    in_thread(lambda: release_lost(world.one.pk, step.pk, REGISTRY)).join()
    assert world.one.step(onboarding, KEY).state == StepState.RUNNING


def test_executor_whose_session_was_cut_sends_nothing_more(world: World, onboarding: Onboarding) -> None:
    step = world.one.step(onboarding, KEY)
    claim = take(world.one.pk, step.pk, REGISTRY)
    assert claim is not None
    cut_database()
    connection.close()
    release_lost_steps()
    other = take(world.one.pk, step.pk, REGISTRY)
    assert other is not None

    with pytest.raises(Exception, match="no longer ours"):
        REGISTRY[KEY].run(claim.run)
    assert world.sent(KEY) == 0
