"""Executors in processes of their own, killed with SIGKILL. With `--for-real` every step; else the one that counts."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    metafunc.parametrize("key", REGISTRY if metafunc.config.getoption("--for-real", False) else SAMPLE)


@pytest.fixture
def others(stormy: World, tmp_path: Path) -> Iterator[Executors]:
    limits = {name: str(LIMITS[limit]) for name, limit in SETTINGS.items()}
    stack = make_stack(tmp_path, **limits)
    with executors(stack.environment, stormy.simulator.api_url) as running:
        yield running


def test_step_whose_process_is_killed_ends_well(stormy: World, others: Executors, key: str) -> None:
    rehearsal = rehearse(stormy, key)
    struck: set[Cell] = set()
    wrong = []
    for moment in all_that_differ(rehearsal):
        scene = bring_to(stormy, stormy.one, key)
        status = others.drive(scene.partner.pk, scene.step.pk, moment.number, clock.now())
        if status != (0 if moment.name == THE_END else -signal.SIGKILL):
            wrong.append(f"at {moment} the process ended with {status}")
        struck |= rehearsal.cells("killed", moment)
        scene.calm()
        wrong += [f"killed at {moment}: {problem}" for problem in problems_of(scene)]

    assert wrong + problems_of_world(stormy, stormy.partners) == []
    assert sorted(map(str, struck ^ cells_of(rehearsal.calls, "killed"))) == []
