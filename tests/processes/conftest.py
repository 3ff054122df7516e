"""Real workers, real brokers, and the simulator of BILL where they look for it."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import pytest
from celery import Celery
from pytest_django import Settings

from onboarding.engine import wake
from onboarding.simulator.simulator import Simulator
from portal.celery import app as configured
from portal.settings import broker_options
from tests.conftest import REQUIRED, bill_at
from tests.processes.brokers import MAKERS, Broker, NotInstalled, running
from tests.processes.crowd import Crowd
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


# Where Redis has to be there, it speaks for Valkey, whose protocol is the same.
BROKERS = [name for name in MAKERS if name != "valkey" or "redis" not in REQUIRED]


@pytest.fixture(scope="session", params=BROKERS)
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """Each broker in turn, not the one that the other tests share: it may be killed."""
    # The path of a socket has to be short.
    with tempfile.TemporaryDirectory(prefix="broker-") as folder:
        try:
            with running(request.param, Path(folder)) as broker:
                yield broker
        except NotInstalled as missing:
            why = f"{request.param}: {missing}, so nothing was tried with it"
            pytest.fail(why) if request.param in REQUIRED else pytest.skip(why)


@contextmanager
def publishing_to(url: str, settings: Settings) -> Iterator[Celery]:
    """The test's own wake-ups go to this broker."""
    settings.CELERY_BROKER_URL = url
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(url)
    app = Celery("portal", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.set_current()
    try:
        yield app
    finally:
        app.close()
        configured.set_current()


@pytest.fixture
def cluster(stack: Stack, broker: Broker, settings: Settings) -> Iterator[Stack]:
    """The stack, and the wake-ups of the test itself, on this broker with empty queues."""
    with publishing_to(broker.url, settings) as app:
        app.control.purge()
        yield replace(stack, environment={**stack.environment, "PORTAL_BROKER_URL": broker.url})


@pytest.fixture
def crowd(world: World) -> Iterator[Crowd]:
    """Nobody yet; pytest shows what became of them when the test failed."""
    crowd = Crowd(world)
    yield crowd
    print(*crowd.states().items(), sep="\n")


def until(holds: Callable[[], object], what: str, within: float = 15.0, every: float = 0.05) -> None:
    """Wait for what another process does."""
    deadline = monotonic() + within
    while not holds():
        assert monotonic() < deadline, f"{what} did not happen within {within:g} s"
        sleep(every)


def kill(worker: subprocess.Popen[bytes] | None) -> None:
    """As the kernel does when memory runs out."""
    assert worker is not None
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
