"""The link that the admin is sent: once, to the right person, until it is used, replaced or taken back."""

import logging
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding.models import Contact, Invitation, Mail, Onboarding
from onboarding.services.contacts import mails
from portal.lib.logs import JsonFormatter
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.mailbox import ADDRESS, ADMIN, contact, deliver, invite, link_in
from tests.onboarding.views.html import message, page
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN = {"name": ADMIN, "email": ADDRESS, "language": "en"}


def admin(onboarding: Onboarding, act: str = "") -> str:
    return reverse(f"onboarding_admin{act}", args=[onboarding.pk])


def contacts(partner: Partner, onboarding: Onboarding) -> list[Contact]:
    with acting_for(partner.pk):
        return list(Contact.objects.filter(onboarding=onboarding).order_by("created_at"))


def invitations(partner: Partner, onboarding: Onboarding) -> list[Invitation]:
    with acting_for(partner.pk):
        return list(Invitation.objects.filter(contact__onboarding=onboarding).order_by("made_at"))


def test_admin_is_the_user_of_step_three_and_gets_a_link(world: World) -> None:
    one = world.one
    onboarding, client = one.at("create_user"), one.client()
    draft = {"first_name": "Tomato", "last_name": "Soupsmith", "email": ADDRESS, "version": "0"}
    client.post(one.url(onboarding, "create_user", "onboarding_draft"), draft)

    shown = page(client.get(admin(onboarding)))
    response = client.post(admin(onboarding), {**GIVEN, "language": "es"}, follow=True)
    (sent,) = deliver(one)

    assert (shown.value("name"), shown.value("email")) == (ADMIN, ADDRESS)
    assert message(response) == [f"The link is on its way to {ADDRESS}."]
    assert sent.to == [ADDRESS]
    assert Client().get(link_in(sent)).status_code == 200
    assert contact(one, onboarding).language == "es"
    assert [tag for tag in one.tags(onboarding) if tag.startswith("contact.")] == [
        "contact.named",
        "contact.invited",
    ]
    assert deliver(world.two) == []


def test_second_click_sends_no_second_mail(world: World) -> None:
    one = world.one
    onboarding, client = one.start(), one.client()

    responses = [client.post(admin(onboarding), GIVEN, follow=True) for _ in range(2)]
    client.post(admin(onboarding, "_send"), {"why": "reminded"})

    assert message(responses[1]) == ["A link was sent less than a minute ago."]
    assert len(deliver(one)) == 1
    assert len(contacts(one, onboarding)) == len(invitations(one, onboarding)) == 1


def test_fresh_link_takes_the_place_of_the_one_before(world: World) -> None:
    one = world.one
    onboarding, client = one.start(), one.client()
    invite(one, onboarding)
    (first,) = deliver(one)
    world.later(timedelta(minutes=2))

    client.post(admin(onboarding, "_send"), {"why": "reminded"})
    (second,) = deliver(one)

    assert Client().get(link_in(first)).status_code == 410
    assert Client().get(link_in(second)).status_code == 200
    assert [one.why for one in invitations(one, onboarding)] == ["invited", "reminded"]


def test_link_is_not_used_up_by_those_who_only_look(world: World) -> None:
    one = world.one
    onboarding = one.start()
    invite(one, onboarding)
    link = link_in(deliver(one)[0])

    for _ in range(3):
        assert Client().get(link).status_code == 200
        assert Client().head(link).status_code == 200
    (looked,) = invitations(one, onboarding)
    first, second = Client().post(link), Client().post(link)

    assert looked.looked_at
    assert not looked.used_at
    assert first.headers["Location"] == reverse("contact_code")
    assert second.status_code == 410


def test_another_address_needs_an_owner(world: World, visit: Visiting) -> None:
    one, other = world.one, {**GIVEN, "email": "other@rice.example"}
    onboarding = one.start()
    device = visit(one, onboarding)

    refused = one.client().post(admin(onboarding), other)
    before = contacts(one, onboarding)
    world.later(timedelta(minutes=2))
    one.client(Role.OWNER).post(admin(onboarding), other)

    assert refused.status_code == 422
    assert "Only an owner" in page(refused).error("email")
    assert len(before) == 1
    assert [known.email for known in contacts(one, onboarding)] == [ADDRESS, "other@rice.example"]
    assert [sent.to for sent in deliver(one)] == [["other@rice.example"]]
    assert device.get(reverse("contact_code")).status_code == 403


def test_address_of_a_colleague_is_refused(world: World) -> None:
    one = world.one
    onboarding, client = one.start(), one.client(Role.OWNER)

    refused = client.post(admin(onboarding), {**GIVEN, "email": "Viewer@Alpha.example "})

    assert "one of your own staff" in page(refused).error("email")
    assert contacts(one, onboarding) == []
    assert deliver(one) == []


def test_link_that_is_taken_back_opens_nothing(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    onboarding, theirs = one.start(), two.start()
    device, their_device = visit(one, onboarding), visit(two, theirs)
    world.later(timedelta(minutes=2))
    one.client().post(admin(onboarding, "_send"), {"why": "invited"})
    link = link_in(deliver(one)[0])

    for _ in range(2):
        one.client().post(admin(onboarding, "_revoke"))
    # The way back to a fresh link is closed, too: the address may be the wrong one.
    world.later(timedelta(minutes=2))
    Client().post(reverse("contact_ask"), {"email": ADDRESS})

    assert device.get(reverse("contact_code")).status_code == 403
    assert "taken back" in Client().get(link).content.decode()
    assert Client().post(link).status_code == 410
    assert deliver(one) == []
    assert one.tags(onboarding).count("contact.revoked") == 1
    assert their_device.get(reverse("contact_code")).status_code == 302


def test_link_that_was_taken_back_can_be_sent_anew_at_once(world: World) -> None:
    one = world.one
    onboarding, client = one.start(), one.client()
    invite(one, onboarding)
    client.post(admin(onboarding, "_revoke"))

    client.post(admin(onboarding, "_send"), {"why": "invited"})

    (sent,) = deliver(one)
    assert Client().get(link_in(sent)).status_code == 200


def test_person_who_says_not_me_gets_nothing_more(world: World) -> None:
    one = world.one
    onboarding, client = one.start(), one.client()
    invite(one, onboarding)
    token = link_in(deliver(one)[0]).split("/")[-2]

    Client().post(reverse("contact_not_me", args=[token]))
    world.later(timedelta(minutes=2))
    client.post(admin(onboarding, "_send"), {"why": "invited"})
    refused = client.post(admin(onboarding), GIVEN)

    assert deliver(one) == []
    assert "It is not me" in client.get(admin(onboarding)).content.decode()
    assert "It is not me" in client.get(one.url(onboarding, "create_user")).content.decode()
    assert "Only an owner" in page(refused).error("email")
    one.client(Role.OWNER).post(admin(onboarding), {**GIVEN, "email": "right@rice.example"})
    assert [sent.to for sent in deliver(one)] == [["right@rice.example"]]


def test_nothing_is_sent_for_an_onboarding_that_has_ended(world: World) -> None:
    one = world.one
    onboarding, client = one.start(), one.client()
    client.post(reverse("onboarding_cancel", args=[onboarding.pk]), {"reason": "The client left"})

    client.post(admin(onboarding), GIVEN)

    assert contacts(one, onboarding) == []
    assert "nothing is sent any more" in client.get(admin(onboarding)).content.decode()


@pytest.fixture
def refusing_server(settings: Settings) -> Iterator[None]:
    """A mail server that turns everybody away."""
    listener = socket.create_server(("127.0.0.1", 0))

    def turn_away() -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            with caller:
                caller.sendall(b"554 No mail is taken here\r\n")

    answering = threading.Thread(target=turn_away)
    answering.start()
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = listener.getsockname()
    yield
    settings.EMAIL_BACKEND = backend
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    answering.join(timeout=5)


def test_mail_that_a_server_refuses_goes_out_later(
    world: World, settings: Settings, refusing_server: None
) -> None:
    one = world.one
    onboarding, client = one.start(), one.client()
    invite(one, onboarding)

    assert deliver(one) == []
    assert deliver(one) == []  # not due again yet
    shown = client.get(admin(onboarding)).content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    world.later(mails.WAITS[0])

    (sent,) = deliver(one)
    assert "A mail could not be sent (SMTPConnectError), tried once. It is tried again by itself." in shown
    assert sent.to == [ADDRESS]
    assert "could not be sent" not in client.get(admin(onboarding)).content.decode()
    with acting_for(one.pk):
        (row,) = Mail.objects.all()
    assert (row.tries, row.facts, row.due_at) == (2, {}, None)
    assert row.sent_at


def test_mails_after_the_first_are_in_the_language_of_the_browser(world: World) -> None:
    one = world.one
    onboarding = one.at("create_user")
    invite(one, onboarding)

    Client(headers={"Accept-Language": "es-MX,es;q=0.9"}).post(link_in(deliver(one)[-1]))

    assert contact(one, onboarding).language == "es"
    assert "es su código" in deliver(one)[-1].subject


def test_mail_that_cannot_be_written_is_not_tried_for_ever(world: World) -> None:
    one = world.one
    onboarding = one.start()
    with acting_for(one.pk):
        mail = mails.write(invite(one, onboarding), "no_such_kind")
        Mail.objects.filter(pk=mail.pk).update(tries=mails.GIVE_UP_AFTER - 1)

    assert not mails.send(one.pk, mail.pk)

    with acting_for(one.pk):
        mail.refresh_from_db()
    assert (mail.due_at, mail.problem) == (None, "TemplateDoesNotExist")


def test_only_pages_behind_a_link_are_kept_from_search_engines(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = one.start()
    invite(one, onboarding)
    link, mark = link_in(deliver(one)[-1]), '<meta name="robots" content="noindex">'
    admin = visit(one, one.start("Other Noodles"))

    behind = [Client().get(path).content.decode() for path in (link, f"{link}not-me/", "/company/link/x/")]
    others = [admin.get(path).content.decode() for path in ("/company/ask/", "/company/terms/")]

    assert [mark in text for text in behind] == [True] * 3
    assert [mark in text for text in others] == [False] * 2


def test_link_opened_again_on_the_same_phone_goes_on(world: World) -> None:
    one, two = world.one, world.two
    invite(one, one.start())
    invite(two, two.start())
    link, theirs = link_in(deliver(one)[0]), link_in(deliver(two)[0])
    phone, tablet = Client(), Client()
    phone.post(link)
    tablet.post(theirs)

    again = phone.get(link)

    assert (again.status_code, again.headers["Location"]) == (302, reverse("contact_home"))
    assert phone.get(theirs).status_code == 410
    assert (tablet.get(link).status_code, Client().get(link).status_code) == (410, 410)


def test_link_is_not_readable_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    one = world.one
    invite(one, one.start())
    link = link_in(deliver(one)[-1])
    caplog.handler.setFormatter(JsonFormatter())

    Client(enforce_csrf_checks=True).post(link)
    Client(enforce_csrf_checks=True).post(f"{link}not-me/")
    for name in ("django.request", "portal", "bill"):
        try:
            raise ValueError(f"GET https://portal.example{link}?next=1")
        except ValueError:
            logging.getLogger(name).exception("Internal Server Error: %s", link)

    token = link.split("/")[-2]
    assert (token in caplog.text, caplog.text.count("/company/link/•••/")) == (False, 8)
    assert "CSRF cookie not set" in caplog.text
    assert Client().post(link).status_code == 302


@pytest.mark.parametrize(
    ("language", "words", "direction"),
    [
        ("en", "Your browser did not send back our cookie", "ltr"),
        ("es", "Su navegador no devolvió nuestra cookie", "ltr"),
        ("ar", "لم يُعِد متصفحك", "rtl"),
    ],
)
def test_browser_without_cookies_is_told_so_in_its_language(
    world: World, language: str, words: str, direction: str
) -> None:
    one = world.one
    invite(one, one.start())
    link = link_in(deliver(one)[-1])
    browser = Client(enforce_csrf_checks=True, headers={"Accept-Language": language})
    code = reverse("contact_code")

    pages = [
        (browser.post(link), link),
        (browser.post(reverse("contact_leave")), "/company/"),
        (browser.post(reverse("contact_code_again"), headers={"Referer": f"http://testserver{code}"}), code),
        (browser.post(code, headers={"Referer": "http://elsewhere.example/onboardings/"}), "/company/"),
    ]

    for answer, back in pages:
        text = answer.content.decode()
        assert (answer.status_code, words in text, f'dir="{direction}"' in text) == (403, True, True)
        assert f'class="button primary" href="{back}"' in text
        assert answer.headers["Content-Language"] == language
    staff = browser.post(reverse("account_login"), {}).content.decode()
    assert "This page was open for too long" in staff
    assert Client().get(link).status_code == 200
