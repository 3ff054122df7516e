from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.partner import TLS, Partner
from tests.onboarding.simulator.receiver import Receiver, Subscriber, as_partner, receiving


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Without limits; their own tests switch them on."""
    with Simulator() as simulator:
        simulator.change_settings(limits_enforced=False)
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


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def subscriber(simulator: Simulator, partner: Partner) -> Iterator[Subscriber]:
    """Of the webhooks API, as the partner."""
    with as_partner(simulator, partner) as subscriber:
        yield subscriber
