"""The database goes away at the worst moments: nothing is lost, and nothing happens twice."""

import logging
from datetime import timedelta
from time import sleep as pause

import pytest
from django.db import OperationalError, connection, transaction

from onboarding.engine.claims import take
from onboarding.engine.contracts import Outcome, Registry, Run
from onboarding.engine.settle import Settled, settle
from onboarding.engine.timing import LEASE
from onboarding.models import Onboarding
from onboarding.services.login_as import request_login_as
from onboarding.states import StepState
from onboarding.steps import REGISTRY
from portal.lib.batch import Batch
from portal.lib.tenancy import acting_for
from tests.onboarding.executors import cut_database, drive_step, end_backend, in_thread, registry_with
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "create_organization"


@pytest.fixture
def onboarding(world: World) -> Onboarding:
    onboarding = world.one.at(KEY)
    world.one.submit(onboarding, KEY)
    return onboarding


def assert_one_organization(world: World, onboarding: Onboarding) -> None:
    one = world.one
    onboarding = one.fresh(onboarding)
    assert world.organizations() == [onboarding.bill_organization_id]
    assert world.sent(KEY) == 1
    assert one.step(onboarding, KEY).state == StepState.DONE
    tags = one.tags(onboarding)
    assert tags.count("attempt.closed") == 2  # the login before it, and this one
    assert tags.count("step.done") == 2
    assert "attempt.answered_late" not in tags
    assert world.two.tags(onboarding) == []


def test_database_that_went_away_between_answer_and_commit_loses_nothing(
    world: World, onboarding: Onboarding, caplog: pytest.LogCaptureFixture
) -> None:
    def run(step: Run) -> Outcome:
        came = REGISTRY[KEY].run(step)
        cut_database()
        return came

    drive_step(world.one, onboarding, KEY, registry_with(KEY, run))

    assert "the database is away" in caplog.text
    assert_one_organization(world, onboarding)
    assert "step.outcome_unknown" not in world.one.tags(onboarding)


@pytest.mark.parametrize("used_before", [timedelta(), timedelta(minutes=5)])
def test_database_that_went_away_during_the_call_loses_nothing(
    world: World, onboarding: Onboarding, used_before: timedelta
) -> None:
    world.later(used_before)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    world.simulator.arm("delay", KEY, seconds=0.6)

    def cut_once_it_is_done_at_bill() -> None:
        while not world.organizations():
            pause(0.01)
        end_backend(pid)

    cutter = in_thread(cut_once_it_is_done_at_bill)
    drive_step(world.one, onboarding, KEY)
    cutter.join()

    assert_one_organization(world, onboarding)
    assert "step.outcome_unknown" not in world.one.tags(onboarding)


def test_database_that_went_away_before_the_call_sends_nothing(world: World, onboarding: Onboarding) -> None:
    def run(step: Run) -> Outcome:
        cut_database()
        return REGISTRY[KEY].run(step)

    with pytest.raises(OperationalError):
        drive_step(world.one, onboarding, KEY, registry_with(KEY, run))
    connection.close()
    assert world.sent(KEY) == 0

    world.later(LEASE + timedelta(seconds=1))
    world.drain()
    assert_one_organization(world, onboarding)


def unacknowledged(key: str) -> Registry:
    """The real steps; the first commit of this one happens, and its acknowledgement is lost."""
    acknowledged = iter([False])

    def lose_acknowledgement() -> None:
        if not next(acknowledged, True):
            raise OperationalError("the connection was closed as the commit's answer was awaited")

    def run(step: Run) -> Outcome:
        came = REGISTRY[key].run(step)
        step.fence.later(lambda batch: transaction.on_commit(lose_acknowledgement))
        return came

    return registry_with(key, run)


def test_commit_that_was_not_acknowledged_is_not_written_twice(
    world: World, onboarding: Onboarding, caplog: pytest.LogCaptureFixture
) -> None:
    drive_step(world.one, onboarding, KEY, unacknowledged(KEY))

    assert "the database is away" in caplog.text
    assert_one_organization(world, onboarding)


def test_login_as_user_whose_commits_were_not_acknowledged_is_told_once(world: World) -> None:
    one = world.one
    onboarding = one.at("login_as_user")
    request_login_as(actor=one.actor(), onboarding=onboarding, reason="Look with the client", minutes="5")
    drive_step(one, onboarding, "login_as_user", unacknowledged("login_as_user"))
    world.later(timedelta(minutes=5, seconds=1))
    drive_step(one, onboarding, "end_login_as", unacknowledged("end_login_as"))
    world.drain()

    tags = one.tags(onboarding)
    assert (tags.count("login_as.started"), tags.count("login_as.ended")) == (1, 1)
    assert "attempt.answered_late" not in tags
    with acting_for(one.pk):
        assert onboarding.steps.filter(key="end_login_as").count() == 1
        assert onboarding.sessions.get(purpose="staff").state == "ended"


def test_settling_twice_is_harmless(world: World, onboarding: Onboarding) -> None:
    one = world.one
    claim = take(one.pk, one.step(onboarding, KEY).pk, REGISTRY)
    assert claim is not None
    came = REGISTRY[KEY].run(claim.run)
    settle(claim.run, came, REGISTRY)

    assert settle(claim.run, came, REGISTRY) == Settled()
    assert_one_organization(world, onboarding)


def test_answer_and_what_follows_from_it_are_one_transaction(world: World, onboarding: Onboarding) -> None:
    one = world.one
    claim = take(one.pk, one.step(onboarding, KEY).pk, REGISTRY)
    assert claim is not None
    came = REGISTRY[KEY].run(claim.run)
    before = one.tags(onboarding)
    with pytest.raises(ZeroDivisionError), acting_for(one.pk):
        settle(claim.run, came, REGISTRY)
        raise ZeroDivisionError

    assert one.step(onboarding, KEY).state == StepState.RUNNING
    assert [attempt.closed_at for attempt in one.attempts(onboarding, KEY)] == [None]
    assert one.fresh(onboarding).bill_organization_id == ""
    assert one.tags(onboarding) == before


def test_id_that_cannot_be_written_down_at_all_is_logged(
    world: World, onboarding: Onboarding, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("onboarding.engine.runner.SETTLE_AGAIN_AFTER", [0.0])

    def stay_away(batch: Batch) -> None:
        raise OperationalError("the database is away")

    def run(step: Run) -> Outcome:
        came = REGISTRY[KEY].run(step)
        step.fence.later(stay_away)
        return came

    with pytest.raises(OperationalError), caplog.at_level(logging.CRITICAL, "onboarding.runner"):
        drive_step(world.one, onboarding, KEY, registry_with(KEY, run))

    assert world.organizations()[0] in caplog.text
    world.later(LEASE + timedelta(seconds=1))
    world.drain_for(timedelta(seconds=10))
    assert world.organizations() == [world.one.fresh(onboarding).bill_organization_id]
    assert world.sent(KEY) == 1
