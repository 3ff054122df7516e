"""What the tests of imports share."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.onboarding.simulator.partner import Partner as Program
from tests.world import World


@pytest.fixture
def program(world: World) -> Iterator[Program]:
    """The first partner's own program, which calls BILL past the portal."""
    with closing(Program(world.simulator.api_url)) as made:
        yield made
