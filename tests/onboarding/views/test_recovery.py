"""The page that says what stands still: since when, why, and what comes next by itself."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from pytest_django import Settings

from onboarding.engine.claims import take
from onboarding.services import health
from onboarding.steps import REGISTRY
from portal.tenants.roles import Role
from tests.onboarding.executors import in_thread
from tests.onboarding.test_bulk import NONE, in_bulk
from tests.onboarding.views.html import page
from tests.onboarding.views.test_resolve_page import undecided as undecided_onboarding
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "create_organization"


def text(world: World, role: Role = Role.OPERATOR) -> str:
    answer = world.one.client(role).get("/recovery/")
    assert answer.status_code == 200
    return words_of(answer)


def words_of(answer: Any) -> str:
    """All that stands on the page, in its order."""
    return unescape(" ".join(" ".join(tag.text for tag in page(answer).tags).split()))


def test_nothing_stands_still_and_everything_runs(world: World) -> None:
    world.one.at(KEY)
    health.note_sweep()
    shown = text(world, Role.VIEWER)
    assert "Nothing stands still" in shown


def test_sweeper_that_is_away_is_named(world: World) -> None:
    health.note_sweep()
    world.later(timedelta(minutes=2))
    assert "No worker has swept for a minute" in text(world)


def test_unknown_step_says_when_bill_is_looked_at_again(world: World) -> None:
    world.simulator.arm("cut_before", KEY)
    onboarding = world.one.at(KEY)
    world.one.submit(onboarding, KEY)
    world.drain()
    shown = text(world)
    assert "Rice Cakes Inc" in shown
    assert "BILL is looked at again, and nothing is sent before it is known:" in shown
    assert "Rice Cakes Inc" not in words_of(world.two.client().get("/recovery/"))


def test_many_that_wait_for_one_limit_are_one_line(world: World, settings: Settings) -> None:
    settings.BILL_LIMITS = {**NONE, "messages": 1}
    for n in range(24):
        in_bulk(world.one, f"Company {n}")
    world.drain()
    shown = text(world)
    assert shown.count("BILL's limit of texts and e-mails a minute is used up.") == 1
    assert "It is tried again" in shown
    assert "and 3 more" in shown


def test_step_that_nobody_takes_and_one_whose_worker_is_gone(world: World) -> None:
    left, lost = world.one.at(KEY, "Left Alone Inc"), world.one.at(KEY, "Lost Inc")
    world.one.submit(left, KEY, name="Left Alone Inc")
    world.later(timedelta(minutes=1))
    world.one.submit(lost, KEY, name="Lost Inc")
    in_thread(lambda: take(world.one.pk, world.one.step(lost, KEY).pk, REGISTRY)).join()
    shown = text(world)
    assert "A worker takes it as soon as one is free. Left Alone Inc" in shown
    assert "Its worker is gone" in shown
    assert "Lost Inc" in shown


def test_decision_that_somebody_has_to_take_comes_first_and_leads_there(world: World) -> None:
    undecided, url = undecided_onboarding(world)
    world.simulator.arm("cut_before", KEY)
    waits = world.one.at(KEY, "Waits Inc")
    world.one.submit(waits, KEY, name="Waits Inc")
    world.drain()
    answer = world.one.client().get("/recovery/")
    links = [tag.attributes["href"] for tag in page(answer).all("a") if "href" in tag.attributes]
    assert links.index(url) < links.index(f"/onboardings/{waits.pk}/")
    assert "Nothing, until somebody decides." in words_of(answer)
    assert undecided.name in words_of(answer)
