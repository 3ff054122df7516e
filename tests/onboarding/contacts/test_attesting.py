"""What the admin said on their pages, staff never make more of."""

import pytest
from django.urls import reverse

from onboarding.models import Onboarding, Scope
from onboarding.services import consent
from onboarding.states import StepState
from portal.lib import clock
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.deciding import agreed, grant_of, log_in
from tests.onboarding.contacts.mailbox import invite
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


def test_no_is_not_overridden_in_two_steps(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "no")

    less = attest(one, onboarding, "nothing")
    more = attest(one, onboarding, "staff")
    as_much = attest(one, onboarding, "verification")

    assert (less[0], more[0], as_much[0]) == (302, 422, 302)
    assert grant_of(one, onboarding).scope == Scope.VERIFICATION
    assert one.step(onboarding, "login_as_user").state == StepState.NOT_PERMITTED


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
