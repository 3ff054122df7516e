from collections.abc import Iterator
from contextlib import closing

import pytest

from onboarding.simulator import Simulator
from tests.contract.seeded import Seeded


@pytest.fixture(scope="module")
def bill() -> Iterator[Simulator]:
    """A BILL that all tests of a module share; each makes an organization of its own there."""
    with Simulator() as running:
        running.change_settings(limits_enforced=False, mfa_open_setups=0, subscriptions_max=1_000)
        yield running


@pytest.fixture
def seeded(bill: Simulator) -> Iterator[Seeded]:
    with closing(Seeded(bill)) as seeded:
        yield seeded
