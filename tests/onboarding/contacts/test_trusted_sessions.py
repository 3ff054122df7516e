"""A session that BILL may trust is used for nothing else, and is ended at BILL whatever goes wrong on the way."""

from datetime import timedelta

import pytest

from onboarding.engine.contracts import Outcome, Run
from onboarding.engine.timing import LEASE
from onboarding.models import BillSession, MfaState, Purpose, Scope
from onboarding.services.advance import advance_step
from onboarding.services.contacts.mfa_asking import ASKED_FOR
from onboarding.services.login_as import end_login_as, request_login_as
from onboarding.simulator.sessions import Session
from onboarding.states import StepState
from onboarding.steps import REGISTRY
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.mailbox import invite
from tests.onboarding.contacts.phone import Admin, admin_of, words
from tests.onboarding.contacts.test_mfa_unknown import die_in, go_on
from tests.onboarding.executors import drive_step, in_thread, kill_after, registry_with
from tests.onboarding.views.rows import make_grant
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


# --- login as user ----------------------------------------------------------------------------------------------------


def asked_to_log_in(world: World, visit: Visiting, *, device: bool = True) -> Admin:
    """Staff of the first tenant have asked for a login, on a permission with the device or without it."""
    onboarding = world.one.at(LOGIN)
    world.drain_for(30 * SECOND)
    make_grant(world.one, onboarding, Scope.STAFF, device=device)
    admin = Admin(world.one, world.one.fresh(onboarding), visit(world.one, onboarding))
    admin.finish()
    world.drain()
    request_login_as(
        actor=world.one.actor(), onboarding=onboarding, reason="Look with the client", minutes="5"
    )
    return admin


def staff_session(admin: Admin) -> BillSession:
    with acting_for(admin.partner.pk):
        mine = BillSession.objects.filter(onboarding=admin.onboarding, purpose=Purpose.STAFF.value)
        return mine.get(state="open")


def of_people(admin: Admin) -> list[Session]:
    """Those live at BILL that are not the portal's own."""
    with acting_for(admin.partner.pk):
        own = BillSession.objects.filter(purpose=Purpose.SYSTEM.value, secret__isnull=False)
        ids = {str(row.secret) for row in own}
    return [one for one in live(admin) if one.id not in ids]


def assert_one_that_ends(world: World, admin: Admin) -> None:
    """The person is in one session, and BILL has no other."""
    session = staff_session(admin)
    assert [one.id for one in of_people(admin)] == [session.secret]
    end_login_as(actor=world.one.actor(), session=session)
    world.drain()
    assert of_people(admin) == []
    assert_nothing_is_left(admin)
    tags = world.one.tags(admin.onboarding)
    assert (tags.count("login_as.started"), tags.count("login_as.ended")) == (1, 1)


def test_login_that_was_killed_leaves_no_trusted_session(world: World, visit: Visiting, other: Admin) -> None:
    admin = asked_to_log_in(world, visit)
    kill_after(world.one, world.one.step(admin.onboarding, LOGIN))
    (left,) = trusted(admin)

    world.later(LEASE + SECOND)
    world.drain()

    assert left.id not in [one.id for one in live(admin)]
    assert_one_that_ends(world, admin)
    assert len(live(other)) == 1


def test_login_that_was_killed_is_ended_whoever_may_log_in_now(
    world: World, visit: Visiting, other: Admin
) -> None:
    admin = asked_to_log_in(world, visit)
    kill_after(world.one, world.one.step(admin.onboarding, LOGIN))
    world.one.deactivate(Role.OPERATOR)
    assert len(trusted(admin)) == 1

    world.later(LEASE + SECOND)
    world.drain()

    assert world.one.step(admin.onboarding, LOGIN).state == StepState.REFUSED
    assert (trusted(admin), len(live(other))) == ([], 1)
    assert_nothing_is_left(admin)


@pytest.mark.parametrize("device", [True, False])
def test_login_whose_step_was_taken_over_is_logged_out(
    world: World, visit: Visiting, other: Admin, device: bool
) -> None:
    admin = asked_to_log_in(world, visit, device=device)
    step = world.one.step(admin.onboarding, LOGIN)

    def taken_over_before_it_is_kept(given: Run) -> Outcome:
        came = REGISTRY[LOGIN].run(given)
        world.later(LEASE + SECOND)
        advance_step(tenant_id=world.one.pk, step_id=step.pk)
        return came

    drive_step(world.one, admin.onboarding, LOGIN, registry_with(LOGIN, taken_over_before_it_is_kept))
    world.drain()

    assert_one_that_ends(world, admin)
    assert len(live(other)) == 1


def test_logins_with_the_device_last_as_long_as_asked(world: World, visit: Visiting, other: Admin) -> None:
    admin = asked_to_log_in(world, visit)
    world.drain()
    assert len(trusted(admin)) == 1

    world.drain_for(4 * MINUTE, every=20 * SECOND)
    assert len(trusted(admin)) == 1
    world.drain_for(MINUTE + SECOND, every=10 * SECOND)

    assert (trusted(admin), len(live(other))) == ([], 1)
    assert_nothing_is_left(admin)
    with acting_for(world.one.pk):
        ended = BillSession.objects.get(onboarding=admin.onboarding, purpose=Purpose.STAFF.value)
    assert ended.how_ended == "its time was over"
