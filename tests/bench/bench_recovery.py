"""Everything is killed with a thousand onboardings in flight, PostgreSQL too: how long until nothing is in dead hands?

Run it: python3 manage.py test tests/bench/bench_recovery.py -s      (BENCH_ROWS=200, BENCH_BROKER=rabbitmq for another)
"""

import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import pytest
from django.db import OperationalError, connection, connections
from pytest_django import DjangoDbBlocker, Settings

from onboarding.engine.sweep import lost_steps
from onboarding.models import Step
from portal.launcher import services
from portal.launcher.supervisor import Supervisor
from portal.lib.tenancy import acting_for
from portal.settings import database
from tests.conftest import bill_at
from tests.processes.brokers import Broker, running
from tests.processes.conftest import kill, publishing_to, until
from tests.processes.crowd import Crowd
from tests.walks.stack import Stack, make_stack
from tests.world import make_world

ROWS = int(os.environ.get("BENCH_ROWS", "1000"))
BROKER = os.environ.get("BENCH_BROKER", "valkey")
WORKERS = 3
DATABASES = {"default": ("PORTAL_DATABASE_URL", "app"), "owner": ("PORTAL_DATABASE_OWNER_URL", "owner")}


@dataclass
class Cluster:
    """A PostgreSQL of this bench's own, which writes to disk as the real one does; the test itself uses it, too."""

    folder: Path
    supervisor: Supervisor
    urls: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        services.start_postgres(self.supervisor, self.folder, self.folder)

    def kill(self) -> None:
        """Its own children as well: they would notice, and stop in their own time."""
        child = self.supervisor.children.pop()
        assert child.running is not None
        pid = child.running.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        kill(child.running)
        for number in children:
            os.kill(int(number), signal.SIGKILL)
        connection.close()


@contextmanager
def own_postgres(folder: Path) -> Iterator[Cluster]:
    urls = {
        name: f"postgresql://portal_{role}:bench@/portal?host={folder}" for name, role in DATABASES.values()
    }
    (folder / "logs").mkdir()
    supervisor = Supervisor({**os.environ, **urls, "PORTAL_DATA_DIR": str(folder)}, folder / "logs")
    cluster = Cluster(folder, supervisor, urls)
    before = {alias: dict(connections[alias].settings_dict) for alias in DATABASES}
    try:
        cluster.start()
        supervisor.run("database", [sys.executable, "-m", "portal.launcher.database"])
        for alias, (name, _) in DATABASES.items():
            connections[alias].close()
            connections[alias].settings_dict.update(database(urls[name]))
        yield cluster
    finally:
        for alias, values in before.items():
            connections[alias].close()
            connections[alias].settings_dict.update(values)
        supervisor.stop()


@dataclass(frozen=True)
class Scene:
    """All that runs, and those who are under way."""

    postgres: Cluster
    broker: Broker
    stack: Stack
    crowd: Crowd


@pytest.fixture
def scene(django_db_blocker: DjangoDbBlocker, settings: Settings, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as until_the_end:
        enter = until_the_end.enter_context
        # The path of a socket has to be short.
        folders = [Path(enter(tempfile.TemporaryDirectory(prefix="recovery-"))) for _ in range(2)]
        enter(django_db_blocker.unblock())
        postgres, broker = enter(own_postgres(folders[0])), enter(running(BROKER, folders[1]))
        enter(publishing_to(broker.url, settings))
        stack = make_stack(tmp_path, PORTAL_BROKER_URL=broker.url, **postgres.urls)
        simulator = enter(bill_at(settings, tmp_path / "bill", stack.bill_port))
        world = make_world(simulator, enter(ExitStack()))
        yield Scene(postgres, broker, stack, Crowd(world))


def states(crowd: Crowd) -> Counter[str]:
    """How many onboardings' steps are how; of those that are unknown, whether a look is planned."""
    found: Counter[str] = Counter()
    for partner in crowd.world.partners:
        with acting_for(partner.pk):
            for state, due_at in Step.objects.values_list("state", "due_at"):
                found[
                    state if state != "unknown" else f"unknown, look {'planned' if due_at else 'NOT PLANNED'}"
                ] += 1
    return found


def in_dead_hands() -> int:
    """How many steps; -1 while there is no database to say so."""
    try:
        return len(lost_steps(most=ROWS * 10))
    except OperationalError:
        connection.close()
        return -1


def test_recovery(scene: Scene) -> None:
    crowd, partners = scene.crowd, scene.crowd.world.partners
    for number in range(ROWS):
        crowd.join(partners[number % 2], number, in_bulk=number % 4 > 1)
    began = perf_counter()
    with scene.stack.workers(number=WORKERS) as programs:
        until(lambda: crowd.done() > ROWS // 10, "a tenth", within=300)
        for child in programs.children:
            kill(child.running)
        scene.broker.kill()
        scene.postgres.kill()
        print(f"\nkilled after {perf_counter() - began:.0f} s")

    began = perf_counter()
    scene.broker.start()
    scene.postgres.start()
    print(f"PostgreSQL answers after {perf_counter() - began:.1f} s")
    held, at_kill = in_dead_hands(), states(crowd)
    with scene.stack.workers(number=WORKERS):
        print(f"{WORKERS} workers are there after {perf_counter() - began:.1f} s")
        until(lambda: in_dead_hands() == 0, "an end of dead hands", within=60)
        print(f"{held} steps were in dead hands, none is after {perf_counter() - began:.1f} s")
        print(f"before: {dict(at_kill)}\nafter:  {dict(states(crowd))}")
        assert not any("NOT" in state for state in states(crowd))
        until(lambda: crowd.done() == ROWS, "the end of all", within=1200)
        print(f"all {ROWS} are through after {perf_counter() - began:.0f} s")

    assert held > 0
    assert crowd.problems() == []
