"""Every page of the organization's admin, and what staff see of them: in the dark, in Arabic, at 320 px, to axe."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from onboarding.models import Contact, Invitation, Mfa, Onboarding
from onboarding.services.contacts.mails import LINK
from portal.lib import clock, links
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.contacts.deciding import log_in
from tests.onboarding.contacts.pages import agree, decide, read_details
from tests.onboarding.contacts.phone import NUMBER, Admin
from tests.onboarding.views.rows import make_branding, make_contact, make_objection, make_visit
from tests.walks.conftest import Visit
from tests.walks.looking import Stop, look_at_all
from tests.walks.reader import left_to_admin
from tests.walks.visitor import Visitor
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
# One that white text cannot be read on, and one that black text cannot.
YELLOW, NAVY = "#ffd500", "#10204f"
LONG = "Rice Cakes and Other Things that are Sold by the Spoon, a Company of Companies, Incorporated"


def at_device(partner: Partner, contact: Contact, language: str = "en") -> Client:
    """The contact's device, with a confirmed mailbox."""
    make_visit(partner, contact)
    client = Client()
    client.cookies["portal_visit"] = f"key of {contact.pk}"
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


def link_of(partner: Partner, contact: Contact, **changed: object) -> str:
    """The page of the contact's link, or of another one that differs in this."""
    with acting_for(partner.pk):
        invitation: Invitation = contact.invitations.latest("made_at")
        if changed:
            for name, value in {"pk": uuid4(), **changed}.items():
                setattr(invitation, name, value)
            invitation.save(force_insert=True)
    return reverse("contact_link", args=[links.token_of(LINK, invitation.pk)])


def sent(page: Page, within: str = "main form", **values: str) -> None:
    """Fill the form and send it, whatever the browser itself would say to it."""
    form = page.locator(within).first
    for name, text in values.items():
        form.locator(f"[name={name}]").fill(text)
    with page.expect_navigation():
        form.evaluate("one => { one.noValidate = true; one.requestSubmit(); }")


def entrance(partner: Partner) -> list[Stop]:
    """What is shown before the mailbox is confirmed."""
    nobody, now = Client(), clock.now()

    def link(name: str, **changed: object) -> str:
        contact = make_contact(partner, partner.start(name), email=f"{name}@rice.example")
        return link_of(partner, contact, **changed)

    used, over = link("used", used_at=now), link("over", expires_at=now)
    return [
        Stop("contact link open", link("open"), nobody, "is setting up your company"),
        Stop("contact link used", used, nobody, "was used already", 410),
        Stop("contact link over", over, nobody, "does not work any more", 410),
        Stop("contact link broken", "/company/link/nonsense/", nobody, "not complete", 404),
        Stop("contact not me", f"{used}not-me/", nobody, "Is this not you"),
        Stop("contact not me said", f"{over}not-me/", nobody, "no more of these", do=sent),
        Stop("contact ended", over, nobody, "was taken back", 410),
        Stop("contact no visit", "/company/done/", nobody, "Open your link again", 403),
        Stop("contact ask", "/company/ask/", nobody, "Have a fresh link sent"),
        Stop(
            "contact ask wrong", "/company/ask/", nobody, "valid email", do=lambda page: sent(page, email="x")
        ),
        Stop(
            "contact asked",
            "/company/ask/",
            nobody,
            "Look into your mailbox",
            do=lambda page: sent(page, email="tomato@rice.example"),
        ),
    ]


def code_page(link: str) -> list[Stop]:
    """Come in by the link, and type what is not the code."""

    def come(page: Page) -> None:
        sent(page)
        sent(page, code="123")

    return [Stop("contact code wrong", link, Client(), "has six digits", do=come)]


def open_wrong(page: Page) -> None:
    page.locator("#address summary").click()


def send_wrong(page: Page) -> None:
    open_wrong(page)
    with page.expect_navigation():
        page.locator("#address button").click()


def until_a_day(page: Page) -> None:
    page.locator("[name=how_long][value=date]").check()
    sent(page)


def before_terms(device: Client) -> list[Stop]:
    return [
        Stop("contact details", "/company/details/", device, "Is this right"),
        Stop("contact details wrong", "/company/details/", device, "What is wrong", do=open_wrong),
        Stop("contact details refused", "/company/details/", device, "Write a few words", do=send_wrong),
        Stop("contact terms", "/company/terms/", device, "Do you accept"),
        Stop("contact terms refused", "/company/terms/", device, "Tick this", do=sent),
        Stop("contact done first", "/company/done/", device, "Something is left to do"),
        Stop("contact mfa not permitted", "/company/mfa/", device, "comes first"),
    ]


def after_terms(device: Client) -> list[Stop]:
    return [
        Stop("contact terms agreed", "/company/terms/", device, "You have agreed"),
        Stop("contact permission", "/company/permission/", device, "Who may log in"),
        Stop(
            "contact permission refused",
            "/company/permission/",
            device,
            "Choose the last day",
            do=until_a_day,
        ),
        Stop("contact mfa start", "/company/mfa/", device, "Secure the account"),
    ]


# The web server's clock is the real one, which the test's own is ahead of.
A_MINUTE = timedelta(minutes=1)


def changed_mfa(admin: Admin, **changed: object) -> None:
    """As if BILL had answered so."""
    with acting_for(admin.partner.pk):
        Mfa.objects.filter(onboarding=admin.onboarding).update(**changed)


def look_at_mfa(visitor: Visitor, admin: Admin) -> list[str]:
    """Each page of MFA, as the admin comes to it."""
    url, phone = "/company/mfa/", "/company/mfa/phone/"
    device, wrong = admin.client, []

    def look(name: str, shows: str, **more: object) -> None:
        stop = Stop(f"contact mfa {name}", str(more.pop("url", url)), device, shows, **more)  # type: ignore[arg-type]
        wrong.extend(look_at_all(visitor, [stop]))

    admin.press("contact_mfa")
    look("phone", "Which phone")
    look("phone wrong", "whole phone number", do=lambda page: sent(page, phone="12"))
    admin.press("contact_mfa_phone", phone=NUMBER)
    look("code", "Enter the first code")
    look("code wrong", "2 tries are left", do=lambda page: sent(page, code=admin.wrong))
    look("soon", "a moment ago", do=lambda page: page.locator("[name=by]").click())
    changed_mfa(admin, problem="expired")
    look("expired", "too old")
    changed_mfa(admin, problem="", blocked_at=clock.now())
    look("blocked", "has blocked codes")
    changed_mfa(admin, blocked_at=None, asked="mfa_setup_validate", asked_until=clock.now() - A_MINUTE)
    look("unknown", "did not answer")
    changed_mfa(admin, asked="", asked_until=None)
    admin.enter()
    look("second code", "the code that just came")
    look("other phone", "Which phone", url=phone)
    admin.enter()
    look("done", "is secured")
    return wrong


def test_pages_before_the_mailbox_is_confirmed_fit_and_are_accessible(visit: Visit, world: World) -> None:
    one = world.one
    make_branding(one, YELLOW)
    contact = make_contact(one, one.start("code"), email="code@rice.example")
    stops = [*entrance(one), *code_page(link_of(one, contact))]

    assert look_at_all(visit("contact-entrance", bypass_csp=True), stops) == []


def test_pages_of_the_admin_fit_and_are_accessible(visit: Visit, world: World) -> None:
    one = world.one
    make_branding(one, NAVY)
    onboarding = left_to_admin(one, LONG)
    contact = make_contact(one, onboarding)
    make_objection(one, contact)
    device = at_device(one, contact)
    visitor = visit("contact-pages", bypass_csp=True)

    wrong = look_at_all(visitor, before_terms(device))
    agree(device)
    world.drain()
    wrong += look_at_all(visitor, after_terms(device))
    decide(device, "days")
    wrong += look_at_mfa(visitor, Admin(one, one.fresh(onboarding), device))
    read_details(device)
    wrong += look_at_all(visitor, [Stop("contact done", "/company/done/", device, "you are done")])

    assert wrong == []


def test_pages_are_accessible_from_right_to_left(visit: Visit, world: World) -> None:
    one = world.one
    onboarding = left_to_admin(one, LONG)
    contact = make_contact(one, onboarding)
    device = at_device(one, contact, "ar")
    stops = [
        Stop("arabic details", "/company/details/", device, LONG),
        Stop("arabic terms", "/company/terms/", device, LONG),
        Stop("arabic done", "/company/done/", device),
    ]

    assert look_at_all(visit("contact-arabic", bypass_csp=True), stops) == []


def logged_in(world: World, partner: Partner) -> tuple[Onboarding, Client, list[Stop]]:
    """Staff are logged in as the user of an admin who let them, who looks at that and takes it back."""
    onboarding = partner.at("login_as_user")
    contact = make_contact(partner, onboarding)
    make_objection(partner, contact)
    device = at_device(partner, contact)
    agree(device)
    decide(device, "open")
    assert log_in(world, partner, onboarding) is not None
    take_back = "Take the permission back"
    stops = [
        Stop("activity running", "/company/activity/", device, "Somebody is logged in now"),
        Stop("permission running", "/company/permission/", device, "ends that session at once"),
        Stop("done running", "/company/done/", device, take_back),
        Stop(
            "activity ended",
            "/company/activity/",
            device,
            "It ended at once",
            do=lambda page: sent(page, "section form"),
        ),
    ]
    return onboarding, device, stops


def test_activity_and_the_staffs_side_fit_and_are_accessible(visit: Visit, world: World) -> None:
    one = world.one
    make_branding(one, YELLOW)
    owner = one.client(Role.OWNER)
    onboarding, _, stops = logged_in(world, one)
    nobody_yet = one.at("create_user", LONG)
    stops += [
        Stop("settings", "/settings/", owner, "Settings"),
        Stop("settings refused", "/settings/", owner, do=lambda page: sent(page, name="")),
        Stop(
            "staff admin", reverse("onboarding_admin", args=[onboarding.pk]), owner, "What they say is wrong"
        ),
        Stop("staff admin first", reverse("onboarding_admin", args=[nobody_yet.pk]), owner, "Who it is"),
        Stop(
            "staff acceptance", reverse("onboarding_acceptance", args=[nobody_yet.pk]), owner, "Who accepted"
        ),
        Stop("staff panel", one.url(onboarding, "create_user"), owner, "Tomato"),
    ]

    assert look_at_all(visit("contact-staff", bypass_csp=True), stops) == []
