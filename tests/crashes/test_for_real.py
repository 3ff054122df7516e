"""Executors in processes of their own: killed with SIGKILL at every moment, or left without a broker.

With `--for-real` every step is killed; without, the one that cannot be undone.
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from onboarding.states import StepState
from onboarding.steps import REGISTRY
from portal.lib import clock
from tests.crashes.cells import Cell, cells_of
from tests.crashes.conftest import LIMITS
from tests.crashes.executor import Executors, executors
from tests.crashes.rehearsal import all_that_differ, rehearse
from tests.crashes.scenes import bring_to
from tests.crashes.truth import problems_of, problems_of_world
from tests.crashes.watching import THE_END
from tests.walks.stack import make_stack
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
SAMPLE = ["create_organization"]
SETTINGS = {
    "BILL_CALLS_PER_HOUR": "calls",
    "BILL_LOGINS_PER_HOUR": "logins",
    "BILL_MESSAGES_PER_MINUTE": "messages",
    "BILL_CALLS_AT_ONCE": "at_once",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    is_whole = metafunc.config.getoption("--for-real", False) or "broker" in metafunc.function.__name__
    metafunc.parametrize("key", REGISTRY if is_whole else SAMPLE)


@pytest.fixture
def others(stormy: World, tmp_path: Path) -> Iterator[Executors]:
    """Executors whose broker is gone."""
    limits = {name: str(LIMITS[limit]) for name, limit in SETTINGS.items()}
    stack = make_stack(tmp_path, PORTAL_BROKER_URL=f"redis+socket://{tmp_path}/nobody.sock", **limits)
    with executors(stack.environment, stormy.simulator.api_url) as running:
        yield running


def test_step_whose_process_is_killed_ends_well(stormy: World, others: Executors, key: str) -> None:
    rehearsal = rehearse(stormy, key)
    struck: set[Cell] = set()
    wrong = []
    for moment in all_that_differ(rehearsal):
        scene = bring_to(stormy, stormy.one, key)
        status = others.drive(scene.partner.pk, scene.step.pk, clock.now(), moment.number)
        if status != (0 if moment.name == THE_END else -signal.SIGKILL):
            wrong.append(f"at {moment} the process ended with {status}")
        struck |= rehearsal.cells("killed", moment)
        scene.calm()
        wrong += [f"killed at {moment}: {problem}" for problem in problems_of(scene)]

    assert wrong + problems_of_world(stormy, stormy.partners) == []
    assert sorted(map(str, struck ^ cells_of(rehearsal.calls, "killed"))) == []


def test_step_whose_broker_is_gone_ends_well(stormy: World, others: Executors, key: str) -> None:
    scene = bring_to(stormy, stormy.one, key)
    assert others.drive(scene.partner.pk, scene.step.pk, clock.now()) == 0
    assert scene.step.state in (StepState.DONE, StepState.WAITING)
    scene.calm()
    assert problems_of(scene) + problems_of_world(stormy, stormy.partners) == []
    assert cells_of(rehearse(stormy, key).calls, "broker gone")
