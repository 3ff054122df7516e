"""A session that BILL may trust is used for nothing else, and is ended at BILL whatever goes wrong on the way."""

from datetime import timedelta

import pytest

from onboarding.models import BillSession, MfaState
from onboarding.services.contacts.mfa_asking import ASKED_FOR
from onboarding.simulator.sessions import Session
from onboarding.states import StepState
from portal.lib.tenancy import acting_for
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.mailbox import invite
from tests.onboarding.contacts.phone import Admin, admin_of, words
from tests.onboarding.contacts.test_mfa_unknown import die_in, go_on
from tests.onboarding.executors import drive_step, in_thread
from tests.processes.conftest import until
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
VALIDATE, LOGIN, PHONE = "mfa_challenge_validate", "login_as_user", "create_partner_risk_phone"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def about_to_be_trusted(admin: Admin) -> Admin:
    """The code of the challenge is on the admin's phone."""
    admin.begin()
    admin.enter()
    assert admin.row.state == MfaState.CHALLENGE
    return admin


@pytest.fixture
def admin(world: World, visit: Visiting) -> Admin:
    return about_to_be_trusted(admin_of(world.one, visit))


@pytest.fixture
def other(world: World, visit: Visiting) -> Admin:
    """The same at another tenant, whom none of it touches."""
    return about_to_be_trusted(admin_of(world.two, visit))


def live(admin: Admin) -> list[Session]:
    """The sessions as this organization's user that BILL has not ended."""
    there = admin.partner.world.simulator.sessions
    return [one for one in there if one.user_id == admin.onboarding.bill_user_id and not one.ended]


def trusted(admin: Admin) -> list[Session]:
    return [one for one in live(admin) if one.trusted]


def in_use(admin: Admin) -> set[str]:
    """The ids of the sessions that the portal would use."""
    with acting_for(admin.partner.pk):
        rows = BillSession.objects.filter(onboarding=admin.onboarding, state__in=["opening", "open"])
        return {str(row.secret) for row in rows if row.secret}


def lose_answer(admin: Admin) -> None:
    admin.partner.world.simulator.arm("lose_reply", VALIDATE)
    admin.enter()
    assert len(trusted(admin)) == 1


def test_nothing_runs_in_a_session_that_bill_may_trust(world: World, admin: Admin, other: Admin) -> None:
    lose_answer(admin)
    (left,) = trusted(admin)

    for key in ("add_risk_phone", "start_verification"):
        world.one.submit(admin.onboarding, key)
        world.drain()

    assert world.one.step(admin.onboarding, "start_verification").state == StepState.DONE
    assert left.id not in in_use(admin)
    used = {one.id for one in live(admin) if one.last_used_at >= left.last_used_at}
    assert used - {left.id}
    assert len(live(other)) == 1


@pytest.mark.parametrize("then", ["look", "replace", "nothing"])
def test_session_of_a_lost_answer_is_ended_at_bill(
    world: World, admin: Admin, other: Admin, then: str
) -> None:
    lose_answer(admin)

    if then == "look":
        assert "BILL took your code, but its answer was lost" in words(admin.press("contact_mfa"))
    elif then == "replace":
        invite(admin.partner, admin.onboarding, "Basil Pestoson", "basil@rice.example")
        world.drain()
    else:
        world.later(ASKED_FOR)
        world.drain()

    assert trusted(admin) == []
    world.drain_for(2 * MINUTE)
    assert_nothing_is_left(admin)
    assert len(live(other)) == 1
    if then == "nothing":
        go_on(world, admin)
        assert admin.row.state == MfaState.TRUSTED


def assert_nothing_is_left(admin: Admin) -> None:
    with acting_for(admin.partner.pk):
        assert not BillSession.objects.filter(state="ending").exists()
        assert not BillSession.objects.filter(state="ended", secret__isnull=False).exists()
    endings = [one for one in admin.partner.steps(admin.onboarding) if one.key == "end_login_as"]
    assert {one.state for one in endings} == {StepState.DONE}


@pytest.mark.parametrize("look", [True, False])
def test_logout_that_fails_is_tried_again(world: World, admin: Admin, other: Admin, look: bool) -> None:
    if look:
        lose_answer(admin)
    world.simulator.arm("error_before", "logout", times=2)

    admin.press("contact_mfa") if look else admin.enter()

    assert admin.row.state == (MfaState.SET_UP if look else MfaState.TRUSTED)
    assert len(trusted(admin)) == 1
    world.drain_for(MINUTE)
    assert trusted(admin) == []
    assert_nothing_is_left(admin)
    assert len(live(other)) == 1


def test_session_of_a_process_that_died_is_ended(world: World, admin: Admin, other: Admin) -> None:
    die_in(admin, VALIDATE)
    assert len(trusted(admin)) == 1

    world.later(ASKED_FOR)
    world.drain()

    assert trusted(admin) == []
    assert_nothing_is_left(admin)
    go_on(world, admin)
    assert (admin.row.state, len(live(other))) == (MfaState.TRUSTED, 1)


def test_wrong_code_ends_its_session_and_the_right_one_works(
    world: World, admin: Admin, other: Admin
) -> None:
    before = [one.id for one in live(admin)]

    admin.enter(admin.wrong)

    assert not {one.id for one in live(admin)}.intersection(before)
    admin.enter()
    world.drain()
    assert (admin.row.state, live(admin), len(live(other))) == (MfaState.TRUSTED, [], 1)
    assert_nothing_is_left(admin)


def test_code_waits_for_a_step_that_is_at_work(world: World, admin: Admin, other: Admin) -> None:
    world.one.submit(admin.onboarding, "add_risk_phone")
    sent = world.sent(PHONE)
    world.simulator.arm("delay", PHONE, seconds=0.7)
    under_way = in_thread(lambda: drive_step(world.one, admin.onboarding, "add_risk_phone"))
    until(lambda: world.sent(PHONE) > sent, "the call")

    shown = admin.enter()
    under_way.join()

    assert (shown.status_code, world.sent(VALIDATE)) == (409, 0)
    assert (admin.row.state, admin.row.tries, admin.row.asked) == (MfaState.CHALLENGE, 0, "")
    assert len(live(admin)) == 1
    admin.enter()
    assert (admin.row.state, other.row.state) == (MfaState.TRUSTED, MfaState.CHALLENGE)
