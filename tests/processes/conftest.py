"""Real workers, a real broker, and the simulator of BILL where they look for it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
from pytest_django import Settings

from onboarding.engine import wake
from onboarding.simulator.simulator import Simulator
from tests.conftest import bill_at
from tests.walks.stack import Stack, make_stack
from tests.world import World

SEND, SEND_BULK = wake.send, wake.send_bulk


@pytest.fixture(scope="session")
def stack(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return make_stack(tmp_path_factory.mktemp("processes"))


@pytest.fixture
def simulator(stack: Stack, tmp_path: Path, settings: Settings) -> Iterator[Simulator]:
    with bill_at(settings, tmp_path / "bill", stack.bill_port) as running:
        yield running


@pytest.fixture
def waking(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wake-ups are sent again, after `world` has stilled them."""
    monkeypatch.setattr(wake, "send", SEND)
    monkeypatch.setattr(wake, "send_bulk", SEND_BULK)


def until(holds: Callable[[], object], what: str, within: float = 15.0) -> None:
    """Wait for what another process does."""
    deadline = monotonic() + within
    while not holds():
        assert monotonic() < deadline, f"{what} did not happen within {within:g} s"
        sleep(0.05)
