"""The poll: it only reads, says 304 while nothing changed, and stops when nothing can change any more."""

from datetime import timedelta
from time import sleep
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.models import Onboarding
from portal.tenants.roles import Role
from tests.onboarding.views.rows import make_session
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}


def poll(
    world: World, client: Client, onboarding: Onboarding, key: str, query: str = "", **headers: str
) -> Any:
    url = world.one.url(onboarding, key, "onboarding_status")
    return client.get(f"{url}{query}", headers={**HTMX, **headers})


def again(world: World, client: Client, onboarding: Onboarding, key: str, query: str = "") -> tuple[Any, Any]:
    """A poll, and another one that names what the first one gave."""
    first = poll(world, client, onboarding, key, query)
    return first, poll(world, client, onboarding, key, query, **{"If-None-Match": first["ETag"]})


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_poll_of_what_is_unchanged_is_304(world: World, role: Role) -> None:
    onboarding = world.one.at("create_organization")
    world.one.submit(onboarding, "create_organization")

    first, second = again(world, world.one.client(role), onboarding, "create_organization", "?every=600ms")

    assert (first.status_code, second.status_code) == (200, 304)
    assert second.content == b""
    assert second["ETag"] == first["ETag"]
    assert "no-cache" in second["Cache-Control"]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_poll_is_304_while_a_button_waits_beside_an_unknown_outcome(world: World, role: Role) -> None:
    onboarding = world.one.at("create_organization")
    world.simulator.arm("lose_reply", "create_organization")
    world.one.submit(onboarding, "create_organization")
    world.drain()

    first, second = again(world, world.one.client(role), onboarding, "create_organization", "?every=4s")

    assert ("Look at BILL now" in first.content.decode()) is (role is Role.OPERATOR)
    assert (first.status_code, second.status_code) == (200, 304)


def test_poll_is_304_while_only_time_has_passed(world: World) -> None:
    onboarding, client = world.one.at("create_organization"), world.one.client()
    world.one.submit(onboarding, "create_organization")

    first = poll(world, client, onboarding, "create_organization", "?every=600ms")
    sleep(1.1)  # "now" becomes "a second ago"
    second = poll(
        world,
        client,
        onboarding,
        "create_organization",
        "?every=600ms",
        **{"If-None-Match": first["ETag"]},
    )

    assert (first.status_code, second.status_code) == (200, 304)


def test_poll_tells_when_something_changed(world: World) -> None:
    onboarding = world.one.at("create_organization")
    client = world.one.client()
    world.one.submit(onboarding, "create_organization")
    before = poll(world, client, onboarding, "create_organization")
    world.drain()

    after = poll(world, client, onboarding, "create_organization", **{"If-None-Match": before["ETag"]})

    assert after.status_code in (200, 286)
    assert world.organizations()[0] in after.content.decode()


def test_poll_stops_when_a_person_has_to_act(world: World) -> None:
    onboarding = world.one.at("create_user")
    client = world.one.client()
    url = world.one.url(onboarding, "create_user", "onboarding_status")

    assert poll(world, client, onboarding, "create_user", "?shown=form").status_code == 286
    # Only htmx knows 286.
    assert client.get(url).status_code == 200
    assert "hx-get" not in client.get(world.one.url(onboarding, "create_user")).content.decode()


def test_poll_never_touches_a_form_that_is_shown(world: World) -> None:
    onboarding = world.one.at("create_user")

    answer = poll(world, world.one.client(), onboarding, "create_user", "?shown=form").content.decode()

    assert 'id="head"' in answer
    assert 'id="step"' not in answer


def test_poll_only_reads(world: World) -> None:
    onboarding = world.one.at("create_organization")
    client = world.one.client()
    world.one.submit(onboarding, "create_organization")
    before = (
        world.one.tags(),
        world.one.step(onboarding, "create_organization").version,
        len(world.simulator.calls),
    )

    for _ in range(3):
        assert poll(world, client, onboarding, "create_organization").status_code == 200
    assert (
        client.post(world.one.url(onboarding, "create_organization", "onboarding_status")).status_code == 405
    )

    step = world.one.step(onboarding, "create_organization")
    assert (world.one.tags(), step.version, len(world.simulator.calls)) == before


def test_poll_goes_on_while_bill_has_not_decided(world: World) -> None:
    onboarding = world.one.at("start_verification", "Rice Cakes [review]")
    client = world.one.client(Role.VIEWER)
    world.one.submit(onboarding, "start_verification")
    world.drain_for(timedelta(seconds=20))

    assert world.one.fresh(onboarding).decision == "REVIEW"
    assert poll(world, client, onboarding, "start_verification", "?every=4s").status_code == 200


def test_poll_leads_into_the_session_that_was_asked_for(world: World) -> None:
    onboarding = world.one.at("login_as_user")
    session = make_session(world.one, onboarding, Role.OPERATOR)

    mine = poll(world, world.one.client(), onboarding, "login_as_user", "?was=running")
    theirs = poll(world, world.one.client(Role.OWNER), onboarding, "login_as_user", "?was=running")

    assert mine["HX-Redirect"] == reverse("session", args=[session.pk])
    assert "HX-Redirect" not in theirs.headers


def test_poll_after_signing_out_is_401(world: World) -> None:
    onboarding = world.one.at("create_organization")

    response = poll(world, Client(), onboarding, "create_organization")

    assert response.status_code == 401
    assert "Rice Cakes" not in response.content.decode()
