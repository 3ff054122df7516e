"""What the admin said on their pages, staff never make more of."""

from datetime import timedelta

import pytest
from django.urls import reverse

from onboarding.models import Connection, Onboarding, Scope
from onboarding.services import consent
from onboarding.states import Status, StepState
from portal.lib import clock
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.deciding import agreed, grant_of, log_in
from tests.onboarding.contacts.mailbox import ADDRESS, invite
from tests.onboarding.contacts.pages import agree, decide, shown
from tests.onboarding.views.html import page
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
SAID = {"given_by": "Tomato Soupsmith", "given_how": "by_phone"}


def attest(partner: Partner, onboarding: Onboarding, scope: str) -> tuple[int, str]:
    """Staff record this permission; the answer's status, and what is wrong with it."""
    given = {**SAID, "given_on": clock.now().date().isoformat(), "scope": scope}
    where = reverse("onboarding_permission", args=[onboarding.pk])
    answer = partner.client(Role.OWNER).post(where, given)
    return answer.status_code, page(answer).error("scope") if answer.status_code == 422 else ""


def let_attest(partner: Partner, may_attest: bool) -> None:
    with acting_for(partner.pk):
        Connection.objects.filter(pk=partner.connection.pk).update(attestation=may_attest)


def test_no_of_the_admin_is_not_overridden_by_staff(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "no")
    theirs = two.at("start_verification")

    refused = attest(one, onboarding, "staff")
    attest(two, theirs, "staff")
    world.drain()

    assert refused[0] == 422
    assert "page of their own" in refused[1]
    assert (grant_of(one, onboarding).scope, grant_of(one, onboarding).how) == ("verification", "here")
    assert log_in(world, one, onboarding) is None
    # Who has no admin here attests as before.
    assert grant_of(two, theirs).scope == Scope.STAFF
    read = one.client().get(reverse("onboarding_permission", args=[onboarding.pk]))
    assert "you can only record that they allow less" in shown(read)


def test_step_that_waits_for_the_admin_leads_to_them(world: World, visit: Visiting) -> None:
    """Recording is offered where it can succeed, and what would be refused is no choice."""
    one, two = world.one, world.two
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "open")
    admin.post("/company/permission/take-back/")
    theirs = two.at("start_verification")
    attest(two, theirs, "verification")
    world.drain()

    for partner, started, may_record in ((one, onboarding, False), (two, theirs, True)):
        step = partner.client().get(partner.url(started, "login_as_user"))
        where = reverse("onboarding_permission", args=[started.pk])
        assert "No permission for our staff is on record" in shown(step)
        assert ("took it back" in shown(step)) is not may_record
        assert f'href="{reverse("onboarding_admin", args=[started.pk])}">Ask the admin' in page(step).source
        assert ("Record a permission" in shown(step)) is may_record
        offered = {
            tag.attributes["value"]
            for tag in page(partner.client().get(where)).all("input")
            if tag.attributes.get("name") == "scope"
        }
        assert ("staff" in offered) is may_record
        assert "nothing" in offered
        assert "Record a permission" not in shown(
            partner.client(Role.VIEWER).get(partner.url(started, "login_as_user"))
        )


def test_admin_can_be_asked_after_the_end_too(world: World) -> None:
    one, two = world.one, world.two
    ended, running = one.at("start_verification"), two.at("start_verification")
    attest(one, ended, "nothing")
    world.drain()

    assert one.fresh(ended).is_closed
    for partner, onboarding in ((one, ended), (two, running)):
        read = shown(partner.client().get(partner.url(onboarding, "login_as_user")))
        assert "Ask the admin" in read
        assert "Record a permission" in read


def test_what_staff_take_back_only_the_admin_gives_again(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    onboarding, admin = agreed(world, visit, one, "start_verification")
    theirs = two.at("start_verification")

    less, *more = [attest(one, onboarding, scope) for scope in ("nothing", "verification", "staff")]
    of_theirs = [attest(two, theirs, scope)[0] for scope in ("nothing", "verification", "staff")]
    world.drain()
    read = one.client().get(reverse("onboarding_permission", args=[onboarding.pk]))

    assert less[0] == 302
    assert [(status, "page of their own" in why) for status, why in more] == [(422, True), (422, True)]
    assert (grant_of(one, onboarding).scope, world.sent("initiate_risk_verification")) == (Scope.NOTHING, 1)
    assert [tag.attributes["value"] for tag in page(read).all("input") if "scope" in str(tag.attributes)] == [
        "nothing"
    ]
    # Who has no admin here attests as before.
    assert (of_theirs, grant_of(two, theirs).scope) == ([302, 302, 302], Scope.STAFF)
    # The question is the admin's again, and their word starts the verification.
    agree(admin)
    world.drain()
    assert (grant_of(one, onboarding).scope, grant_of(one, onboarding).how) == (Scope.VERIFICATION, "here")
    assert one.step(onboarding, "start_verification").state == StepState.DONE


def test_permission_with_a_last_day_is_not_prolonged_by_staff(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "date", until=clock.now().date().isoformat())

    assert attest(one, onboarding, "staff")[0] == 422
    assert grant_of(one, onboarding).until is not None


def test_word_in_a_row_makes_no_more_of_it(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = one.at("create_user")
    agree(visit(one, onboarding))
    given = {**SAID, "given_on": clock.now().date().isoformat(), "scope": "staff"}

    with acting_for(one.pk):
        goes_on = consent.RECORDED_BEFORE["start_verification"](one.actor(), one.fresh(onboarding), given)

    assert goes_on
    assert (grant_of(one, onboarding).scope, grant_of(one, onboarding).how) == ("verification", "here")


def test_word_of_an_admin_who_was_replaced_binds_nobody(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "no")
    invite(one, onboarding, name="Newman Right", email="new@rice.example")

    assert attest(one, onboarding, "staff")[0] == 302
    assert grant_of(one, onboarding).scope == Scope.STAFF


def test_consent_of_the_admin_is_not_made_a_word_of_staff(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    for partner, may_attest in ((one, False), (two, True)):
        onboarding = partner.at("create_user")
        agree(visit(partner, onboarding))
        let_attest(partner, may_attest)

        status, why = attest(partner, onboarding, "verification")

        assert (status, "page of their own" in why) == (422, True)
        kept = grant_of(partner, onboarding)
        assert (kept.how, kept.with_terms, bool(kept.wording)) == ("here", True, True)


@pytest.mark.parametrize("may_attest", [True, False])
def test_what_staff_limit_stays_the_word_of_the_admin(
    world: World, visit: Visiting, may_attest: bool
) -> None:
    one, two = world.one, world.two
    onboarding, admin = agreed(world, visit, one)
    said = grant_of(one, onboarding)
    decide(admin, "open")
    theirs, their_admin = agreed(world, visit, two)
    decide(their_admin, "open")
    let_attest(one, may_attest)

    assert attest(one, onboarding, "verification")[0] == 302
    world.drain()

    left = grant_of(one, onboarding)
    assert (left.scope, left.how, left.with_terms) == (Scope.VERIFICATION, "here", True)
    kept = ("contact_id", "given_by", "given_on", "wording", "language", "ip", "attested_by_id")
    assert [getattr(left, name) for name in kept] == [getattr(said, name) for name in kept]
    assert log_in(world, one, onboarding) is None
    assert one.fresh(onboarding).status == Status.WAITING_ON_ADMIN
    assert "grant.withdrawn" in one.tags(onboarding)
    assert grant_of(two, theirs).scope == Scope.STAFF
    # The question is theirs again.
    decide(admin, "open")
    assert log_in(world, one, onboarding) is not None


def test_row_or_forged_step_does_not_limit_the_admins_word_to_one_of_staff(
    world: World, visit: Visiting
) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one, "start_verification")
    decide(admin, "open")
    given = {**SAID, "given_on": clock.now().date().isoformat(), "scope": "verification"}

    with acting_for(one.pk):
        held = consent.locked_onboarding(one.fresh(onboarding))
        consent.RECORDED_BEFORE["start_verification"](one.actor(), held, given)

    assert (grant_of(one, onboarding).how, grant_of(one, onboarding).with_terms) == ("here", True)


def test_word_of_staff_that_may_not_attest_any_more_is_only_limited(world: World) -> None:
    one, two = world.one, world.two
    onboarding, theirs = one.at("start_verification"), two.at("start_verification")
    for partner, about in ((one, onboarding), (two, theirs)):
        attest(partner, about, "staff")
    let_attest(one, False)

    with acting_for(one.pk):
        given = {**SAID, "given_by": "Whoever I Like", "given_on": "2026-01-02", "scope": "verification"}
        consent.change_grant(actor=one.actor(), onboarding=onboarding, values=given)

    left = grant_of(one, onboarding)
    assert (left.scope, left.given_by, left.how) == (Scope.VERIFICATION, SAID["given_by"], "by_phone")
    assert left.given_on == grant_of(two, theirs).given_on
    assert grant_of(two, theirs).scope == Scope.STAFF


def test_no_is_not_overridden_by_naming_another_admin_in_between(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    (onboarding, admin), (theirs, their_admin) = agreed(world, visit, one), agreed(world, visit, two)
    for partner, about, who in ((one, onboarding, admin), (two, theirs, their_admin)):
        decide(who, "no")
        invite(partner, about, name="Newman Right", email="new@rice.example")
        assert attest(partner, about, "staff")[0] == 302

    invite(one, onboarding, email=ADDRESS.upper())

    left = grant_of(one, onboarding)
    assert (left.scope, left.how, left.contact_id) == (Scope.VERIFICATION, "by_phone", None)
    assert attest(one, onboarding, "staff")[0] == 422
    assert log_in(world, one, onboarding) is None
    ended = [e.content["fields"] for e in one.entries(onboarding) if e.tag == "grant.withdrawn"][-1]
    assert (ended["how"], ended["scope"], ended["with_terms"]) == ("by phone", "verification", "yes")
    assert grant_of(two, theirs).scope == Scope.STAFF


def test_step_asks_staff_for_nothing_that_the_admin_gives(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    asked, recorded, offered = [], [], []
    for partner, email in ((one, ADDRESS), (two, "new@rice.example")):
        onboarding, _ = agreed(world, visit, partner, "start_verification")
        url = partner.url(onboarding, "start_verification")
        for address in ("other@rice.example", email):
            invite(partner, onboarding, email=address)
            world.later(timedelta(minutes=2))
        inputs = page(partner.client().get(url)).all("input")
        asked.append("scope" in {tag.attributes.get("name") for tag in inputs})
        partner.submit(onboarding, "start_verification")
        world.drain()
        offered.append("Record a permission" in shown(partner.client().get(url)))
        recorded.append(partner.fresh(onboarding).grant_id is not None)

    # Who said it before and is the admin again says it again; who never did can be attested for.
    assert (asked, recorded) == ([False, True], [False, True])
    assert offered == [False, False]


def test_permission_from_before_any_admin_was_named_outlives_a_change_of_the_address(world: World) -> None:
    one = world.one
    onboarding = one.at("login_as_user")
    attest(one, onboarding, "staff")
    world.later(timedelta(seconds=1))

    invite(one, onboarding, email="mistyped@rice.example")
    world.later(timedelta(minutes=2))
    invite(one, onboarding)

    assert grant_of(one, onboarding).scope == Scope.STAFF
    assert log_in(world, one, onboarding) is not None
