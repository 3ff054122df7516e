"""Reminders: on the second and the fifth day, to whoever has something left to do, and to nobody else."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.models import Contact, Onboarding, Scope
from onboarding.services.contacts.details import fingerprint_of_details
from onboarding.services.contacts.inviting import revoke
from onboarding.services.contacts.reminding import remind_all
from onboarding.states import Status
from onboarding.tasks import remind
from portal.lib import clock
from portal.lib.tenancy import acting_for
from tests.onboarding.contacts.mailbox import ADDRESS, contact, deliver, invite, link_in
from tests.onboarding.views.rows import make_document, make_grant, make_mfa
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_reminders_go_out_on_the_second_and_the_fifth_day_and_no_more(world: World) -> None:
    partners = world.partners
    for partner in partners:
        invite(partner, partner.start())
        deliver(partner)
    days: dict[UUID, list[object]] = {partner.pk: [] for partner in partners}

    for half_day in range(1, 30):
        world.later(DAY / 2)
        remind()
        for partner in partners:
            days[partner.pk] += [(half_day / 2, sent.to) for sent in deliver(partner)]

    assert all(sent == [(2.0, [ADDRESS]), (5.0, [ADDRESS])] for sent in days.values())


def test_reminder_has_words_of_its_own_and_a_link_that_works(world: World) -> None:
    one = world.one
    onboarding = one.start()
    invite(one, onboarding)
    (first,) = deliver(one)
    world.later(2 * DAY)

    remind_all()

    (sent,) = deliver(one)
    assert sent.subject.startswith("A reminder: Alpha")
    assert "Some days ago Alpha asked you" in str(sent.body)
    assert Client().get(link_in(sent)).status_code == 200
    assert Client().get(link_in(first)).status_code == 410
    entry = one.entries(onboarding)[-1]
    assert (entry.tag, entry.content["actor"]["kind"]) == ("contact.invited", "system")
    assert "Reminders" in one.client().get(one.url(onboarding, "create_user")).content.decode()


def test_reminders_that_are_late_do_not_come_together(world: World) -> None:
    one = world.one
    invite(one, one.start())
    deliver(one)
    world.later(6 * DAY)

    assert [remind_all(), remind_all()] == [1, 0]
    world.later(HOUR)
    assert remind_all() == 0
    world.later(2 * DAY)
    assert remind_all() == 1


def say_not_me(partner: Partner, found: Contact, link: str) -> None:
    Client().post(f"{link}not-me/")


def take_back(partner: Partner, found: Contact, link: str) -> None:
    revoke(actor=partner.actor(), contact=found)


def take_back_after_use(partner: Partner, found: Contact, link: str) -> None:
    Client().post(link)
    revoke(actor=partner.actor(), contact=found)


def do_everything(partner: Partner, found: Contact, link: str) -> None:
    onboarding = found.onboarding
    make_document(partner, onboarding)
    make_grant(partner, onboarding, Scope.STAFF)
    make_mfa(partner, onboarding)
    with acting_for(partner.pk):
        Contact.objects.filter(pk=found.pk).update(seen_details=fingerprint_of_details(onboarding))


def finish_before_details_changed(partner: Partner, found: Contact, link: str) -> None:
    do_everything(partner, found, link)
    with acting_for(partner.pk):
        Contact.objects.filter(pk=found.pk).update(seen_details_at=clock.now(), seen_details=None)
        Onboarding.objects.filter(pk=found.onboarding_id).update(
            status=Status.DONE.value, closed_at=clock.now()
        )


def cancel(partner: Partner, found: Contact, link: str) -> None:
    where = reverse("onboarding_cancel", args=[found.onboarding_id])
    partner.client().post(where, {"reason": "The client left"})


@pytest.mark.parametrize(
    "happens",
    [say_not_me, take_back, take_back_after_use, do_everything, finish_before_details_changed, cancel],
)
def test_nobody_is_reminded_in_vain(world: World, happens: Callable[[Partner, Contact, str], None]) -> None:
    one, two = world.one, world.two
    for partner in world.partners:
        invite(partner, partner.start())
    link = link_in(deliver(one)[0])
    deliver(two)
    with acting_for(one.pk):
        found = Contact.objects.select_related("onboarding").get()

    happens(one, found, link)
    deliver(one)
    for _ in range(10):
        world.later(DAY)
        remind_all()

    assert deliver(one) == []
    assert len(deliver(two)) > 0


def test_fresh_link_begins_the_days_anew(world: World) -> None:
    one = world.one
    onboarding: Onboarding = one.start()
    invite(one, onboarding)
    world.later(2 * DAY - HOUR)
    one.client().post(reverse("onboarding_admin_send", args=[onboarding.pk]), {"why": "invited"})
    deliver(one)

    world.later(DAY)
    assert remind_all() == 0
    world.later(DAY)
    assert remind_all() == 1
    assert contact(one, onboarding).may_come
