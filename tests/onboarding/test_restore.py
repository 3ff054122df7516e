"""The database was put back: what BILL has is looked for before anything is sent."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from onboarding.states import StepState
from tests.onboarding.simulator.partner import Partner as Program
from tests.onboarding.steps.sent_organizations import create_by_hand
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "create_organization"


@pytest.fixture
def program(world: World) -> Iterator[Program]:
    """The first partner's own program, which calls BILL past the portal."""
    with closing(Program(world.simulator.api_url)) as made:
        yield made


def after_restore() -> str:
    out = StringIO()
    call_command("after_restore", stdout=out)
    return out.getvalue()


def test_create_that_was_done_after_the_copy_is_found(world: World, program: Program) -> None:
    onboarding = world.one.at(KEY)
    world.one.submit(onboarding, KEY)
    create_by_hand(program)
    assert "alpha: 1 steps" in after_restore()
    step = world.one.step(onboarding, KEY)
    assert (step.state, step.due_at is not None) == (StepState.UNKNOWN, True)

    world.drain_for(timedelta(minutes=5))
    assert world.one.step(onboarding, KEY).state == StepState.DONE
    assert world.organizations() == [world.one.fresh(onboarding).bill_organization_id]


def test_create_that_never_was_sent_is_sent_once_bill_was_looked_at(world: World) -> None:
    onboarding, other = world.one.at(KEY), world.two.at(KEY)
    world.one.submit(onboarding, KEY)
    assert "1 steps in all" in after_restore()
    world.drain_for(timedelta(minutes=5))
    assert world.organizations() == [world.one.fresh(onboarding).bill_organization_id]
    assert world.two.step(other, KEY).state == StepState.NOT_STARTED
