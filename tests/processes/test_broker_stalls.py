"""A broker that answers late: the worker's words to it are lost, and the worker is not."""

from time import sleep

import pytest

from tests.processes.brokers import Broker
from tests.processes.conftest import until
from tests.walks.stack import Stack
from tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("waking")]
KEY = "create_organization"
# As many messages as one worker has in hand at once.
IN_HAND = 8


def test_worker_whose_acknowledgements_were_lost_takes_more(
    world: World, cluster: Stack, broker: Broker
) -> None:
    one, two = world.one, world.two
    started = [
        (partner, partner.at(KEY, f"Stalled {n}")) for n in range(IN_HAND // 2) for partner in (one, two)
    ]
    last = two.at(KEY, "After the stall")
    world.simulator.arm("delay", KEY, seconds=0.7, times=None)
    with cluster.workers(with_beat=False) as programs:
        for partner, onboarding in started:
            partner.submit(onboarding, KEY)
        until(lambda: world.sent(KEY) == IN_HAND, "a call in every thread")
        with broker.stalled():
            sleep(2)
        until(lambda: all(p.step(o, KEY).state == "done" for p, o in started), "what was in hand")
        two.submit(last, KEY)
        until(lambda: two.step(last, KEY).state == "done", "what came after it")
        lost = programs.log("worker").read_text().count("Couldn't ack")

    assert (lost > 0) is (broker.command.name != "rabbitmq")
    assert len(world.organizations()) == IN_HAND + 1
