from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.partner import TLS, Partner


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def partner(simulator: Simulator) -> Iterator[Partner]:
    with closing(Partner(simulator.api_url)) as partner:
        yield partner


@pytest.fixture
def other_partner(simulator: Simulator) -> Iterator[Partner]:
    with closing(Partner(simulator.api_url, "two")) as partner:
        yield partner


@pytest.fixture
def control(simulator: Simulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=simulator.control_url, timeout=10, verify=TLS) as client:
        yield client
