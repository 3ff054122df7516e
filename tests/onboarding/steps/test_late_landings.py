"""A call that BILL carries out long after everybody gave it up: found, and never made a second time."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from onboarding.models import Onboarding
from onboarding.services.consent import change_grant
from onboarding.states import StepState
from tests.factories import INPUTS
from tests.onboarding.executors import in_thread
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

OPERATIONS = {
    "create_organization": "create_organization",
    "create_user": "create_partner_user",
    "add_risk_phone": "create_partner_risk_phone",
    "start_verification": "initiate_risk_verification",
}
EFFECTS: dict[str, Callable[[World], int]] = {
    "create_organization": lambda world: len(world.organizations()),
    "create_user": lambda world: len(world.simulator.users),
    "add_risk_phone": lambda world: len(world.simulator.phones),
    "start_verification": lambda world: len(world.simulator.decisions),
}


def lands_late(world: World, key: str) -> Onboarding:
    """The step's call is under way when its executor is given up on; it lands after others looked for it."""
    one, operation = world.one, OPERATIONS[key]
    onboarding = one.at(key)
    if key == "add_risk_phone":
        change_grant(actor=one.actor(), onboarding=onboarding, values=INPUTS["start_verification"])
    world.simulator.arm("late", operation, seconds=1.5)
    one.submit(onboarding, key)
    slow = in_thread(world.drain)
    while not one.attempts(onboarding, operation):
        slow.join(0.05)
    for seconds in (61, 20):
        world.later(timedelta(seconds=seconds))
        world.drain()
        assert one.step(onboarding, key).state == StepState.UNKNOWN
    assert EFFECTS[key](world) == 0
    slow.join()
    return onboarding


@pytest.mark.parametrize("key", OPERATIONS)
def test_call_that_lands_late_is_found_and_happens_once(world: World, key: str) -> None:
    onboarding = lands_late(world, key)
    world.drain_for(timedelta(minutes=4))

    assert EFFECTS[key](world) == 1
    assert world.sent(OPERATIONS[key]) == 1
    assert world.one.step(onboarding, key).state == StepState.DONE
