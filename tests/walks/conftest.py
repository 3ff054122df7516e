"""A real Chromium before the real web server, worker and beat; BILL is the simulator, over HTTP."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from playwright.sync_api import Browser, expect, sync_playwright
from pytest_django import Settings

from onboarding.simulator.simulator import Simulator
from portal.accounts.models import Person
from tests.conftest import REQUIRED, bill_at
from tests.walks.stack import Stack, make_stack
from tests.walks.visitor import Visitor
from tests.world import PASSWORD, World

Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("PORTAL_TEST_BROWSER")
    if not path:
        missing = "browser: PORTAL_TEST_BROWSER names no Chromium, so nothing was walked"
        pytest.fail(missing) if "browser" in REQUIRED else pytest.skip(missing)
    expect.set_options(timeout=20_000)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop on this thread, and Django would refuse its database beside one.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        running = playwright.chromium.launch(executable_path=path, headless=True)
        yield running
        running.close()


@pytest.fixture(scope="session")
def portal(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The web server; what runs in the background has a fixture of its own, and ends with each test."""
    stack = make_stack(tmp_path_factory.mktemp("portal"))
    with stack.web():
        yield stack


@pytest.fixture
def simulator(portal: Stack, tmp_path: Path, settings: Settings) -> Iterator[Simulator]:
    """A new BILL for each test, at the address that the portal's programs know."""
    with bill_at(settings, tmp_path / "bill", portal.bill_port) as running:
        yield running


@pytest.fixture
def background(portal: Stack, world: World) -> Iterator[None]:
    with portal.workers():
        yield


@pytest.fixture
def with_passwords(world: World) -> None:
    """Everybody can sign in by typing; the hash is one that the web server knows."""
    Person.objects.update(password=PBKDF2PasswordHasher().encode(PASSWORD, "walk"))
    for partner in world.partners:
        for staff in partner.staff.values():
            staff.person.refresh_from_db()


@pytest.fixture
def visit(browser: Browser, portal: Stack, world: World) -> Iterator[Visit]:
    """Opens one browser window after another; each has cookies of its own."""
    with ExitStack() as windows:

        def open_window(name: str, **options: object) -> Visitor:
            return windows.enter_context(Visitor.of(browser, portal.url, name, **options))

        yield open_window
