"""Who is asked without anybody pressing a button: whom BILL is to have as the user, and for the phone in time."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.models import Contact, Objection, Onboarding
from onboarding.services.contacts.asking import MOST_IN_A_DAY
from onboarding.states import Status, WaitsFor
from portal.lib.tenancy import acting_for
from portal.tenants.models import Staff
from portal.tenants.roles import Role
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.mailbox import code_in, come, contact, deliver, invite, link_in
from tests.onboarding.contacts.pages import agree, decide, read_details, shown
from tests.onboarding.imports.files import drive, row, rows_of, running, without_acceptance
from tests.onboarding.views.html import form_of, message, page
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
USER = {"by_admin": "on", "first_name": "Tomato", "last_name": "Soupsmith", "email": "tomato@rice.example"}


def enter_user(partner: Partner, onboarding: Onboarding, **given: str) -> None:
    """Step 3, with the admin accepting on their own page."""
    url, staff = partner.url(onboarding, "create_user"), partner.client()
    answer = staff.post(url, {**form_of(staff.get(url)), **USER, **given})
    assert answer.status_code == 302, page(answer).source
    partner.world.drain()


def test_user_is_asked_when_nobody_was_named(world: World) -> None:
    one, two = world.one, world.two
    onboarding = one.at("create_user")
    two.at("create_user")

    enter_user(one, onboarding)
    (sent,) = deliver(one)
    world.drain_for(timedelta(minutes=5), every=timedelta(minutes=1))

    named = contact(one, onboarding)
    assert (sent.to, named.name) == (["tomato@rice.example"], "Tomato Soupsmith")
    assert named.created_by_id == one.staff[Role.OPERATOR].pk
    assert one.fresh(onboarding).status == Status.WAITING_ON_ADMIN
    assert deliver(one) + deliver(two) == []
    with acting_for(two.pk):
        assert not Contact.objects.exists()


def test_page_says_that_they_were_asked(world: World) -> None:
    one = world.one
    onboarding = one.at("create_user")

    enter_user(one, onboarding)

    url = one.url(onboarding, "create_user")
    asked, seen_by_viewer = shown(one.client().get(url)), shown(one.client(Role.VIEWER).get(url))
    assert "Tomato Soupsmith was asked now. It goes on by itself with their answer." in asked
    assert "See what they were sent" in asked and "Ask the admin" not in asked
    assert "T. S. was asked now." in seen_by_viewer and "Soupsmith" not in seen_by_viewer


def test_page_offers_to_ask_again_when_the_link_was_taken_back(world: World) -> None:
    one = world.one
    onboarding = one.at("create_user")
    enter_user(one, onboarding)

    one.client().post(reverse("onboarding_admin_revoke", args=[onboarding.pk]))

    read = shown(one.client().get(one.url(onboarding, "create_user")))
    assert "Ask the admin" in read and "was asked" not in read


def test_who_was_named_already_is_not_asked_twice(world: World) -> None:
    one = world.one
    onboarding = one.at("create_user")
    invite(one, onboarding)
    deliver(one)

    enter_user(one, onboarding, email="other@rice.example")

    assert deliver(one) == []
    assert contact(one, onboarding).email == "tomato@rice.example"


def test_word_lets_the_user_be_created(world: World) -> None:
    one = world.one
    onboarding = one.at("create_user")
    enter_user(one, onboarding)
    device = come(one)

    agree(device)
    world.drain()

    assert one.step(onboarding, "create_user").state == "done"


def test_nobody_to_ask_is_ours_to_name(world: World) -> None:
    one = world.one
    onboarding = one.at("create_user")

    enter_user(one, onboarding, email="operator@alpha.example")
    nobody = one.fresh(onboarding)
    reads = shown(one.client().get(one.url(onboarding, "create_user")))
    invite(one, onboarding)
    world.drain()

    assert (nobody.status, nobody.waits_for) == (Status.WAITING_ON_STAFF, WaitsFor.STAFF)
    assert "nobody has been asked yet" in reads
    assert one.fresh(onboarding).status == Status.WAITING_ON_ADMIN
    assert [sent.to for sent in deliver(one)] == [["tomato@rice.example"]]


def test_portal_asks_though_who_entered_them_has_left(world: World) -> None:
    one = world.one
    onboarding = one.at("create_user")
    url, staff = one.url(onboarding, "create_user"), one.client()
    staff.post(url, {**form_of(staff.get(url)), **USER})
    with acting_for(one.pk):
        Staff.objects.filter(pk=one.staff[Role.OPERATOR].pk).update(is_active=False)

    world.drain()

    assert [sent.to for sent in deliver(one)] == [["tomato@rice.example"]]
    named = [entry for entry in one.entries(onboarding) if entry.tag == "contact.named"]
    assert [json.loads(entry.body)["actor"]["kind"] for entry in named] == ["system"]


def test_address_of_staff_is_left_to_staff_for_good(world: World) -> None:
    one = world.one
    onboarding = one.at("create_user")

    enter_user(one, onboarding, email="Operator+bill@alpha.example")
    world.drain_for(timedelta(hours=13), every=timedelta(minutes=30))

    reads = shown(one.client().get(one.url(onboarding, "create_user")))
    assert one.fresh(onboarding).status == Status.WAITING_ON_STAFF
    assert "nobody has been asked yet. This is the address of one of your own staff" in reads
    assert "Ask the admin" in reads and "Compare and decide" not in reads
    assert one.tags(onboarding).count("step.waiting") == 1
    assert deliver(one) == []


def test_one_mailbox_is_not_flooded(world: World) -> None:
    one, two = world.one, world.two
    emails = ["tomato@rice.example", "Tomato@RICE.example"] * MOST_IN_A_DAY
    rows = [without_acceptance(row("create_user", create_user__email=email)) for email in emails]
    begun = running(one, rows)
    running(two, rows[:1])
    drive(one)
    drive(two)
    first = deliver(one)

    left = [kept.onboarding for kept in rows_of(one, begun)]
    waiting = [o for o in left if o and one.fresh(o).status == Status.WAITING_ON_STAFF]
    words = shown(one.client().get(one.url(waiting[0], "create_user")))
    world.later(timedelta(hours=25))
    invite(one, waiting[0], email="tomato@rice.example")

    assert (len(first), len(deliver(two)), len(waiting)) == (MOST_IN_A_DAY, 1, len(rows) - MOST_IN_A_DAY)
    assert "leaves this one to you: name the admin, and send the link" in words
    assert [sent.to for sent in deliver(one)] == [["tomato@rice.example"]]


def test_answer_does_not_let_in_whose_link_was_taken_back(world: World) -> None:
    one = world.one
    onboarding = one.at("create_user")
    enter_user(one, onboarding)
    device = come(one)
    device.post("/company/details/name/", {"said-name": "It is an LLC"})
    one.client().post(reverse("onboarding_admin_revoke", args=[onboarding.pk]))
    world.later(timedelta(minutes=2))
    with acting_for(one.pk):
        objection = Objection.objects.get()

    one.client().post(
        reverse("onboarding_objection", args=[onboarding.pk, objection.pk]),
        {f"o{objection.pk.hex}-answer": "Corrected at BILL"},
    )
    reminded = one.client().post(
        reverse("onboarding_admin_send", args=[onboarding.pk]), {"why": "reminded"}, follow=True
    )

    assert "contact.answered" in one.tags(onboarding)
    assert "Their link was taken back" in message(reminded)[0]
    assert contact(one, onboarding).revoked_at is not None
    assert deliver(one) == []
    assert device.get("/company/details/").status_code != 200


def test_phone_is_asked_for_once_the_user_is_there(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    early, later = one.at("create_user"), two.at("create_user")
    for partner, onboarding in ((one, early), (two, later)):
        admin = visit(partner, onboarding)
        read_details(admin)
        agree(admin)
        decide(admin, "no")
        assert "We write to you then" in shown(admin.get("/company/done/"))
        deliver(partner)
    world.later(timedelta(minutes=2))

    enter_user(one, early)
    sent = deliver(one)
    world.drain_for(timedelta(minutes=10), every=timedelta(minutes=1))

    assert [one.subject for one in sent] == ["One thing is left for Rice Cakes Inc: your phone"]
    assert deliver(one) + deliver(two) == []
    device = Client()
    device.post(link_in(sent[0]))
    device.post(reverse("contact_code"), {"code": code_in(deliver(one)[0])})
    assert device.get("/company/").headers["Location"] == reverse(
        "contact_details"
    )  # the user was entered since
    read_details(device)
    assert device.get("/company/").headers["Location"] == reverse("contact_mfa")


def test_who_agrees_after_the_user_is_there_goes_on_at_once(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = one.at("add_risk_phone")
    agree(visit(one, onboarding))
    world.later(timedelta(minutes=2))

    one.submit(onboarding, "add_risk_phone")
    world.drain()

    assert deliver(one)[1:] == []  # the receipt, and nothing else


def test_admin_of_a_finished_onboarding_can_be_replaced(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = one.at("login_as_user")
    visit(one, onboarding)
    with acting_for(one.pk):
        Onboarding.objects.filter(pk=onboarding.pk).update(
            status=Status.DONE.value, closed_at=onboarding.created_at
        )
    panel, owner = reverse("onboarding_admin", args=[onboarding.pk]), one.client(Role.OWNER)
    world.later(timedelta(minutes=2))

    read = shown(owner.get(panel))
    given = {"name": "Basil Pestoson", "email": "basil@rice.example", "language": "en"}
    told = message(owner.post(panel, given, follow=True))

    assert "nothing is sent any more" not in read
    assert "is on its way to basil@rice.example" in told[0]
    assert [sent.to for sent in deliver(one)][-1] == ["basil@rice.example"]


def test_what_bill_asks_of_the_owner_sends_no_link(world: World) -> None:
    one = world.one
    onboarding = one.at("start_verification", "Held Cakes [hold]")
    one.submit(onboarding, "start_verification")
    world.drain_for(timedelta(minutes=10), every=timedelta(minutes=1))

    assert one.fresh(onboarding).status == Status.WAITING_ON_ADMIN
    assert deliver(one) == []
    with acting_for(one.pk):
        assert not Contact.objects.exists()


def test_cancelled_onboarding_asks_nobody(world: World) -> None:
    one = world.one
    onboarding = one.start()
    one.client().post(reverse("onboarding_cancel", args=[onboarding.pk]), {"reason": "They left us"})

    refused = one.client().post(
        reverse("onboarding_admin", args=[onboarding.pk]),
        {"name": "Tom", "email": "tom@rice.example", "language": "en"},
        follow=True,
    )

    assert "was cancelled" in message(refused)[0]
    assert deliver(one) == []
