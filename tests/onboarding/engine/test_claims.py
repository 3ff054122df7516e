"""Two executors, one step: leases, what is found after one that ran out, and executors that come back too late."""

from datetime import timedelta
from threading import Barrier

import pytest
from django.db import transaction

from onboarding.engine.claims import Mode, take
from onboarding.engine.contracts import Done
from onboarding.engine.fence import LeaseLost
from onboarding.engine.runner import InsideTransaction, drive
from onboarding.engine.settle import Settled, settle
from onboarding.engine.sweep import due_steps
from onboarding.engine.timing import LEASE
from onboarding.models import Onboarding
from onboarding.services.advance import advance_step
from onboarding.states import StepState
from onboarding.steps import REGISTRY
from portal.lib import clock
from portal.lib.tenancy import acting_for
from tests.onboarding.executors import drive_step, in_thread, kill_after, kill_before, registry_with
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "create_organization"
LEASE_IS_OVER = LEASE + timedelta(seconds=1)


@pytest.fixture
def onboarding(world: World) -> Onboarding:
    """Its organization is submitted, and nobody has taken the step yet."""
    onboarding = world.one.at(KEY)
    world.one.submit(onboarding, KEY)
    return onboarding


def test_two_executors_at_once_make_one_call(world: World, onboarding: Onboarding) -> None:
    one = world.one
    step_id = one.step(onboarding, KEY).pk
    together = Barrier(4)

    def run() -> None:
        together.wait(10)
        advance_step(tenant_id=one.pk, step_id=step_id)

    for thread in [in_thread(run) for _ in range(4)]:
        thread.join(20)

    assert world.sent(KEY) == 1
    assert world.organizations() == [one.fresh(onboarding).bill_organization_id]
    assert one.tags(onboarding).count("step.done") == 2  # this one and the login before it


def test_step_that_is_taken_is_not_due_and_cannot_be_taken(world: World, onboarding: Onboarding) -> None:
    one = world.one
    step = one.step(onboarding, KEY)
    first = take(one.pk, step.pk, REGISTRY)
    second = take(one.pk, step.pk, REGISTRY)

    assert first is not None
    assert (first.mode, second) == (Mode.RUN, None)
    assert due_steps() == []
    world.later(LEASE - timedelta(seconds=1))
    assert due_steps() == []
    world.later(timedelta(seconds=2))
    assert due_steps() == [(one.pk, step.pk)]


def test_step_of_another_tenant_cannot_be_taken(world: World, onboarding: Onboarding) -> None:
    step = world.one.step(onboarding, KEY)

    assert take(world.two.pk, step.pk, REGISTRY) is None
    advance_step(tenant_id=world.two.pk, step_id=step.pk)
    assert (world.sent(KEY), world.one.step(onboarding, KEY).state) == (0, StepState.READY)


def test_advancing_a_step_twice_is_harmless(world: World, onboarding: Onboarding) -> None:
    one = world.one
    step_id = one.step(onboarding, KEY).pk
    for _ in range(3):
        advance_step(tenant_id=one.pk, step_id=step_id)

    assert world.sent(KEY) == 1
    assert one.tags(onboarding).count("step.done") == 2


def test_lease_that_ran_out_before_a_call_runs_again(world: World, onboarding: Onboarding) -> None:
    one = world.one
    kill_before(one, one.step(onboarding, KEY))
    world.drain()
    assert (one.step(onboarding, KEY).state, world.sent(KEY)) == (StepState.RUNNING, 0)

    world.later(LEASE_IS_OVER)
    world.drain()

    assert one.step(onboarding, KEY).state == StepState.DONE
    assert world.sent(KEY) == 1
    assert "step.outcome_unknown" not in one.tags(onboarding)


@pytest.mark.parametrize("is_lost", [True, False])
def test_lease_that_ran_out_in_a_create_is_looked_for_and_adopted(
    world: World, onboarding: Onboarding, is_lost: bool
) -> None:
    one = world.one
    if is_lost:
        world.simulator.arm("lose_reply", KEY)
    kill_after(one, one.step(onboarding, KEY))
    (attempt,) = one.attempts(onboarding, KEY)
    assert attempt.closed_at is None
    world.later(LEASE_IS_OVER)
    world.drain()

    step = one.step(onboarding, KEY)
    assert (step.state, step.reason) == (
        StepState.UNKNOWN,
        "The portal was interrupted while it was calling BILL.",
    )
    world.drain_for(timedelta(seconds=10))
    assert world.organizations() == [one.fresh(onboarding).bill_organization_id]
    assert world.sent(KEY) == 1
    (attempt,) = one.attempts(onboarding, KEY)
    assert (attempt.outcome, attempt.error) == ("unknown", "ExecutorLost")


def test_step_whose_lease_was_taken_may_not_send(world: World, onboarding: Onboarding) -> None:
    one = world.one
    zombie = take(one.pk, one.step(onboarding, KEY).pk, REGISTRY)
    assert zombie is not None
    world.later(LEASE_IS_OVER)
    world.drain()
    assert world.sent(KEY) == 1

    with pytest.raises(LeaseLost):
        REGISTRY[KEY].run(zombie.run)

    assert world.sent(KEY) == 1
    assert len(one.attempts(onboarding, KEY)) == 1


def test_executor_whose_lease_merely_ran_out_may_not_send_either(
    world: World, onboarding: Onboarding
) -> None:
    zombie = take(world.one.pk, world.one.step(onboarding, KEY).pk, REGISTRY)
    assert zombie is not None
    world.later(LEASE_IS_OVER)

    with pytest.raises(LeaseLost):
        REGISTRY[KEY].run(zombie.run)
    assert (world.sent(KEY), world.one.attempts(onboarding, KEY)) == (0, [])


def test_runner_leaves_a_step_alone_that_was_taken_from_it(world: World, onboarding: Onboarding) -> None:
    one = world.one
    step_id = one.step(onboarding, KEY).pk

    def stalls(given: object) -> Done:
        world.later(LEASE_IS_OVER)
        world.drain()
        raise LeaseLost("by its own call")

    assert drive(one.pk, step_id, registry_with(KEY, stalls)) is None
    assert (world.sent(KEY), one.step(onboarding, KEY).state) == (1, StepState.DONE)


def test_each_call_of_a_step_renews_its_lease(world: World, onboarding: Onboarding) -> None:
    claim = take(world.one.pk, world.one.step(onboarding, KEY).pk, REGISTRY)
    assert claim is not None
    world.later(LEASE - timedelta(seconds=5))
    REGISTRY[KEY].run(claim.run)

    until = world.one.step(onboarding, KEY).lease_until
    assert until is not None
    assert until > clock.now() + LEASE - timedelta(seconds=5)


@pytest.mark.parametrize("is_adopted_first", [True, False])
def test_answer_that_comes_after_the_step_moved_on_is_recorded_and_moves_nothing(
    world: World, onboarding: Onboarding, is_adopted_first: bool
) -> None:
    one = world.one
    zombie = take(one.pk, one.step(onboarding, KEY).pk, REGISTRY)
    assert zombie is not None
    answered = REGISTRY[KEY].run(zombie.run)
    assert isinstance(answered, Done)
    world.later(LEASE_IS_OVER)
    world.drain()
    if is_adopted_first:
        world.drain_for(timedelta(seconds=10))
    before = one.step(onboarding, KEY)

    assert settle(zombie.run, answered, REGISTRY) == Settled()

    after = one.step(onboarding, KEY)
    assert (after.state, after.lease_token, after.due_at) == (before.state, before.lease_token, before.due_at)
    assert after.state == (StepState.DONE if is_adopted_first else StepState.UNKNOWN)
    assert one.tags(onboarding)[-1] == "attempt.answered_late"
    assert one.entries(onboarding)[-1].content["fields"]["bill_id"] == world.organizations()[0]
    (attempt,) = one.attempts(onboarding, KEY)
    assert (attempt.outcome, attempt.error, attempt.bill_id) == ("unknown", "ExecutorLost", "")
    world.drain_for(timedelta(minutes=4))
    assert world.organizations() == [one.fresh(onboarding).bill_organization_id]
    assert world.sent(KEY) == 1


def test_step_is_not_run_inside_a_transaction(world: World, onboarding: Onboarding) -> None:
    one = world.one
    with transaction.atomic(), pytest.raises(InsideTransaction):
        drive_step(one, onboarding, KEY)
    with acting_for(one.pk), pytest.raises(InsideTransaction):
        drive_step(one, onboarding, KEY)

    assert (world.sent(KEY), one.step(onboarding, KEY).state) == (0, StepState.READY)


def test_no_transaction_is_open_while_bill_is_called(world: World, onboarding: Onboarding) -> None:
    open_ones: list[bool] = []

    def run(given: object) -> Done:
        open_ones.append(transaction.get_connection().in_atomic_block)
        return Done()

    drive_step(world.one, onboarding, KEY, registry_with(KEY, run))
    assert open_ones == [False]


def test_bug_before_a_call_is_shown_and_tried_again(
    world: World, onboarding: Onboarding, caplog: pytest.LogCaptureFixture
) -> None:
    one = world.one

    def broken(given: object) -> Done:
        raise ZeroDivisionError("a bug")

    drive_step(one, onboarding, KEY, registry_with(KEY, broken))

    step = one.step(onboarding, KEY)
    assert (step.state, step.lease_token) == (StepState.READY, None)
    assert step.reason.startswith("The portal itself failed here")
    assert "ZeroDivisionError" in caplog.text
    world.later(timedelta(minutes=5, seconds=1))
    world.drain()
    assert len(world.organizations()) == 1


def test_bug_after_a_call_is_an_unknown_outcome_and_nothing_is_sent_again(
    world: World, onboarding: Onboarding, caplog: pytest.LogCaptureFixture
) -> None:
    one = world.one

    def broken(given: object) -> Done:
        REGISTRY[KEY].run(given)  # type: ignore[arg-type]
        raise ZeroDivisionError("a bug")

    drive_step(one, onboarding, KEY, registry_with(KEY, broken))
    assert one.step(onboarding, KEY).state == StepState.UNKNOWN
    assert "ZeroDivisionError" in caplog.text

    world.drain_for(timedelta(seconds=10))
    assert world.organizations() == [one.fresh(onboarding).bill_organization_id]
    assert world.sent(KEY) == 1
