from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier, Event

import pytest
from pytest_django import Settings

from onboarding.bill.errors import LimitReached, Problem
from onboarding.bill.pacing import Toll
from onboarding.gateway.budgets import Budgets
from onboarding.models import BillSession, Budget
from onboarding.services import connections
from onboarding.services.advance import advance_step
from onboarding.states import StepState
from portal.lib import clock
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.executors import cut_database, in_thread
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
CREATE = Toll("create_organization", "appKey")
LOGIN = Toll("partner_login", "appKey")
MESSAGE = Toll("initiate_risk_verification", "devKey", "00801ONE")


@pytest.fixture
def limits(settings: Settings) -> Callable[..., None]:
    def switch_on(**limits: int) -> None:
        settings.BILL_LIMITS = {**settings.BILL_LIMITS, **limits}

    return switch_on


@pytest.fixture
def at_half_past(world: World) -> None:
    """The middle of an hour, so that no test runs across its end."""
    now = clock.now()
    world.later(now.replace(minute=30, second=0, microsecond=0) + timedelta(hours=1) - now)


def budgets(partner: Partner) -> Budgets:
    return Budgets(partner.pk, partner.connection.pk)


def spend(partner: Partner, toll: Toll, times: int = 1) -> None:
    for _ in range(times):
        with budgets(partner).leave(toll):
            pass


def refused(partner: Partner, toll: Toll) -> LimitReached:
    with pytest.raises(LimitReached) as caught, budgets(partner).leave(toll):
        raise AssertionError("leave was given")
    return caught.value


@pytest.mark.usefixtures("at_half_past")
def test_hour_of_calls_is_spent_and_comes_back_at_the_full_hour(
    world: World, limits: Callable[..., None]
) -> None:
    limits(calls=3)
    spend(world.one, CREATE, 3)

    wait = refused(world.one, CREATE).wait

    assert timedelta(minutes=29) < wait <= timedelta(minutes=30)
    spend(world.two, CREATE)
    spend(world.one, MESSAGE)  # the other key has a budget of its own
    world.later(wait)
    spend(world.one, CREATE)


@pytest.mark.usefixtures("at_half_past")
def test_logins_count_as_calls_too_and_a_refused_one_spends_neither(
    world: World, limits: Callable[..., None]
) -> None:
    limits(calls=4, logins=2)
    spend(world.one, LOGIN, 2)

    assert "logins an hour" in refused(world.one, LOGIN).reason

    spend(world.one, CREATE, 2)
    assert "calls an hour" in refused(world.one, CREATE).reason


@pytest.mark.usefixtures("at_half_past")
def test_messages_are_counted_in_any_sixty_seconds(world: World, limits: Callable[..., None]) -> None:
    limits(messages=2)
    spend(world.one, MESSAGE)
    world.later(timedelta(seconds=40))
    spend(world.one, MESSAGE)

    wait = refused(world.one, MESSAGE).wait

    assert timedelta(seconds=15) < wait < timedelta(seconds=22)
    world.later(wait)
    spend(world.one, MESSAGE)
    assert refused(world.one, MESSAGE).wait > timedelta(seconds=15)


def test_calls_of_one_organization_at_once_are_limited_and_come_free(
    world: World, limits: Callable[..., None]
) -> None:
    limits(at_once=2)
    there, go = Barrier(3), Event()

    def hold() -> None:
        with budgets(world.one).leave(MESSAGE):
            there.wait(10)
            go.wait(10)

    held = [in_thread(hold), in_thread(hold)]
    there.wait(10)

    assert refused(world.one, MESSAGE).wait == timedelta(seconds=1)
    spend(world.one, Toll("initiate_risk_verification", "devKey", "00801TWO"))
    spend(world.two, MESSAGE)

    go.set()
    for thread in held:
        thread.join()
    spend(world.one, MESSAGE)


def test_places_of_an_executor_that_loses_its_database_come_free(
    world: World, limits: Callable[..., None]
) -> None:
    limits(at_once=1)

    with ExitStack() as held:
        held.enter_context(budgets(world.one).leave(MESSAGE))
        cut_database()
        in_thread(lambda: spend(world.one, MESSAGE)).join()

    with acting_for(world.one.pk):
        assert Budget.objects.get(bucket="messages").used == 2


@pytest.mark.usefixtures("at_half_past")
def test_word_of_bill_closes_the_bucket_for_everybody(world: World, limits: Callable[..., None]) -> None:
    limits(calls=20_000)
    said = LimitReached(
        "create_organization", status=429, problems=(Problem("BDC_1144", ""),), wait=timedelta(minutes=30)
    )
    with pytest.raises(LimitReached), budgets(world.one).leave(CREATE):
        raise said

    wait = refused(world.one, Toll("list_partner_organizations", "appKey")).wait

    assert timedelta(minutes=29) < wait <= timedelta(minutes=30)
    spend(world.two, CREATE)
    world.later(wait)
    spend(world.one, CREATE)


def test_word_of_bill_on_a_message_closes_messages_for_a_minute(
    world: World, limits: Callable[..., None]
) -> None:
    limits(messages=5)
    said = LimitReached(
        MESSAGE.operation, status=429, problems=(Problem("BDC_1144", ""),), wait=timedelta(minutes=30)
    )
    with pytest.raises(LimitReached) as caught, budgets(world.one).leave(MESSAGE):
        raise said

    assert caught.value.wait < timedelta(seconds=62)
    assert refused(world.one, MESSAGE).wait < timedelta(seconds=62)
    spend(world.one, Toll("get_risk_verification", "devKey", "00801ONE"))


def test_later_word_of_bill_does_not_open_the_bucket_earlier(
    world: World, limits: Callable[..., None]
) -> None:
    limits(calls=20_000)
    for minutes in (40, 1):
        said = LimitReached(CREATE.operation, status=429, wait=timedelta(minutes=minutes))
        spend(world.one, CREATE) if minutes == 40 else None
        budgets(world.one)._believe(said, CREATE)

    assert refused(world.one, CREATE).wait > timedelta(minutes=39)


@pytest.mark.usefixtures("at_half_past")
def test_step_without_budget_waits_until_then_and_sends_nothing(
    world: World, limits: Callable[..., None]
) -> None:
    one = world.one
    onboarding = one.at("create_organization")
    limits(calls=1)  # and that is the login

    one.submit(onboarding, "create_organization")
    world.drain()

    step = one.step(onboarding, "create_organization")
    assert (step.state, world.sent("create_organization")) == (StepState.READY, 0)
    assert one.attempts(onboarding, "create_organization") == []
    assert step.reason == "BILL's limit of calls an hour is used up."
    assert step.due_at is not None
    world.later(step.due_at - clock.now())
    world.drain()
    assert one.step(onboarding, "create_organization").state == StepState.DONE
    assert world.sent("create_organization") == 1


def test_fifty_executors_at_once_log_in_once(world: World) -> None:
    one = world.one
    steps = [one.step(one.start(f"Rice Cakes {n}"), "partner_login") for n in range(50)]
    together = Barrier(50)

    def execute(step_id: object) -> None:
        together.wait(30)
        advance_step(tenant_id=one.pk, step_id=step_id)  # type: ignore[arg-type]

    threads = [in_thread(partial(execute, step.pk)) for step in steps]
    for thread in threads:
        thread.join()
    world.later(timedelta(seconds=2))
    world.drain(most=200)

    assert world.sent("partner_login") == 1
    with acting_for(one.pk):
        states = {s.state for s in type(steps[0]).objects.filter(key="partner_login")}
    assert states == {StepState.DONE}


@pytest.mark.usefixtures("at_half_past")
def test_fifty_executors_at_once_spend_exactly_the_limit(world: World, limits: Callable[..., None]) -> None:
    limits(calls=20)
    together = Barrier(50)
    given: list[datetime] = []

    def execute() -> None:
        together.wait(30)
        try:
            with budgets(world.one).leave(CREATE):
                given.append(datetime.now(UTC))
        except LimitReached:
            pass

    threads = [in_thread(execute) for _ in range(50)]
    for thread in threads:
        thread.join()

    assert len(given) == 20


def refusals(world: World) -> int:
    """How often BILL has said that a limit is reached."""
    return sum("BDC_1144" in call.codes for call in world.simulator.calls)


@pytest.mark.parametrize(("counted", "most_refusals"), [(2, 0), (0, 2)], ids=["as BILL does", "not at all"])
def test_verifications_all_start_within_limits_that_bill_enforces(
    world: World, limits: Callable[..., None], counted: int, most_refusals: int
) -> None:
    one = world.one
    onboardings = [one.at("start_verification", f"Rice Cakes {n}") for n in range(4)]
    world.simulator.change_settings(limits_enforced=True, messages_per_minute=2)
    limits(messages=counted)
    for onboarding in onboardings:
        one.submit(onboarding, "start_verification")

    world.drain_for(timedelta(minutes=4), every=timedelta(seconds=15))

    assert {one.step(o, "start_verification").state for o in onboardings} == {StepState.DONE}
    assert refusals(world) <= most_refusals


@pytest.mark.usefixtures("at_half_past")
def test_clock_that_was_far_ahead_stops_nobody_once_it_is_right(
    world: World, limits: Callable[..., None]
) -> None:
    limits(calls=2, messages=2)
    with clock.moved(timedelta(days=365)):
        spend(world.one, MESSAGE, 2)
        said = LimitReached(MESSAGE.operation, status=429, wait=timedelta(minutes=1))
        budgets(world.one)._believe(said, MESSAGE)

    spend(world.one, MESSAGE, 2)
    assert refused(world.one, MESSAGE).wait <= timedelta(seconds=62)


@pytest.mark.usefixtures("at_half_past")
def test_owner_who_tests_the_connection_has_bill_asked_again(
    world: World, limits: Callable[..., None]
) -> None:
    one = world.one
    spend(one, CREATE)
    budgets(one)._believe(LimitReached(CREATE.operation, status=429, wait=timedelta(minutes=30)), CREATE)
    assert refused(one, CREATE).wait > timedelta(minutes=29)

    assert connections.test_connection(actor=one.actor(Role.OWNER), connection=one.connection).passed

    spend(one, CREATE)


@pytest.mark.usefixtures("at_half_past")
def test_new_keys_begin_with_budgets_of_their_own(world: World, limits: Callable[..., None]) -> None:
    one = world.one
    limits(calls=1)
    spend(one, CREATE)
    spend(one, MESSAGE)

    connections.save_connection(
        actor=one.actor(Role.OWNER),
        environment="simulator",
        username=one.connection.username,
        app_key="ANOTHER-APP-KEY",
    )

    spend(one, CREATE)
    refused(one, MESSAGE)


def test_waiting_for_a_place_is_no_failed_try_and_leaves_no_trail(
    world: World, limits: Callable[..., None]
) -> None:
    one = world.one
    limits(at_once=1)
    onboarding = one.start()
    there, go = Event(), Event()

    def hold() -> None:
        with budgets(one).leave(LOGIN):
            there.set()
            go.wait(20)

    held = in_thread(hold)
    there.wait(10)
    world.drain_for(timedelta(seconds=12), every=timedelta(seconds=1.5))
    waiting = one.step(onboarding, "partner_login")
    with acting_for(one.pk):
        rows = BillSession.objects.count()
    go.set()
    held.join()

    assert (waiting.state, waiting.tries, rows) == (StepState.READY, 0, 1)
    assert one.tags(onboarding).count("step.postponed") == 0
    world.drain_for(timedelta(seconds=3), every=timedelta(seconds=1.5))
    assert one.step(onboarding, "partner_login").state == StepState.DONE
