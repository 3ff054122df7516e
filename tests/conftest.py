"""What every test of the portal stands on: a database with roles, a simulator over HTTP, and two tenants."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import hypothesis
import pytest
from django.core.cache import cache
from django.db import connections
from pytest_django import DjangoDbBlocker, Settings

from onboarding.engine import wake
from onboarding.gateway.clients import close_connections
from onboarding.simulator.simulator import Simulator
from portal.lib import static
from tests.world import World, make_world

# The gate tries the same examples each time; with HYPOTHESIS_PROFILE=wide it looks for new ones.
hypothesis.settings.register_profile("gate", derandomize=True)
hypothesis.settings.register_profile("wide", derandomize=False)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))

REQUIRED = {name for name in os.environ.get("PORTAL_TEST_REQUIRE", "").split(",") if name}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        # `default` is the application's role; `owner` makes, migrates and empties the database.
        marker = item.get_closest_marker("django_db")
        if marker is not None:
            marker.kwargs["databases"] = ["default", "owner"]  # type: ignore[index]  # a dict in fact


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """A test that commits is followed by a flush, which truncates; what forbids that has a test of its own."""
    with django_db_blocker.unblock(), connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER keep_all")


@pytest.fixture(scope="session", autouse=True)
def _static_files() -> None:
    """As before the web server's first page."""
    static.collect()


@pytest.fixture(autouse=True)
def _fast_hashes(settings: Settings) -> None:
    """A hash that is made to be slow takes longer than most tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@contextmanager
def bill_at(settings: Settings, data: Path, port: int = 0) -> Iterator[Simulator]:
    """A BILL of the test's own, where the portal looks for it; no connection to it outlives the test."""
    with Simulator(data=data, port=port, control_port=0) as running:
        settings.BILL_URLS = {**settings.BILL_URLS, "simulator": running.api_url}
        # Only the tests of the limits run with limits.
        running.change_settings(limits_enforced=False)
        settings.BILL_LIMITS = dict.fromkeys(settings.BILL_LIMITS, 0)
        yield running
    close_connections()


@pytest.fixture
def simulator(tmp_path: Path, settings: Settings) -> Iterator[Simulator]:
    with bill_at(settings, tmp_path / "bill") as running:
        yield running


@pytest.fixture
def world(transactional_db: None, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Two tenants with staff of every role, each a partner of its own at the simulator.

    No wake-up arrives: what is due is found in the database, as after a lost message. Ask for it beside
    `pytest.mark.django_db(transaction=True)`.
    """
    monkeypatch.setattr(wake, "send", lambda *args: False)
    monkeypatch.setattr(wake, "send_bulk", lambda *args: False)
    cache.clear()
    with ExitStack() as moved:
        yield make_world(simulator, moved)
