from datetime import timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from playwright.sync_api import Page

from onboarding.models import BillSession, Import, Onboarding
from onboarding.services.imports import finish_settled, pause_import
from onboarding.services.login_as import end_login_as, request_login_as
from onboarding.services.onboardings import cancel
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.imports.files import (
    UNNAMED,
    checked,
    drive,
    received,
    row,
    running,
    without_acceptance,
)
from tests.onboarding.views.rows import make_contact, make_objection
from tests.walks.conftest import Visit
from tests.walks.looking import Stop, look_at_all
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
JOURNEY = ("create_organization", "create_user", "add_risk_phone", "start_verification", "login_as_user")
OUTSIDE = (
    "login",
    "password/reset",
    "password/reset/done",
    "password/reset/key/1-none",
    "signup",
    "inactive",
)
INSIDE = ("logout", "password/change", "reauthenticate")
RENDERED = ("400.html", "403_csrf.html", "429.html", "500.html", "portal/no_tenant.html")


def undecided(one: Partner) -> Onboarding:
    """Two creates whose answers were lost, of companies that nothing tells apart."""
    both = [one.at("create_organization", "Twin Bakery") for _ in range(2)]
    one.world.simulator.arm("lose_reply", "create_organization", times=2)
    for onboarding in both:
        one.submit(onboarding, "create_organization", name="Twin Bakery")
    one.world.drain()
    one.world.later(timedelta(seconds=3))
    one.world.drain()
    return both[0]


def refused(one: Partner) -> Onboarding:
    onboarding = one.at("create_organization", "Refused Foods")
    one.submit(onboarding, "create_organization", account_type="NOTHING_BILL_KNOWS")
    one.world.drain()
    return onboarding


def unknown(one: Partner) -> Onboarding:
    onboarding = one.at("create_organization", "Unknown Foods")
    one.world.simulator.arm("lose_reply", "create_organization")
    one.submit(onboarding, "create_organization", name="Unknown Foods")
    one.world.drain()
    return onboarding


def postponed(one: Partner) -> Onboarding:
    onboarding = one.at("create_organization", "Postponed Foods")
    one.world.simulator.arm("refuse", seconds=1)
    one.submit(onboarding, "create_organization", name="Postponed Foods")
    one.world.drain()
    return onboarding


def decided(one: Partner, word: str) -> Onboarding:
    onboarding = one.at("login_as_user", f"Foods [{word}]")
    one.world.later(timedelta(seconds=6))
    one.world.drain()
    return onboarding


def not_permitted(one: Partner) -> Onboarding:
    onboarding = one.at("start_verification", "Private Foods")
    one.submit(onboarding, "start_verification", scope="nothing")
    one.world.drain()
    return onboarding


def cancelled(one: Partner) -> Onboarding:
    onboarding = one.at("create_user", "Gone Foods")
    cancel(actor=one.actor(), onboarding=onboarding, reason="The client went elsewhere")
    return onboarding


def in_session(one: Partner) -> tuple[Onboarding, BillSession]:
    onboarding = one.at("login_as_user", "Acting Foods")
    request_login_as(actor=one.actor(), onboarding=onboarding, reason="Look at the set-up", minutes="15")
    one.world.drain()
    with acting_for(one.pk):
        return onboarding, BillSession.objects.get(purpose="staff")


def step(one: Partner, onboarding: Onboarding, client: Client, key: str, shows: str) -> Stop:
    return Stop(f"{onboarding.name} {key}", one.url(onboarding, key), client, shows)


def serve(page: Page, template: str, context: dict[str, Any]) -> None:
    """A page that is hard to reach for real, at the portal's own address, so that it finds its styles."""
    body = render_to_string(template, {"request_id": "0123456789abcdef", **context})
    page.route(f"**/rendered/{template}", lambda route: route.fulfill(body=body, content_type="text/html"))


@pytest.mark.usefixtures("with_passwords")
def test_pages_outside_the_wizard_fit_and_are_accessible(visit: Visit, world: World) -> None:
    one, nobody = world.one, Client()
    owner, viewer, other = one.client(Role.OWNER), one.client(Role.VIEWER), world.two.client(Role.OWNER)
    onboarding = one.at("create_user")
    visitor = visit("pages", bypass_csp=True)
    for name in RENDERED:
        serve(visitor.page, name, {"user": one.staff[Role.OWNER].person})
    stops = [
        *(Stop(f"outside {name}", f"/accounts/{name}/", nobody) for name in OUTSIDE),
        *(Stop(f"error {name}", f"/rendered/{name}", nobody) for name in RENDERED),
        *(Stop(f"account {name}", f"/accounts/{name}/", owner) for name in INSIDE),
        Stop("dashboard", "/onboardings/", owner),
        Stop("dashboard without a match", "/onboardings/?q=nobody", owner),
        Stop("new", "/onboardings/new/", owner),
        Stop("connection", "/connection/", owner),
        Stop("audit", "/audit/", owner),
        Stop("hand over", f"/onboardings/{onboarding.pk}/owner/", owner),
        Stop("cancel", f"/onboardings/{onboarding.pk}/cancel/", owner),
        Stop("permission", f"/onboardings/{onboarding.pk}/permission/", owner),
        Stop("dashboard empty", "/onboardings/", other),
        Stop("error 404", f"/onboardings/{onboarding.pk}/", other, status=404),
        Stop("error 403", "/audit/", viewer, status=403),
    ]
    assert look_at_all(visitor, stops) == []


def test_pages_of_the_wizard_fit_and_are_accessible_in_every_state(visit: Visit, world: World) -> None:
    one = world.one
    operator, viewer = one.client(), one.client(Role.VIEWER)
    key = "create_organization"
    choose = undecided(one)
    full = one.at("login_as_user", "Done Foods")
    acting, session = in_session(one)
    objecting = one.start("Objecting Foods")
    make_objection(one, make_contact(one, objecting))
    stops = [
        *(step(one, full, operator, at, "Done") for at in ("partner_login", *JOURNEY[:4])),
        *(step(one, one.at(at, f"Open {at}"), operator, at, "Ready") for at in JOURNEY),
        step(one, refused(one), operator, key, "Needs you"),
        step(one, choose, operator, key, "A person has to decide"),
        Stop("resolve", one.url(choose, key, "onboarding_resolve"), operator, "Which one is ours?"),
        step(one, decided(one, "hold"), operator, "start_verification", "asked the owner"),
        step(one, decided(one, "decline"), operator, "login_as_user", "BILL declined this company."),
        step(one, not_permitted(one), operator, "login_as_user", "Not permitted"),
        step(one, cancelled(one), operator, "create_user", "Cancelled"),
        step(one, unknown(one), operator, key, "do not know yet"),
        step(one, postponed(one), operator, key, "tries again by itself"),
        step(one, one.start("Just Begun Foods"), operator, "partner_login", "BILL is being asked"),
        step(one, full, viewer, key, "•"),
        step(one, acting, operator, "login_as_user", "You are in a session now."),
        Stop("session", f"/sessions/{session.pk}/", operator, "Acting as user"),
        step(one, objecting, operator, key, "Answer the admin, who says"),
        Stop("dashboard full", "/onboardings/", operator, "The admin says that something is wrong"),
    ]
    visitor = visit("states", bypass_csp=True)
    wrong = look_at_all(visitor, stops)
    end_login_as(actor=one.actor(), session=session)
    world.drain()
    ended = Stop("session ended", f"/sessions/{session.pk}/", operator, "The session has ended")
    assert wrong + look_at_all(visitor, [ended]) == []


def test_pages_of_imports_fit_and_are_accessible_in_every_state(visit: Visit, world: World) -> None:
    one, other = world.one, world.two.client()
    operator, viewer = one.client(), one.client(Role.VIEWER)
    unreadable, to_map = checked(one, b"%PDF"), checked(one, UNNAMED)
    twin = row("create_organization", create_organization__tax_id="12-3456789")
    broken = row("create_organization", create_organization__zip="x", create_organization__name="n" * 300)
    left = running(one, [without_acceptance(row("create_user")), twin, twin, broken])
    drive(one)
    finish_settled()
    begun = running(one, [row(), twin, twin, broken, row("create_organization")])
    drive(one)
    kept = checked(one, [twin, broken, row("create_organization")])
    paused = running(one, [row("create_organization")])
    pause_import(actor=one.actor(), import_=paused)

    def at(name: str, import_: Import, shows: str, client: Client = operator, more: str = "") -> Stop:
        return Stop(f"import {name}", f"/imports/{import_.pk}/{more}", client, shows)

    stops = [
        Stop("imports empty", "/imports/", other, "No imports yet"),
        Stop("imports", "/imports/", operator, "Done, 1 to correct, 1 to decide"),
        Stop("import new", "/imports/new/", operator, "One row is one company."),
        at("unreadable", unreadable, "This is a PDF"),
        at("to map", to_map, "Which column is which?"),
        at("columns", to_map, "Check the rows", more="columns/"),
        at("reading", received(one, UNNAMED), "Reading the file"),
        at("checked", kept, "What will happen at BILL"),
        at("checked broken", kept, "Five digits", viewer, "?row=broken"),
        at("begun", begun, "How far it is"),
        at("done", left, "Waiting for the admin"),
        at("paused", paused, "Paused."),
        at("cancel", paused, "The rows that have not begun never will.", more="cancel/"),
    ]
    assert look_at_all(visit("imports", bypass_csp=True), stops) == []
