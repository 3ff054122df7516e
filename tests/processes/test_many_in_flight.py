"""Thirty onboardings under way with three workers, on each broker: whatever dies, each ends once."""

from datetime import timedelta
from statistics import median
from time import monotonic, perf_counter

import pytest

from onboarding.engine import wake
from onboarding.engine.timing import QUIET_PERIOD
from tests.processes.brokers import Broker
from tests.processes.conftest import kill, until
from tests.processes.crowd import Crowd
from tests.walks.stack import Stack
from tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cluster")]
MANY, IN_THE_MIDDLE = 30, 8
# A call that died with its executor is looked for after this; the rest of the test does not wait for it.
CALM = QUIET_PERIOD + timedelta(seconds=10)


@pytest.fixture
def many(world: World, crowd: Crowd) -> Crowd:
    """Of both tenants, every other one in bulk."""
    for number in range(MANY):
        crowd.join(world.partners[number % 2], number, in_bulk=number % 4 > 1)
    return crowd


def middle(many: Crowd) -> None:
    until(lambda: len(many.world.organizations()) >= IN_THE_MIDDLE, "the first organizations", within=20)


def end(many: Crowd, within: float = 30) -> None:
    """Nobody has anything in hand or to do now; then time passes for what has to wait."""
    until(lambda: many.done() == MANY or not many.is_busy(), "the end", within)


def test_person_is_served_beside_all_the_others(world: World, cluster: Stack, many: Crowd) -> None:
    key = "create_organization"
    with cluster.workers(number=3):
        middle(many)
        for _ in range(100):
            wake.send_bulk(world.two.pk)
        onboarding = world.one.start("Rice Cakes Inc")
        world.one.submit(onboarding, key)
        began = monotonic()
        until(lambda: world.one.step(onboarding, key).state == "done", "the person's step", within=5)
        print(f"a person waited {monotonic() - began:.2f} s")
        until(lambda: many.done() == MANY, "the end of all", within=30)

    assert world.organizations("Rice Cakes Inc") == [world.one.fresh(onboarding).bill_organization_id]
