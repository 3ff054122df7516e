"""Every call to BILL, answered in every way in which an answer can go wrong."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from onboarding.bill.transport import Timeouts
from onboarding.services.steps import retry
from onboarding.states import StepState
from onboarding.steps import REGISTRY
from tests.crashes.cells import Cell, cells_of
from tests.crashes.injuries import Meanwhile
from tests.crashes.rehearsal import Exchange, rehearse
from tests.crashes.scenes import Scene, bring_to
from tests.crashes.truth import problems_of, problems_of_world
from tests.crashes.watching import Watch
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
TOO_LONG = timedelta(seconds=Timeouts().total + 1)


@dataclass(frozen=True)
class Fault:
    """A fault of the simulator; `lasts` for those that only time ends."""

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
@pytest.mark.parametrize("injury", FAULTS)
def test_call_that_goes_wrong_ends_well(
    stormy: World, injury: str, key: str, request: pytest.FixtureRequest
) -> None:
    rehearsal, fault = rehearse(stormy, key), FAULTS[injury]
    wrong, tried = [], cells_of(rehearsal.calls, injury)
    for exchange in rehearsal.exchanges:
        if not any(cell.call == exchange.call for cell in tried):
            continue
        scene = bring_to(stormy, stormy.one, key)
        stormy.simulator.arm(fault.kind, exchange.call.operation, **fault.options)
        scene.drive(None if request.config.getoption("--for-real", False) else impatient(scene, exchange))
        assert stormy.simulator.faults[0].hits == 1
        stormy.simulator.disarm()
        see_it_through(scene)
        wrong += [f"{injury} at {exchange.call}: {problem}" for problem in problems_of(scene)]
    assert wrong + problems_of_world(stormy, stormy.partners) == []


def impatient(scene: Scene, exchange: Exchange) -> Watch:
    """Time jumps as the answer is awaited: only who hangs is too late for it."""
    simulator = scene.world.simulator

    def jump() -> None:
        if any(fault.kind == "hang" for fault in simulator.faults):
            scene.world.later(TOO_LONG)

    return Watch(Meanwhile(jump), exchange.sent)


@pytest.mark.parametrize("key", REGISTRY)
def test_call_that_finds_no_connection_ends_well(stormy: World, key: str) -> None:
    rehearsal = rehearse(stormy, key)
    wrong, tried = [], set()
    for exchange in rehearsal.exchanges:
        scene = bring_to(stormy, stormy.one, key)
        refuse = Meanwhile(lambda: stormy.simulator.arm("refuse", seconds=600))
        watch = scene.drive(Watch(refuse, exchange.sending - 1))
        assert watch.is_struck
        stormy.simulator.disarm()
        see_it_through(scene)
        wrong += [f"{exchange.call}: {problem}" for problem in problems_of(scene)]
        tried |= cells_of([exchange.call], "connection refused")
    assert wrong + problems_of_world(stormy, stormy.partners) == []
    assert tried == cells_of(rehearsal.calls, "connection refused")


def see_it_through(scene: Scene) -> None:
    """Calm; and where BILL said no, a person tries once more."""
    scene.calm()
    if scene.step.state != StepState.REFUSED:
        return
    if scene.key == "login_as_user":
        scene.submit(scene.key)
    else:
        retry(actor=scene.partner.actor(), step=scene.step)
    scene.calm()
