"""What takes effect late, and what is listed late: looks that find nothing are not believed too soon."""

from datetime import timedelta
from itertools import product

import pytest
from pytest_django import Settings

from onboarding.engine.timing import BILL_TIMEOUT, QUIET_PERIOD
from onboarding.gateway.clients import close_connections
from onboarding.steps import REGISTRY
from portal.lib import clock
from tests.crashes.cells import cells_of
from tests.crashes.rehearsal import rehearse
from tests.crashes.scenes import Scene, bring_to
from tests.crashes.truth import problems_of, problems_of_world
from tests.crashes.wire import wire_to
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
# As long as BILL itself may still be working on it; and when the portal has looked for the first time.
LANDINGS = [timedelta(seconds=3), BILL_TIMEOUT]
LISTED_AFTER = QUIET_PERIOD - timedelta(seconds=10)


@pytest.mark.parametrize("key", REGISTRY)
def test_call_that_lands_late_is_found(stormy: World, settings: Settings, key: str) -> None:
    rehearsal = rehearse(stormy, key)
    wrong = []
    with wire_to(stormy.simulator.api_url) as wire:
        settings.BILL_URLS = {**settings.BILL_URLS, "simulator": wire.url}
        for (number, exchange), after in product(enumerate(rehearsal.exchanges), LANDINGS):
            if not cells_of([exchange.call], "lands late"):
                continue
            scene = bring_to(stormy, stormy.one, key)
            wire.hold(number)
            scene.drive()
            wait(scene, after)
            wire.land()
            scene.calm()
            wrong += [f"{exchange.call} landed after {after}: {problem}" for problem in problems_of(scene)]
    close_connections()
    assert wrong + problems_of_world(stormy, stormy.partners) == []


def wait(scene: Scene, length: timedelta) -> None:
    """Let this much time pass, and all be done that is due in it."""
    end = clock.now() + length
    while clock.now() < end:
        scene.work()
        scene.world.later(min(timedelta(seconds=1), end - clock.now()))


@pytest.mark.parametrize("key", REGISTRY)
def test_what_is_listed_late_is_found(stormy: World, key: str) -> None:
    rehearsal = rehearse(stormy, key)
    wrong = []
    for exchange in rehearsal.exchanges:
        scene = bring_to(stormy, stormy.one, key)
        stormy.simulator.change_settings(list_lag_seconds=LISTED_AFTER.total_seconds())
        stormy.simulator.arm("lose_reply", exchange.call.operation)
        scene.drive()
        scene.calm()
        stormy.simulator.change_settings(list_lag_seconds=0)
        stormy.simulator.disarm()
        wrong += [f"{exchange.call}: {problem}" for problem in problems_of(scene)]
    assert wrong + problems_of_world(stormy, stormy.partners) == []
    assert cells_of(rehearsal.calls, "listed late")
