"""What every answer carries, and what a request may claim about itself."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from onboarding.services.health import note_sweep
from portal.audit.models import Entry
from portal.lib.actor import PLATFORM
from portal.lib.requests import client_ip
from portal.lib.tenancy import acting_for
from portal.settings import networks
from portal.tenants import kept
from portal.tenants.roles import Role
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(world: World) -> tuple[Client, Any]:
    person = world.one.staff[Role.OPERATOR].person
    person.set_password(PASSWORD)
    person.save()
    client = Client()
    return client, client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(world: World) -> None:
    client, response = signed_in(world)
    cookies = {**client.get(reverse("account_login")).cookies, **response.cookies, **client.cookies}

    assert {"portal_session", "csrftoken"} <= set(cookies)
    for name in ("portal_session", "csrftoken"):
        assert cookies[name]["httponly"] is True
        assert cookies[name]["samesite"] == "Lax"
        assert cookies[name]["path"] == "/"


def test_session_id_changes_at_sign_in(world: World) -> None:
    person = world.one.staff[Role.OPERATOR].person
    person.set_password(PASSWORD)
    person.save()
    client = Client()
    client.post(reverse("onboarding_new"), {"name": "X", "typed_by": kept.signature(person.pk)})
    before = client.cookies["portal_session"].value

    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})

    assert client.cookies["portal_session"].value != before


def test_request_id_is_ours_and_new_each_time(world: World) -> None:
    client = world.one.client()

    first = client.get("/onboardings/", headers={"X-Request-Id": "chosen-by-a-stranger"})
    second = client.get("/onboardings/")

    assert re.fullmatch("[0-9a-f]{16}", first["X-Request-Id"])
    assert first["X-Request-Id"] != second["X-Request-Id"]
    assert first["X-Request-Id"] in first.content.decode()


def test_page_that_is_not_there_names_the_request(world: World) -> None:
    for client in (Client(), world.one.client()):
        response = client.get("/nothing/<b>here</b>/")
        shown = response.content.decode()
        assert response.status_code == 404
        assert response["X-Request-Id"] in shown
        assert "Nothing was sent to BILL" in shown
        assert "<b>here" not in shown


def test_request_id_is_in_the_audit_log(world: World) -> None:
    response = world.one.client().post("/onboardings/new/", {"name": "Rice", "environment": "simulator"})

    assert world.one.entries()[-1].content["request_id"] == response["X-Request-Id"]


def test_host_that_is_not_ours_is_refused(world: World) -> None:
    response = world.one.client().get("/onboardings/", headers={"Host": "evil.example"})

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "address"),
    [
        ("", "203.0.113.9", "", "203.0.113.9"),
        ("", "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.0/8", "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.0/8", "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", "not an address", ""),
        ("10.0.0.0/8,::1/128", "::1", "2001:db8::7", "2001:db8::7"),
        ("10.0.0.0/8", "", "198.51.100.1", ""),
    ],
)
def test_address_comes_from_the_nearest_stranger(
    settings: Settings, proxies: str, remote: str, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = networks(proxies)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}

    assert client_ip(RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)) == address


def test_address_of_a_stranger_is_not_taken_into_the_audit_log(world: World) -> None:
    client = Client()
    typed = {"login": "somebody@example.com", "password": "wrong-password"}

    client.post(reverse("account_login"), typed, headers={"X-Forwarded-For": "6.6.6.6"})

    with acting_for(PLATFORM):
        assert [entry.content["ip"] for entry in Entry.objects.all()] == ["127.0.0.1"]


def test_healthz_needs_nothing() -> None:
    response = Client().get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok")


def test_readyz_names_what_is_missing(transactional_db: None) -> None:
    cache.clear()
    before = Client().get("/readyz")
    note_sweep()
    after = Client().get("/readyz")

    assert (before.status_code, before.json()) == (503, {"ready": False, "missing": ["sweeper"]})
    assert (after.status_code, after.json()) == (200, {"ready": True, "missing": []})
