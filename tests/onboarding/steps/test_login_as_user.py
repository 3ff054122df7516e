"""A person in a client's place: one session each, for a reason, for some minutes, ended for certain."""

from datetime import timedelta
from functools import partial

import pytest

from onboarding.gateway import sessions
from onboarding.models import BillSession, Onboarding, Purpose, SessionState
from onboarding.selectors import acting_session
from onboarding.services.consent import change_grant
from onboarding.services.login_as import NotRead, Read, end_login_as, read_details, request_login_as
from onboarding.services.steps import Accepted, NotReady
from onboarding.simulator.sessions import Session
from onboarding.states import Status, StepState
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.factories import INPUTS
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "login_as_user"
SOON = timedelta(seconds=30)


@pytest.fixture
def onboarding(world: World) -> Onboarding:
    """Verified; the portal's own session is logged out."""
    onboarding = world.one.at(KEY)
    world.drain_for(SOON)
    return world.one.fresh(onboarding)


def ask(
    partner: Partner, onboarding: Onboarding, role: Role = Role.OPERATOR, minutes: str = "15"
) -> Accepted | NotReady:
    asked = request_login_as(
        actor=partner.actor(role), onboarding=onboarding, reason="Check the set-up together", minutes=minutes
    )
    partner.world.drain()
    return asked


def session_of(partner: Partner, role: Role = Role.OPERATOR) -> BillSession:
    """The newest session of this person."""
    with acting_for(partner.pk):
        mine = BillSession.objects.filter(staff=partner.staff[role], purpose=Purpose.STAFF.value)
        return mine.latest("opening_until")


def live_at_bill(world: World) -> list[Session]:
    return [one for one in world.simulator.sessions if one.organization_id and not one.ended]


def acting(partner: Partner, role: Role = Role.OPERATOR) -> BillSession | None:
    with acting_for(partner.pk):
        person_id = partner.staff[role].person_id
        return acting_session(person_id)


def test_session_is_the_persons_own_and_on_record_with_its_reason(
    world: World, onboarding: Onboarding
) -> None:
    one = world.one
    assert ask(one, onboarding) == Accepted()

    (there,) = live_at_bill(world)
    here = session_of(one)
    assert (there.organization_id, there.user_id) == (
        onboarding.bill_organization_id,
        onboarding.bill_user_id,
    )
    assert (here.secret, here.reason) == (there.id, "Check the set-up together")
    assert acting(one) == here
    assert acting(one, Role.OWNER) is None
    started = next(entry for entry in one.entries(onboarding) if entry.tag == "login_as.started")
    assert started.content["fields"]["reason"] == "Check the set-up together"
    assert started.content["actor"]["person"] == one.staff[Role.OPERATOR].person_id
    assert world.two.tags(onboarding) == []


def test_person_has_one_session_at_a_time(world: World, onboarding: Onboarding) -> None:
    one = world.one
    ask(one, onboarding)
    another = one.at(KEY, "Other Cakes Inc")
    ask(one, another)

    step = one.step(another, KEY)
    assert (step.state, step.reason) == (
        StepState.REFUSED,
        "You are logged in as a user already. End that session first.",
    )
    assert len([s for s in live_at_bill(world) if s.organization_id == another.bill_organization_id]) == 1

    end_login_as(actor=one.actor(), session=session_of(one))
    world.drain()
    ask(one, another)
    assert one.step(another, KEY).state == StepState.DONE


def test_two_people_each_have_a_session_of_their_own(world: World, onboarding: Onboarding) -> None:
    one = world.one
    ask(one, onboarding)
    ask(one, onboarding, Role.OWNER)

    mine, theirs = session_of(one), session_of(one, Role.OWNER)
    assert mine.secret != theirs.secret
    assert len(live_at_bill(world)) == 2


def test_second_click_finds_the_first_one_running(world: World, onboarding: Onboarding) -> None:
    one = world.one
    click = partial(
        request_login_as, actor=one.actor(), onboarding=onboarding, reason="Twice clicked", minutes="5"
    )
    first, second = click(), click()
    world.drain()

    assert (first, second) == (Accepted(), NotReady("A login is on its way already."))
    assert len(live_at_bill(world)) == 1


def test_session_ends_by_itself_at_its_time(world: World, onboarding: Onboarding) -> None:
    one = world.one
    ask(one, onboarding, minutes="15")
    world.later(timedelta(minutes=14))
    world.drain()
    assert (len(live_at_bill(world)), session_of(one).state) == (1, SessionState.OPEN)
    logouts = world.sent("logout")

    world.later(timedelta(minutes=1, seconds=1))
    assert acting(one) is None
    world.drain()

    ended = session_of(one)
    assert live_at_bill(world) == []
    assert world.sent("logout") == logouts + 1
    assert (ended.state, ended.secret, ended.how_ended) == (SessionState.ENDED, None, "its time was over")
    assert one.tags(onboarding).count("login_as.ended") == 1
    world.drain_for(timedelta(hours=1), every=timedelta(minutes=10))
    assert world.sent("logout") == logouts + 1


def test_session_ended_by_the_person_is_logged_out_at_once(world: World, onboarding: Onboarding) -> None:
    one = world.one
    ask(one, onboarding)
    end_login_as(actor=one.actor(), session=session_of(one))
    assert acting(one) is None
    world.drain()
    end_login_as(actor=one.actor(), session=session_of(one))
    world.drain_for(timedelta(hours=1), every=timedelta(minutes=10))

    assert live_at_bill(world) == []
    assert session_of(one).how_ended == f"by {one.actor().name}"
    ends = [entry.content for entry in one.entries(onboarding) if entry.tag == "login_as.ended"]
    assert [end["actor"]["person"] for end in ends] == [one.actor().person_id]


@pytest.mark.parametrize("kind", ["lose_reply", "cut_before", "error_before", "unauthorized"])
def test_session_is_ended_here_whatever_becomes_of_the_logout(
    world: World, onboarding: Onboarding, kind: str
) -> None:
    one = world.one
    ask(one, onboarding)
    world.simulator.arm(kind, "logout")
    end_login_as(actor=one.actor(), session=session_of(one))
    world.drain_for(timedelta(hours=1), every=timedelta(minutes=10))

    ended = session_of(one)
    assert (ended.state, ended.secret) == (SessionState.ENDED, None)
    assert one.tags(onboarding).count("login_as.ended") == 1


def test_session_is_logged_out_once_bill_is_back(world: World, onboarding: Onboarding) -> None:
    one = world.one
    ask(one, onboarding)
    world.simulator.arm("refuse", seconds=60)
    end_login_as(actor=one.actor(), session=session_of(one))
    world.drain()
    assert acting(one) is None
    assert one.step(onboarding, "end_login_as").state == StepState.READY

    world.simulator.disarm()
    world.drain_for(timedelta(minutes=1))
    assert live_at_bill(world) == []
    assert session_of(one).state == SessionState.ENDED


def test_second_round_works_and_leaves_the_journey_done(world: World, onboarding: Onboarding) -> None:
    one = world.one
    ask(one, onboarding, minutes="5")
    world.later(timedelta(minutes=6))
    world.drain()
    assert ask(one, onboarding) == Accepted()

    with acting_for(one.pk):
        rounds = onboarding.steps.filter(key=KEY).order_by("round").values_list("round", "state")
        assert list(rounds) == [(1, "done"), (2, "done")]
    assert len(live_at_bill(world)) == 1
    onboarding = one.fresh(onboarding)
    assert (onboarding.status, onboarding.steps_done) == (Status.DONE, 6)
    world.later(timedelta(minutes=16))
    world.drain()
    assert live_at_bill(world) == []


def test_login_whose_answer_was_lost_is_made_again(world: World, onboarding: Onboarding) -> None:
    one = world.one
    world.simulator.arm("lose_reply", KEY)
    ask(one, onboarding)
    assert one.step(onboarding, KEY).state == StepState.READY
    world.drain_for(timedelta(seconds=10))

    assert one.step(onboarding, KEY).state == StepState.DONE
    assert acting(one) == session_of(one)
    assert one.tags(onboarding).count("login_as.started") == 1


def test_permission_that_was_withdrawn_lets_nobody_in(world: World, onboarding: Onboarding) -> None:
    one = world.one
    before = world.sent(KEY)
    change_grant(
        actor=one.actor(),
        onboarding=onboarding,
        values={**INPUTS["start_verification"], "scope": "nothing", "given_on": "2026-11-21"},
    )

    assert isinstance(ask(one, onboarding), NotReady)
    assert one.step(onboarding, KEY).state == StepState.NOT_PERMITTED
    assert world.sent(KEY) == before


def test_permission_withdrawn_between_asking_and_running_lets_nobody_in(
    world: World, onboarding: Onboarding
) -> None:
    one = world.one
    before = world.sent(KEY)
    request_login_as(actor=one.actor(), onboarding=onboarding, reason="Check it together", minutes="5")
    change_grant(
        actor=one.actor(),
        onboarding=onboarding,
        values={**INPUTS["start_verification"], "scope": "verification"},
    )
    world.drain()

    step = one.step(onboarding, KEY)
    assert (step.state, world.sent(KEY)) == (StepState.NOT_PERMITTED, before)
    assert "did not permit" in step.reason


def test_reading_is_on_record_whatever_comes_of_it(world: World, onboarding: Onboarding) -> None:
    one = world.one
    ask(one, onboarding)
    assert read_details(actor=one.actor(), session=session_of(one)) == Read()
    world.simulator.arm("error_before", "get_session")
    assert isinstance(read_details(actor=one.actor(), session=session_of(one)), NotRead)

    reads = [entry.content["fields"]["outcome"] for entry in one.entries(onboarding)[-4:]]
    assert reads == ["asked", "answered", "asked", "failed"]
    details = session_of(one).details
    assert details is not None
    assert details["organization_id"] == onboarding.bill_organization_id


def test_session_that_bill_ended_early_is_ended_here_when_it_is_noticed(
    world: World, onboarding: Onboarding
) -> None:
    one = world.one
    ask(one, onboarding)
    world.simulator.clock.advance(timedelta(minutes=40))

    assert isinstance(read_details(actor=one.actor(), session=session_of(one)), NotRead)
    assert (session_of(one).state, acting(one)) == (SessionState.ENDED, None)
    assert one.tags(onboarding)[-3:] == ["login_as.read", "login_as.ended", "login_as.read"]
    assert ask(one, onboarding) == Accepted()
    assert acting(one) is not None


def test_login_that_meets_the_partners_login_under_way_waits_for_it(
    world: World, onboarding: Onboarding
) -> None:
    one = world.one
    world.later(timedelta(minutes=40))
    with acting_for(one.pk):
        under_way = sessions.find_or_begin(one.connection, Purpose.PARTNER)
    ask(one, onboarding)
    assert (one.step(onboarding, KEY).state, world.sent("partner_login")) == (StepState.READY, 1)

    with acting_for(one.pk):
        sessions.end(under_way, "the login failed")
    world.drain_for(timedelta(seconds=10))
    assert one.step(onboarding, KEY).state == StepState.DONE
    assert acting(one) == session_of(one)


def test_login_before_the_verification_was_started_is_not_taken(world: World) -> None:
    one = world.one
    onboarding = one.at("start_verification")
    change_grant(actor=one.actor(), onboarding=onboarding, values=INPUTS["start_verification"])

    assert isinstance(ask(one, onboarding), NotReady)
    assert world.sent(KEY) == 0
