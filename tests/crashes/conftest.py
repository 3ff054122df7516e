"""Time that only the test moves, for every clock that the portal asks."""

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from onboarding.models import Connection
from portal.lib import clock
from portal.lib.tenancy import acting_for
from tests.world import World

LIMITS = {"calls": 100_000, "logins": 100_000, "messages": 10_000, "at_once": 3}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("crashes")
    group.addoption("--for-real", action="store_true", help="kill processes, and wait for hangs, for real")
    group.addoption("--seed", type=int, default=None, help="of the storm; any if it is not given")
    group.addoption(
        "--runs", type=int, default=0, help="of the storm; as many as fit into the gate if not given"
    )


@pytest.fixture
def stormy(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[World]:
    """A world in which time passes only when it is told to, with budgets that are counted and never used up.

    Whatever strikes, the portal itself does not fail: what it takes for a bug of its own fails the test.
    """
    for name in ("bill", "onboarding"):
        caplog.set_level(logging.WARNING, name)
    settings.BILL_LIMITS = LIMITS
    for partner in world.partners:
        with acting_for(partner.pk):
            # Asked for once a week by whichever step comes first: it would be in one scene, and not in the next.
            Connection.objects.update(industries=["Bakery"], industries_at=clock.now())
        partner.start("The first of all")
    world.drain()
    real = time.monotonic

    def monotonic() -> float:
        return real() + (clock.now() - datetime.now(UTC)).total_seconds()

    # What is sent too late, and a call that takes too long, are told by this one.
    monkeypatch.setattr(time, "monotonic", monotonic)
    monkeypatch.setattr(clock, "pause", lambda seconds: world.later(timedelta(seconds=seconds)))
    yield world
    bugs = [one for one in caplog.get_records("call") if one.levelno >= logging.ERROR]
    assert [one.getMessage() for one in bugs if one.name.startswith("onboarding")] == []
