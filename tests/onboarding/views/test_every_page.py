"""What holds for every page: nothing inline, few queries, small, private, and readable by a parser."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from onboarding.services import imports
from onboarding.steps import JOURNEY
from portal.tenants.roles import Role
from tests.onboarding.imports.files import UNNAMED, checked, drive, received, row, running
from tests.onboarding.views.html import page
from tests.onboarding.views.rows import (
    make_branding,
    make_contact,
    make_listed,
    make_mfa,
    make_objection,
    make_session,
    make_visit,
)
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)

CSP = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
}
MOST_QUERIES, MOST_BYTES = 10, 100_000
# A step's page shows the whole onboarding: steps, attempts, consent, timeline, sessions, and who acts as whom.
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def pages_of(world: World) -> dict[str, str]:
    """Every page that staff see, in the states that change what is on it."""
    one = world.one
    world.simulator.change_settings(times_shown=False)
    undecided = one.at("create_organization", "Lost Inc")
    world.simulator.arm("lose_reply", "create_organization")
    one.submit(undecided, "create_organization", name="Lost Inc")
    world.drain_for(timedelta(minutes=2))
    world.simulator.change_settings(industry_checked=True)
    refused = one.at("create_organization", "Refused Inc")
    one.submit(refused, "create_organization", industry="Juggling", name="Refused Inc")
    world.drain()
    world.simulator.change_settings(industry_checked=False)
    started = one.at("login_as_user", "Rice Cakes Inc")
    session = make_session(one, started, Role.OWNER)
    contact = make_contact(one, started)
    make_visit(one, contact)
    make_mfa(one, started)
    for n in range(3):
        make_objection(one, contact, f"This is wrong, {n}")
    make_branding(one)
    of_imports = pages_of_imports(one)
    # The last that is made: two seconds later it is due to be looked at.
    unknown = one.at("create_organization", "Unknown Inc")
    world.simulator.arm("lose_reply", "create_organization")
    one.submit(unknown, "create_organization", name="Unknown Inc")
    world.drain()
    found = {f"step {d.key}": one.url(started, d.key) for d in JOURNEY}
    found |= {f"unknown {d.key}": one.url(unknown, d.key) for d in JOURNEY}
    found |= {f"status {d.key}": one.url(started, d.key, "onboarding_status") for d in JOURNEY}
    return (
        found
        | of_imports
        | {
            "dashboard": reverse("onboardings"),
            "nothing found": reverse("onboardings") + "?q=nobody",
            "new": reverse("onboarding_new"),
            "refused": one.url(refused, "create_organization"),
            "undecided": one.url(undecided, "create_organization"),
            "resolve": one.url(undecided, "create_organization", "onboarding_resolve"),
            "owner": reverse("onboarding_owner", args=[started.pk]),
            "cancel": reverse("onboarding_cancel", args=[started.pk]),
            "permission": reverse("onboarding_permission", args=[started.pk]),
            "session": reverse("session", args=[session.pk]),
            "decide now": one.url(unknown, "create_organization", "onboarding_resolve"),
            "at bill": reverse("at_bill"),
            "organization at bill": reverse("at_bill_organization", args=[make_listed(one).pk]),
            "inside an organization": reverse("onboarding_at_bill", args=[started.pk]),
            "admin": reverse("onboarding_admin", args=[started.pk]),
            "admin to be named": reverse("onboarding_admin", args=[unknown.pk]),
            "acceptance": reverse("onboarding_acceptance", args=[refused.pk]),
            "settings": reverse("settings"),
            "connection": reverse("connection"),
            "audit": reverse("audit"),
        }
    )


def pages_of_imports(one: Partner) -> dict[str, str]:
    """An import in each of its states, with rows of every kind."""
    twin = row("create_organization", create_organization__tax_id="12-3456789")
    rows = [twin, twin, row("create_organization", create_organization__zip="x"), row("create_user")]
    found = {
        "unreadable": checked(one, b"%PDF"),
        "to map": checked(one, UNNAMED),
        "checked": checked(one, rows),
        "reading": received(one, UNNAMED),
    }
    begun = running(one, [row("create_organization"), *rows])
    drive(one)
    paused = running(one, [row("create_organization")])
    imports.pause_import(actor=one.actor(), import_=paused)
    found |= {"begun": begun, "paused": paused}
    return {f"import {name}": reverse("import", args=[import_.pk]) for name, import_ in found.items()} | {
        "imports": reverse("imports"),
        "import new": reverse("import_new"),
        "import columns": reverse("import_columns", args=[found["to map"].pk]),
        "import cancel": reverse("import_cancel", args=[begun.pk]),
        "status of an import": reverse("import_status", args=[begun.pk]),
    }


def outside() -> dict[str, Callable[[], Any]]:
    """Pages that are shown without a tenant."""
    client = Client()
    return {
        "sign in": lambda: client.get(reverse("account_login")),
        "refused sign in": lambda: client.post(reverse("account_login"), {"login": "x", "password": "y"}),
        "forgotten password": lambda: client.get(reverse("account_reset_password")),
        "no sign-up": lambda: client.get(reverse("account_signup")),
        "not found": lambda: client.get("/nothing/here/"),
        "used link": lambda: client.get(reverse("account_reset_password_from_key", args=["1", "x-y"])),
        "no token": lambda: Client(enforce_csrf_checks=True).post(reverse("account_login"), {}),
    }


def assert_nothing_inline(html: str) -> None:
    read = page_of(html)
    assert [t for t in read.all("script") if not t.attributes.get("src", "").startswith("/static/")] == []
    assert [t for t in read.all("script") if t.text.strip()] == []
    assert read.all("style") == []
    for tag in read.tags:
        for name, value in tag.attributes.items():
            assert name != "style", tag
            assert not name.startswith(("on", "hx-on")), tag
            assert not re.match(r"\s*(javascript|data|vbscript):", value, re.I), tag
            if name in ("src", "href", "action", "formaction") and "://" in value:
                raise AssertionError(f"{tag} leads elsewhere")


def page_of(html: str) -> Any:
    class Answer:
        content = html.encode()

    return page(Answer)


def assert_well_made(html: str) -> None:
    """What a parser can see of accessibility and safety."""
    read = page_of(html)
    ids = [tag.attributes["id"] for tag in read.tags if "id" in tag.attributes]
    assert sorted(set(ids)) == sorted(ids), "an id is used twice"
    labelled = {tag.attributes.get("for") for tag in read.all("label")}
    for tag in read.tags:
        is_control = tag.name in ("input", "select", "textarea") and tag.attributes.get("type") != "hidden"
        if is_control and "aria-label" not in tag.attributes:
            assert tag.attributes.get("id") in labelled, tag
        for name in ("aria-describedby", "aria-labelledby"):
            assert set(tag.attributes.get(name, "").split()) <= set(ids), tag
    if "<html" in html:
        assert len(read.all("h1")) == 1
        assert read.all("html")[0].attributes["lang"] == "en"
        assert read.all("title")[0].text.strip()
    posts = html.count('method="post"')
    assert html.count('name="csrfmiddlewaretoken"') == posts


def assert_well_worded(html: str) -> None:
    """No space before a full stop, one spelling of e-mail, and times of 24 hours, in all that is read."""
    text = re.sub(r"<[^>]+>", "", re.sub(r"(?s)<(script|code|svg|title)\b.*?</\1>", "", html))
    for wrong in (r"\s[.,;:](?=\s|$)", r"\b[Ee]mails?\b(?!@)", r"\d\s?[AaPp]\.?[Mm]\b"):
        found = re.search(f".{{0,60}}{wrong}.{{0,20}}", text)
        assert found is None, found and found[0]


def test_pages_hold_nothing_inline_and_are_well_made(world: World, subtests: pytest.Subtests) -> None:
    paths = pages_of(world)

    for role in (Role.OWNER, Role.VIEWER):
        client = world.one.client(role)
        for name, path in paths.items():
            with subtests.test(page=name, role=role.value):
                response = client.get(path)
                html = response.content.decode()
                assert_nothing_inline(html)
                if response.status_code != 302:
                    assert html
                    assert_well_made(html)
                    assert_well_worded(html)
                assert set(response["Content-Security-Policy"].split("; ")) == CSP


def test_pages_outside_hold_nothing_inline_and_are_well_made(world: World, subtests: pytest.Subtests) -> None:
    for name, get in outside().items():
        with subtests.test(page=name):
            response = get()
            assert response.status_code in (200, 403, 404)
            assert_nothing_inline(response.content.decode())
            assert_well_made(response.content.decode())
            assert_well_worded(response.content.decode())
            assert set(response["Content-Security-Policy"].split("; ")) == CSP
            assert response["X-Frame-Options"] == "DENY"


def test_pages_of_staff_carry_the_headers(world: World, subtests: pytest.Subtests) -> None:
    paths = pages_of(world)
    client = world.one.client(Role.OWNER)

    for name, path in paths.items():
        with subtests.test(page=name):
            response = client.get(path)
            assert response.status_code == 200
            assert response["X-Frame-Options"] == "DENY"
            assert response["X-Content-Type-Options"] == "nosniff"
            assert response["Referrer-Policy"] == "same-origin"
            assert response["Cross-Origin-Opener-Policy"] == "same-origin"
            assert "no-store" in response["Cache-Control"]
            assert "private" in response["Cache-Control"]
            assert re.fullmatch("[0-9a-f]{16}", response["X-Request-Id"])
            if not name.startswith("status"):
                assert response["X-Request-Id"] in response.content.decode()
                assert len(response.content) <= MOST_BYTES


def statements(client: Client, path: str) -> list[str]:
    """The SQL of one page. BEGIN, COMMIT and savepoints are not counted; the tenant is told within BEGIN's call."""
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in seen if not query["sql"].startswith(TRANSACTION)]


def test_pages_ask_few_questions(world: World, subtests: pytest.Subtests) -> None:
    paths = pages_of(world)
    client = world.one.client(Role.OWNER)

    for name, path in paths.items():
        with subtests.test(page=name):
            asked = statements(client, path)
            assert len(asked) <= MOST_QUERIES, "\n".join(sql[-300:] for sql in asked)


def test_number_of_questions_does_not_grow_with_the_rows(world: World) -> None:
    one = world.one
    client = one.client(Role.OWNER)
    first = one.at("create_user", "Rice Cakes 1")
    make_session(one, first, Role.OPERATOR, state="ended", ended_at=first.created_at)
    paths = [
        reverse("onboardings"),
        reverse("audit"),
        reverse("connection"),
        one.url(first, "create_organization"),
        one.url(first, "login_as_user"),
        reverse("onboarding_owner", args=[first.pk]),
    ]
    before = {path: len(statements(client, path)) for path in paths}

    for n in (2, 3):
        one.at("create_user", f"Rice Cakes {n}")
        make_session(one, first, Role.OPERATOR, state="ended", ended_at=first.created_at)

    assert {path: len(statements(client, path)) for path in paths} == before
