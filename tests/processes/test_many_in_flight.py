"""Thirty onboardings under way with three workers, on each broker: whatever dies, each ends once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import median
from time import perf_counter
from uuid import UUID

import pytest
from django.core.cache import cache

from onboarding.engine import wake
from onboarding.engine.timing import QUIET_PERIOD
from onboarding.models import Onboarding
from onboarding.services.health import SWEEP
from portal.launcher.supervisor import Supervisor
from portal.lib import clock
from tests.processes.brokers import Broker
from tests.processes.conftest import kill, until
from tests.processes.crowd import Crowd
from tests.walks.stack import Stack
from tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("waking")]
MANY, IN_THE_MIDDLE = 30, 4
KEY = "create_organization"
TAKEN_OVER_WITHIN = 12.0  # two sweeps: the first may have gone to the dead


@pytest.fixture
def person(world: World, cluster: Stack) -> Onboarding:
    """An onboarding whose next step somebody is about to submit."""
    return world.one.at(KEY)


@pytest.fixture
def many(world: World, person: Onboarding, crowd: Crowd) -> Crowd:
    """Of both tenants, half of them in bulk, with a BILL that takes its time."""
    world.simulator.arm("delay", seconds=0.1, times=None)
    for number in range(MANY):
        crowd.join(world.partners[number % 2], number, in_bulk=number % 4 > 1)
    return crowd


@contextmanager
def in_the_middle(cluster: Stack, many: Crowd) -> Iterator[Supervisor]:
    """Beat and three workers that have come some way with both tenants."""
    with cluster.workers(number=3) as programs:
        until(lambda: min(many.begun()) >= IN_THE_MIDDLE, "the first organizations of both", within=20)
        yield programs


def until_all_others_are_done(many: Crowd, in_hand: dict[UUID, UUID]) -> None:
    touched = set(in_hand.values())
    until(lambda: many.done(touched) == MANY - len(touched), "the end of all others", within=30, every=0.3)


def calm(many: Crowd) -> None:
    """What died during its call is looked for after a quiet period, which a test lets pass at once."""
    many.world.simulator.disarm()
    many.world.drain_for(QUIET_PERIOD + timedelta(seconds=10), every=timedelta(seconds=30))


def test_worker_killed_leaves_its_steps_to_the_others(
    world: World, cluster: Stack, many: Crowd, person: Onboarding
) -> None:
    with in_the_middle(cluster, many) as programs:
        for _ in range(100):
            wake.send_bulk(world.two.pk)
        kill(programs.children[-1].running)
        in_hand, began = many.in_hand(), perf_counter()
        world.one.submit(person, KEY)
        until(lambda: world.one.step(person, KEY).state == "done", "the person's step", within=5)
        print(f"a person waited {perf_counter() - began:.2f} s beside a full queue of bulk")
        until(lambda: not in_hand.keys() & many.in_hand().keys(), "taking over", TAKEN_OVER_WITHIN)
        print(f"{len(in_hand)} in hand, taken over after {perf_counter() - began:.2f} s")
        until_all_others_are_done(many, in_hand)
    calm(many)

    assert world.organizations(person.name) == [world.one.fresh(person).bill_organization_id]
    assert many.problems(person.name) == []


def test_broker_killed_costs_time_and_nothing_else(cluster: Stack, many: Crowd, broker: Broker) -> None:
    with in_the_middle(cluster, many):
        broker.kill()
        waits = [_send(many.world.one.pk) for _ in range(5)]
        broker.start()
        back = clock.now().isoformat()
        until(lambda: cache.get(SWEEP, "") > back, "a sweep", within=20, every=0.3)
        until(lambda: many.done() == MANY, "the end", within=20, every=0.3)

    print(f"a publish gave up after {median(waits) * 1000:.0f} ms, at most {max(waits) * 1000:.0f} ms")
    assert median(waits) < 0.2
    assert many.problems() == []


def _send(tenant_id: UUID) -> float:
    began = perf_counter()
    assert not wake.send_bulk(tenant_id)
    return perf_counter() - began


def test_everything_killed_goes_on_by_itself(cluster: Stack, many: Crowd, broker: Broker) -> None:
    with in_the_middle(cluster, many) as programs:
        for child in programs.children:
            kill(child.running)
        broker.kill()
        in_hand = many.in_hand()
    broker.start()
    began = perf_counter()
    with cluster.workers(number=1):
        until(lambda: not in_hand.keys() & many.in_hand().keys(), "taking over", TAKEN_OVER_WITHIN)
        print(f"{len(in_hand)} in hand, taken over {perf_counter() - began:.2f} s after the start")
        until_all_others_are_done(many, in_hand)
    calm(many)

    assert many.problems() == []
