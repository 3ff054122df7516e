"""The way back: few mails, no link voided by a stranger, and the same answer at the same time for every address."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from onboarding import tasks
from onboarding.engine import wake
from onboarding.models import Contact, Invitation, Mail
from onboarding.services.contacts import fresh_links
from onboarding.services.contacts.people import fingerprint_of_email
from portal.lib.tenancy import acting_for
from tests.onboarding.contacts.mailbox import ADDRESS, deliver, invite, link_in
from tests.onboarding.contacts.pages import shown
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)
STRANGER = "203.0.113.9"
send_links = wake.send_links


def ask(email: str = ADDRESS) -> Any:
    """Without the ten minutes' limit, which goes by the wall clock."""
    cache.clear()
    answer = Client(REMOTE_ADDR=STRANGER).post(reverse("contact_ask"), {"email": email})
    assert answer.status_code == 200
    return answer


def test_stranger_who_asks_voids_no_young_link(world: World) -> None:
    one, two = world.one, world.two
    onboarding = one.start()
    invite(one, onboarding)
    invite(two, two.start(), email="other@beta.example")
    link = link_in(deliver(one)[-1])
    world.later(2 * MINUTE)

    ask()
    (again,) = deliver(one)

    assert link_in(again) == link
    assert Client().post(link).status_code == 302
    assert len(deliver(two)) == 1  # the invitation itself
    with acting_for(one.pk):
        assert Invitation.objects.filter(contact__onboarding=onboarding).count() == 1


def test_older_link_is_replaced(world: World) -> None:
    one = world.one
    invite(one, one.start())
    link = link_in(deliver(one)[-1])
    world.later(11 * MINUTE)

    ask()
    (fresh,) = deliver(one)

    assert link_in(fresh) != link
    assert Client().get(link).status_code == 410
    assert Client().get(link_in(fresh)).status_code == 200
    assert deliver(world.two) == []


def test_link_that_was_used_is_replaced_at_once(world: World) -> None:
    one = world.one
    invite(one, one.start())
    link = link_in(deliver(one)[-1])
    Client().post(link)
    deliver(one)
    world.later(2 * MINUTE)

    ask()

    assert link_in(deliver(one)[-1]) != link
    assert deliver(world.two) == []


def test_address_of_many_gets_three_mails_a_day(world: World) -> None:
    partners = (world.one, world.two)
    for partner in partners:
        for number in range(3):
            invite(partner, partner.start(f"Company {number}"))
        deliver(partner)
    world.later(11 * MINUTE)

    sent = []
    for _ in range(4):
        ask()
        sent += [message for partner in partners for message in deliver(partner)]
        world.later(15 * MINUTE)

    assert len(sent) == fresh_links.MOST_IN_A_DAY
    world.later(timedelta(days=1))
    ask()
    later = [message for partner in partners for message in deliver(partner)]
    # Another day, those who were left out come first.
    assert len(later) == fresh_links.MOST_IN_A_DAY
    with acting_for(world.one.pk):
        asked = set(Contact.objects.filter(mails__kind="asked").values_list("pk", flat=True))
    with acting_for(world.two.pk):
        asked |= set(Contact.objects.filter(mails__kind="asked").values_list("pk", flat=True))
    assert len(asked) == 6


def asked_of(partner: Partner) -> list[str]:
    """The onboardings whose admins got a link that was asked for, in the order of the mails."""
    with acting_for(partner.pk):
        sent = Mail.objects.filter(kind="asked").order_by("made_at")
        return list(sent.values_list("contact__onboarding__name", flat=True))


def test_each_of_very_many_gets_their_turn(world: World) -> None:
    one, two = world.one, world.two
    for number in range(53):
        invite(one, one.start(f"Company {number}"))
    invite(two, two.start(), email="other@beta.example")
    world.later(11 * MINUTE)

    for _ in range(18):
        ask()
        world.later(11 * MINUTE)
        ask()  # the three of this day are sent
        world.later(timedelta(days=1))

    sent = asked_of(one)
    assert len(sent) == 18 * fresh_links.MOST_IN_A_DAY
    assert len(set(sent)) == 53
    assert asked_of(two) == []


def test_company_of_another_tenant_takes_nobodys_turn(world: World) -> None:
    one, two = world.one, world.two
    invite(one, one.start("Rice Cakes"))
    world.later(11 * MINUTE)
    ask()
    for number in range(6):
        invite(two, two.start(f"Named by a stranger {number}"))
    for _ in range(2):
        world.later(timedelta(days=1))
        ask()

    assert asked_of(one) == ["Rice Cakes"] * 3
    assert len(asked_of(two)) == 4


def test_cancelled_onboarding_comes_last(world: World) -> None:
    one, two = world.one, world.two
    for partner, live in ((one, 3), (two, 0)):
        for name in (*(f"Live {number}" for number in range(live)), "Cancelled"):
            onboarding = partner.start(name)
            invite(partner, onboarding, email=f"{partner.tenant.slug}@rice.example")
        world.drain()
        where = reverse("onboarding_cancel", args=[onboarding.pk])
        assert partner.client().post(where, {"reason": "We stop this one"}).status_code == 302
    world.later(11 * MINUTE)

    for partner in (one, two):
        ask(f"{partner.tenant.slug}@rice.example")

    assert sorted(asked_of(one)) == ["Live 0", "Live 1", "Live 2"]
    # What staff did there can still be read.
    assert asked_of(two) == ["Cancelled"]


def test_same_link_counts_among_the_mails_of_a_day(world: World) -> None:
    one = world.one
    invite(one, one.start())
    deliver(one)

    sent = 0
    for _ in range(8):
        world.later(2 * MINUTE)
        ask()
        sent += len(deliver(one))

    assert sent == fresh_links.MOST_IN_A_DAY
    assert deliver(world.two) == []


def test_worker_gets_a_fingerprint_and_sends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = world.one, world.two
    invite(one, one.start())
    deliver(one)
    world.later(11 * MINUTE)
    monkeypatch.setattr(wake, "send_links", send_links)
    published: list[tuple[str, dict[str, str]]] = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, kwargs, **_: published.append((name, kwargs)), raising=False
    )

    texts = [shown(ask(email)).partition("Request")[0] for email in (ADDRESS, "nobody@rice.example")]
    nothing_yet = deliver(one)

    assert texts[0].replace(ADDRESS, "") == texts[1].replace("nobody@rice.example", "")
    assert nothing_yet == []
    (name, given), (_, unknown) = published
    assert name == tasks.send_links.name
    assert given["address"] == fingerprint_of_email(ADDRESS).hex()
    assert (ADDRESS in str(published), given["ip"], given.keys()) == (False, STRANGER, unknown.keys())
    for message in (given, unknown):
        tasks.send_links(**message)
    assert len(deliver(one)) == 1
    assert deliver(two) == []
    told = one.entries()[-1].content
    assert (told["tag"], told["ip"]) == ("contact.invited", STRANGER)


def test_request_sends_it_while_the_broker_is_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one = world.one
    invite(one, one.start())
    deliver(one)
    world.later(11 * MINUTE)
    monkeypatch.setattr(wake, "send_links", send_links)

    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError

    monkeypatch.setattr(current_app, "send_task", away, raising=False)

    ask()

    assert len(deliver(one)) == 1
    assert deliver(world.two) == []


def test_spellings_of_one_address_count_as_one(world: World) -> None:
    one = world.one
    invite(one, one.start())
    cache.clear()
    asking = Client(REMOTE_ADDR=STRANGER)

    codes = [
        asking.post(reverse("contact_ask"), {"email": email}).status_code
        for email in (ADDRESS, ADDRESS.capitalize(), ADDRESS.upper(), ADDRESS.replace("o", "O"))
    ]
    other = asking.post(reverse("contact_ask"), {"email": "other@beta.example"}).status_code

    assert (codes, other) == ([200, 200, 200, 429], 200)


def test_many_who_ask_at_once_get_three_mails(world: World) -> None:
    partners = (world.one, world.two)
    for partner in partners:
        for number in range(4):
            invite(partner, partner.start(f"Company {number}"))
        deliver(partner)
    world.later(11 * MINUTE)
    address, together = fingerprint_of_email(ADDRESS), threading.Barrier(8)

    def ask_with_all() -> None:
        together.wait()
        try:
            fresh_links.send_links(address, ip=STRANGER, request_id="together")
        finally:
            connection.close()

    asking = [threading.Thread(target=ask_with_all) for _ in range(8)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()

    assert sum(len(deliver(partner)) for partner in partners) == fresh_links.MOST_IN_A_DAY
