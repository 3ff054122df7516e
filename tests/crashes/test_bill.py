"""Every call to BILL, answered in every way in which an answer can go wrong."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from onboarding.bill.transport import Timeouts
from onboarding.steps import REGISTRY
from tests.crashes.cells import cells_of
from tests.crashes.injuries import AtOnce
from tests.crashes.rehearsal import Exchange, rehearse
from tests.crashes.scenes import Scene, bring_to
from tests.crashes.truth import problems_of, problems_of_world
from tests.crashes.watching import Watch
from tests.processes.conftest import until
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
TOO_LONG = timedelta(seconds=Timeouts().total + 1)


@dataclass(frozen=True)
class Fault:
    """A fault of the simulator."""

    kind: str
    options: dict[str, Any] = field(default_factory=dict)


FAULTS = {
    "cut before it arrived": Fault("cut_before"),
    "answer lost": Fault("lose_reply"),
    "hangs, done": Fault("hang", {"committed": True}),
    "hangs, not done": Fault("hang", {"committed": False}),
    "503, not done": Fault("error_before", {"status": 503}),
    "502, done": Fault("error_after", {"status": 502}),
    "maintenance page": Fault("html"),
    "answer truncated": Fault("truncate"),
    "answer without id": Fault("no_id"),
    "422": Fault("reject"),
    "401 BDC_1109": Fault("unauthorized"),
    "429 BDC_1144": Fault("reject", {"status": 429, "code": "BDC_1144"}),
    "429 BDC_1322": Fault("reject", {"status": 429, "code": "BDC_1322"}),
}


@pytest.mark.parametrize("key", REGISTRY)
def test_call_that_goes_wrong_ends_well(stormy: World, key: str, request: pytest.FixtureRequest) -> None:
    rehearsal, is_real = rehearse(stormy, key), request.config.getoption("--for-real", False)
    wrong = []
    for exchange, injury in product(rehearsal.exchanges, FAULTS):
        if not cells_of([exchange.call], injury):
            continue
        scene, fault = bring_to(stormy, stormy.one, key), FAULTS[injury]
        stormy.simulator.arm(fault.kind, exchange.call.operation, **fault.options)
        scene.drive(None if is_real else impatient(scene, exchange))
        # Who gave up may have done so before BILL has read what was sent.
        until(lambda: stormy.simulator.faults[0].hits == 1, f"the fault at {exchange.call}")
        stormy.simulator.disarm()
        scene.see_it_through()
        wrong += [f"{injury} at {exchange.call}: {problem}" for problem in problems_of(scene)]
    assert wrong + problems_of_world(stormy, stormy.partners) == []


def impatient(scene: Scene, exchange: Exchange) -> Watch:
    """Time jumps as the answer is awaited: only who hangs is too late for it."""
    simulator = scene.world.simulator

    def jump() -> None:
        if any(fault.kind == "hang" for fault in simulator.faults):
            scene.world.later(TOO_LONG)

    return Watch(AtOnce(jump), exchange.sent)


@pytest.mark.parametrize("key", REGISTRY)
def test_call_that_finds_no_connection_ends_well(stormy: World, key: str) -> None:
    rehearsal = rehearse(stormy, key)
    wrong = []
    for exchange in rehearsal.exchanges:
        scene = bring_to(stormy, stormy.one, key)
        refuse = AtOnce(lambda: stormy.simulator.arm("refuse", seconds=600))
        watch = scene.drive(Watch(refuse, exchange.sending - 1))
        assert watch.is_struck
        stormy.simulator.disarm()
        scene.see_it_through()
        wrong += [f"{exchange.call}: {problem}" for problem in problems_of(scene)]
    assert wrong + problems_of_world(stormy, stormy.partners) == []
