"""Whose mailbox it is: no spelling of a colleague's address passes, and no name changes without a trace."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.models import Onboarding
from onboarding.services.contacts.people import address_of, fingerprint_of_email
from portal.lib.actor import Actor, Kind
from portal.tenants.roles import Role
from portal.tenants.services import add_staff
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.mailbox import ADDRESS, ADMIN, contact, deliver, invite, link_in
from tests.onboarding.views.html import message, page
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN = {"name": ADMIN, "email": ADDRESS, "language": "en"}


def name(partner: Partner, onboarding: Onboarding, role: Role = Role.OPERATOR, **given: str) -> object:
    return partner.client(role).post(
        reverse("onboarding_admin", args=[onboarding.pk]), {**GIVEN, **given}, follow=True
    )


@pytest.mark.parametrize(
    "email",
    [
        "operator@\uff41lpha.example",
        "operator@al\u00adpha.example",
        "Operator@ALPHA\u3002example.",
        "viewer@alpha.ex\u1d43mple",
        "operator+bill@alpha.example",
    ],
)
def test_no_spelling_of_a_colleagues_address_is_taken(world: World, email: str) -> None:
    one = world.one
    onboarding = one.start()

    refused = name(one, onboarding, Role.OWNER, email=email)

    assert page(refused).error("email")
    assert deliver(one) == []


def test_spellings_of_one_mailbox_are_one() -> None:
    plain = fingerprint_of_email("tom@muller.example")

    assert fingerprint_of_email(" TOM@\uff2duller.example") == plain
    assert fingerprint_of_email("tom@müller.example") == fingerprint_of_email("tom@xn--mller-kva.example")
    assert fingerprint_of_email("tom@müller.example") != plain
    assert address_of("Tom@\uff2dÜLLER.example") == "Tom@müller.example"
    assert address_of(f"tom@{'a' * 70}.example") == f"tom@{'a' * 70}.example"


def test_address_is_kept_in_the_spelling_that_mail_goes_to(world: World) -> None:
    one = world.one
    onboarding = one.start()

    name(one, onboarding, email="tom@\uff52ice.example")
    (sent,) = deliver(one)

    assert (contact(one, onboarding).email, sent.to) == ("tom@rice.example", ["tom@rice.example"])


def test_address_that_two_would_read_from_it_is_refused(world: World) -> None:
    one = world.one
    onboarding = one.start()

    refused = name(one, onboarding, email="tom@rice\uff20evil.example")

    assert page(refused).error("email") == "Enter a valid e-mail address."
    assert deliver(one) == []


def test_admin_who_becomes_staff_comes_in_no_more(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    onboarding, theirs = one.start(), two.start()
    inside, their_inside = visit(one, onboarding), visit(two, theirs)
    world.later(timedelta(minutes=2))
    invite(one, onboarding)
    link = link_in(deliver(one)[-1])

    add_staff(actor=Actor(Kind.COMMAND, one.pk, name="test"), email=ADDRESS, role=Role.OPERATOR)

    assert inside.get("/company/terms/").status_code == 403
    assert (Client().get(link).status_code, Client().post(link).status_code) == (410, 410)
    world.later(timedelta(minutes=2))
    sent = one.client().post(
        reverse("onboarding_admin_send", args=[onboarding.pk]), {"why": "invited"}, follow=True
    )
    assert "one of your own staff" in message(sent)[0]
    assert deliver(one) == []
    assert their_inside.get("/company/terms/").status_code == 200


def test_name_changes_with_a_trace_and_not_once_the_mailbox_is_confirmed(
    world: World, visit: Visiting
) -> None:
    one, two = world.one, world.two
    onboarding, theirs = one.start(), two.start()
    invite(two, theirs)
    invite(one, onboarding)
    link = link_in(deliver(one)[-1])

    name(one, onboarding, name="Somebody Else")
    name(one, onboarding, name="Somebody Else")
    traces = [entry for entry in one.entries(onboarding) if entry.tag == "contact.named"]
    assert Client().get(link).status_code == 200
    world.later(timedelta(minutes=2))
    visit(one, onboarding, name="Somebody Else")
    refused = name(one, onboarding, Role.OWNER, name="Another One")
    world.later(timedelta(minutes=2))
    name(one, onboarding, name="Somebody Else", language="es")

    assert [entry.content["fields"].get("was") for entry in traces] == [None, "T. S."]
    assert "confirmed their mailbox" in page(refused).error("name")
    now = contact(one, onboarding)
    assert (now.name, now.language) == ("Somebody Else", "es")
    assert two.tags(theirs).count("contact.named") == 1
