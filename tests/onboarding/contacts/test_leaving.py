"""What an admin said on their pages, once they are not the admin any more or cannot come back."""

from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.models import Onboarding, Scope
from onboarding.states import Status, StepState
from portal.lib.tenancy import acting_for
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.deciding import REASON, agreed, grant_of, log_in, session_of
from tests.onboarding.contacts.mailbox import ADDRESS, ADMIN, code_in, come, deliver, invite, link_in
from tests.onboarding.contacts.pages import agree, decide, shown
from tests.onboarding.executors import drive_step, in_thread
from tests.onboarding.views.html import form_of, message
from tests.onboarding.views.rows import make_grant
from tests.processes.conftest import until
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
NEW = {"name": "Newman Right", "email": "new@rice.example"}
USER = {"by_admin": "on", "first_name": "Tomato", "last_name": "Soupsmith", "email": ADDRESS}
TERMS = "/company/terms/"


def send_user(world: World, partner: Partner, onboarding: Onboarding) -> None:
    url, staff = partner.url(onboarding, "create_user"), partner.client()
    assert staff.post(url, {**form_of(staff.get(url)), **USER}).status_code == 302
    world.drain()


def come_with_link(partner: Partner, onboarding: Onboarding) -> tuple[Client, str]:
    """A device, and the link that it was opened with."""
    invite(partner, onboarding)
    device, link = Client(), link_in(deliver(partner)[-1])
    device.post(link)
    device.post(reverse("contact_code"), {"code": code_in(deliver(partner)[-1])})
    return device, link


def not_me(link: str) -> None:
    assert Client().post(f"{link}not-me/").status_code == 200


def revoke(partner: Partner, onboarding: Onboarding) -> list[str]:
    return message(
        partner.client().post(reverse("onboarding_admin_revoke", args=[onboarding.pk]), follow=True)
    )


def words(partner: Partner, onboarding: Onboarding) -> tuple[bool, bool]:
    """Whether an acceptance and a permission count now."""
    now = partner.fresh(onboarding)
    return now.acceptance_id is not None, now.grant_id is not None


def test_new_admin_is_asked_and_bill_is_told_nothing_on_the_old_ones_word(
    world: World, visit: Visiting
) -> None:
    one, two = world.one, world.two
    onboarding, theirs = one.at("create_user"), two.at("create_user")
    for partner, about in ((one, onboarding), (two, theirs)):
        agree(visit(partner, about))

    new = visit(one, onboarding, **NEW)
    send_user(world, one, onboarding)
    waited = (one.fresh(onboarding).status, world.sent("create_partner_user"))
    asked = form_of(new.get(TERMS))
    agree(new)
    world.drain()

    assert waited == (Status.WAITING_ON_ADMIN, 0)
    assert (asked["terms"], asked["consent"]) == ("", "")
    assert one.step(onboarding, "create_user").state == StepState.DONE
    with acting_for(one.pk):
        given = [word.accepted_by for word in onboarding.acceptances.order_by("recorded_at")]
    assert given == [ADMIN, NEW["name"]]
    assert {"terms.withdrawn", "grant.withdrawn"} <= set(one.tags(onboarding))
    assert words(two, theirs) == (True, True)


def test_step_that_was_sent_off_waits_again_for_the_new_admin(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = one.at("create_user")
    agree(visit(one, onboarding))
    url, staff = one.url(onboarding, "create_user"), one.client()
    staff.post(url, {**form_of(staff.get(url)), **USER})

    invite(one, onboarding, **NEW)
    world.drain()

    assert (one.step(onboarding, "create_user").state, world.sent("create_partner_user")) == ("waiting", 0)
    assert one.fresh(onboarding).status == Status.WAITING_ON_ADMIN


def test_person_who_says_not_me_has_agreed_to_nothing(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    onboarding, theirs = one.at("create_user"), two.at("create_user")
    device, link = come_with_link(one, onboarding)
    agree(device)
    agree(visit(two, theirs))

    not_me(link)
    send_user(world, one, onboarding)

    assert words(one, onboarding) == (False, False)
    assert (one.fresh(onboarding).bill_user_id, world.sent("create_partner_user")) == ("", 0)
    assert words(two, theirs) == (True, True)


def test_acceptance_that_bill_was_told_stays_and_the_rest_is_asked_anew(
    world: World, visit: Visiting
) -> None:
    one = world.one
    onboarding, _ = agreed(world, visit, one, "start_verification")

    new = visit(one, onboarding, **NEW)
    asked = form_of(new.get(TERMS))
    url, staff = one.url(onboarding, "start_verification"), one.client()
    staff.post(url, {**form_of(staff.get(url)), "by_admin": "on"})
    world.drain()
    waited = (one.fresh(onboarding).status, world.sent("initiate_risk_verification"))
    agree(new)
    world.drain()

    assert "terms" not in asked
    assert (asked["consent"], waited) == ("", (Status.WAITING_ON_ADMIN, 0))
    assert world.sent("initiate_risk_verification") == 1
    said = shown(new.get(TERMS))
    assert "BILL’s terms were accepted on" in said
    assert ADMIN not in said
    with acting_for(one.pk):
        assert onboarding.acceptances.count() == 1


def test_acceptance_that_bill_may_have_been_told_stays(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    onboarding, theirs = one.at("create_user"), two.at("create_user")
    device, link = come_with_link(one, onboarding)
    agree(device)
    agree(visit(two, theirs))
    world.simulator.arm("lose_reply", "create_partner_user")
    send_user(world, one, onboarding)
    state = one.step(onboarding, "create_user").state

    not_me(link)
    world.drain_for(timedelta(minutes=5))

    assert state == StepState.UNKNOWN
    assert one.step(onboarding, "create_user").state == StepState.DONE
    assert (words(one, onboarding), words(two, theirs)) == ((True, False), (True, True))
    assert "terms.withdrawn" not in one.tags(onboarding)


@pytest.mark.parametrize("fault", ["reject", "refuse"])
def test_acceptance_that_bill_was_not_told_is_withdrawn(world: World, fault: str) -> None:
    one = world.one
    onboarding = one.at("create_user")
    device, link = come_with_link(one, onboarding)
    agree(device)
    world.simulator.arm(fault, "create_partner_user" if fault == "reject" else "*")
    send_user(world, one, onboarding)
    world.simulator.disarm()

    not_me(link)

    assert words(one, onboarding) == (False, False)
    assert "terms.withdrawn" in one.tags(onboarding)


def test_acceptance_that_bill_is_told_just_now_stays(world: World) -> None:
    one = world.one
    onboarding = one.at("create_user")
    device, link = come_with_link(one, onboarding)
    agree(device)
    url, staff = one.url(onboarding, "create_user"), one.client()
    staff.post(url, {**form_of(staff.get(url)), **USER})
    world.simulator.arm("delay", "create_partner_user", seconds=0.7)

    under_way = in_thread(partial(drive_step, one, onboarding, "create_user"))
    until(lambda: world.sent("create_partner_user"), "the call")
    not_me(link)
    under_way.join()

    assert words(one, onboarding) == (True, False)
    assert one.step(onboarding, "create_user").state == StepState.DONE


def test_check_is_followed_again_once_the_new_admin_consents(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, _ = agreed(world, visit, one)
    new = visit(one, onboarding, **NEW)
    world.drain_for(timedelta(minutes=1))
    stopped = one.step(onboarding, "follow_decision")
    looks = world.sent("get_risk_verification")

    agree(new)
    world.drain_for(timedelta(minutes=1))

    assert (stopped.state, stopped.due_at, looks) == (StepState.WAITING, None, 0)
    assert one.step(onboarding, "follow_decision").state == StepState.DONE


@pytest.mark.parametrize("answer", ["open", "no"])
def test_new_admin_answers_for_people_anew(world: World, visit: Visiting, answer: str) -> None:
    one = world.one
    onboarding, old = agreed(world, visit, one)
    decide(old, answer)

    new = visit(one, onboarding, **NEW)
    agree(new)
    world.drain()

    assert grant_of(one, onboarding).with_terms
    assert one.step(onboarding, "login_as_user").state == StepState.NOT_STARTED
    assert one.fresh(onboarding).waits_for == "admin"
    assert form_of(new.get("/company/permission/"))["how_long"] == ""
    decide(new, "open")
    assert log_in(world, one, onboarding) is not None


def test_link_taken_back_ends_the_permission_and_a_running_session(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "open", device="on")
    session = log_in(world, one, onboarding)
    theirs, their_admin = agreed(world, visit, two)
    decide(their_admin, "open")
    their_session = log_in(world, two, theirs)
    assert session is not None
    assert their_session is not None

    told = revoke(one, onboarding)
    world.drain()
    again = one.client().post(reverse("onboarding_login_as", args=[onboarding.pk]), REASON)
    world.drain()

    left = grant_of(one, onboarding)
    assert (left.scope, left.device, left.with_terms) == (Scope.VERIFICATION, False, True)
    assert session_of(one, session).ended_at is not None
    assert "ended with it" in told[1]
    assert (again.status_code, one.tags(onboarding).count("login_as.started")) == (302, 1)
    assert one.tags(onboarding).count("grant.withdrawn") == 1
    assert session_of(two, their_session).ended_at is None
    assert grant_of(two, theirs).scope == Scope.STAFF


def test_person_who_says_not_me_lets_nobody_in(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = one.at("create_user")
    device, link = come_with_link(one, onboarding)
    agree(device)
    decide(device, "open")
    send_user(world, one, onboarding)
    for step in ("add_risk_phone", "start_verification"):
        given = {"phone": "4085550199", "phone_type": "MOBILE"} if step == "add_risk_phone" else {}
        url, staff = one.url(onboarding, step), one.client()
        staff.post(url, {**form_of(staff.get(url)), **given})
        world.drain()
    session = log_in(world, one, onboarding)
    assert session is not None

    not_me(link)
    world.drain()

    assert words(one, onboarding) == (True, False)
    assert session_of(one, session).how_ended.startswith("by the admin (T. S.)")
    assert one.tags(onboarding).count("grant.withdrawn") == 1


def test_link_sent_anew_lets_the_admin_decide_again(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "open")
    revoke(one, onboarding)

    one.client().post(reverse("onboarding_admin_send", args=[onboarding.pk]), {"why": "invited"})
    back = come(one)

    assert "The portal’s own sessions" in shown(back.get(TERMS))
    decide(back, "open")
    assert log_in(world, one, onboarding) is not None


def test_link_taken_back_ends_nothing_where_nobody_was_let_in(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "no")

    told = revoke(one, onboarding)

    assert len(told) == 1
    assert not grant_of(one, onboarding).with_terms
    assert one.step(onboarding, "login_as_user").state == StepState.NOT_PERMITTED


def test_link_taken_back_leaves_what_staff_attested_before_and_nothing_the_admin_never_said(
    world: World, visit: Visiting
) -> None:
    one, two = world.one, world.two
    found = []
    for partner in (one, two):
        onboarding = partner.at("create_user")
        make_grant(partner, onboarding, Scope.VERIFICATION)
        world.later(timedelta(seconds=1))
        admin = visit(partner, onboarding)
        decide(admin, "open")
        found.append(onboarding)
    onboarding, theirs = found
    with acting_for(one.pk):
        before = onboarding.grants.order_by("recorded_at")[0]

    revoke(one, onboarding)

    left = grant_of(one, onboarding)
    kept = ("how", "given_by", "given_on", "contact_id", "attested_by_id", "wording")
    assert [getattr(left, name) for name in kept] == [getattr(before, name) for name in kept]
    assert (left.scope, left.how, left.contact_id) == (Scope.VERIFICATION, "by_email", None)
    told = [e.content["fields"] for e in one.entries(onboarding) if e.tag == "grant.withdrawn"]
    assert [one["how"] for one in told] == ["here"]
    assert grant_of(two, theirs).scope == Scope.STAFF
