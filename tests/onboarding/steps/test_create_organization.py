"""The one call that must not happen twice: BILL has no idempotency key for it, and no way to delete."""

from datetime import timedelta
from functools import partial

import pytest

from onboarding.engine.timing import QUIET_PERIOD
from onboarding.services.connections import save_connection
from onboarding.services.steps import Accepted, retry
from onboarding.states import Status, StepState
from portal.lib import clock
from tests.onboarding.executors import in_thread
from tests.onboarding.steps.sent_organizations import A_WHILE, KEY, settled_tags, state_of, submitted
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("lose_reply", {}),
        ("truncate", {}),
        ("no_id", {}),
        ("error_after", {}),
        ("error_after", {"status": 500}),
        ("hang", {"seconds": 0.2}),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.get("status", "")),
)
def test_answer_that_is_lost_or_unreadable_makes_one_organization_adopted_by_itself(
    world: World, kind: str, options: dict[str, float]
) -> None:
    world.simulator.arm(kind, KEY, **options)
    onboarding = submitted(world)

    assert state_of(world, onboarding) == (StepState.UNKNOWN, "")
    assert onboarding.status == Status.UNKNOWN
    assert onboarding.bill_organization_id == ""
    world.drain_for(timedelta(seconds=10))

    onboarding = world.one.fresh(onboarding)
    assert world.organizations() == [onboarding.bill_organization_id]
    assert world.sent(KEY) == 1
    assert state_of(world, onboarding) == (StepState.DONE, "")
    assert onboarding.status == Status.READY
    assert settled_tags(world, onboarding) == ["step.submitted", "step.outcome_unknown", "step.done"]
    assert "adopted" in world.one.entries(onboarding)[-1].body
    assert [a.outcome for a in world.one.attempts(onboarding, KEY)] == ["unknown"]
    assert world.two.tags(onboarding) == []


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("cut_before", {}),
        ("error_before", {}),
        ("error_before", {"status": 500}),
        ("html", {}),
        ("hang", {"seconds": 0.2, "committed": False}),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.get("status", "")),
)
def test_call_that_never_took_effect_is_sent_again_after_the_quiet_period(
    world: World, kind: str, options: dict[str, float]
) -> None:
    world.simulator.arm(kind, KEY, **options)
    onboarding = submitted(world)
    world.drain_for(QUIET_PERIOD - timedelta(seconds=10))

    assert world.sent("list_partner_organizations") > 3
    assert (world.sent(KEY), world.organizations()) == (1, [])
    assert state_of(world, onboarding) == (StepState.UNKNOWN, "")
    world.drain_for(timedelta(seconds=70))

    onboarding = world.one.fresh(onboarding)
    assert world.organizations() == [onboarding.bill_organization_id]
    assert state_of(world, onboarding) == (StepState.DONE, "")
    first, second = world.one.attempts(onboarding, KEY)
    assert second.opened_at - first.opened_at >= QUIET_PERIOD
    assert (first.outcome, second.outcome, second.bill_id) == (
        "unknown",
        "done",
        onboarding.bill_organization_id,
    )
    assert settled_tags(world, onboarding) == [
        "step.submitted",
        "step.outcome_unknown",
        "step.postponed",
        "step.done",
    ]


def test_lost_reply_again_after_it_was_sent_again_makes_one_organization(world: World) -> None:
    world.simulator.arm("cut_before", KEY)
    onboarding = submitted(world)
    world.simulator.arm("lose_reply", KEY)
    world.drain_for(A_WHILE)

    assert world.organizations() == [world.one.fresh(onboarding).bill_organization_id]
    assert world.sent(KEY) == 2


def test_organization_that_lands_late_is_adopted_and_not_sent_again(world: World) -> None:
    one = world.one
    onboarding = one.at(KEY)
    world.simulator.arm("late", KEY, seconds=1.5)
    one.submit(onboarding, KEY)
    # The executor that waits for BILL is given up on; its call lands while others look for it.
    slow = in_thread(world.drain)
    while not one.attempts(onboarding, KEY):
        slow.join(0.05)
    world.later(timedelta(seconds=61))
    world.drain()
    assert state_of(world, onboarding) == (StepState.UNKNOWN, "")
    world.later(timedelta(seconds=20))
    world.drain()
    assert state_of(world, onboarding) == (StepState.UNKNOWN, "")
    assert world.organizations() == []
    slow.join()

    world.drain_for(A_WHILE)
    onboarding = one.fresh(onboarding)
    assert world.organizations() == [onboarding.bill_organization_id]
    assert world.sent(KEY) == 1
    assert state_of(world, onboarding) == (StepState.DONE, "")
    assert "attempt.answered_late" in one.tags(onboarding)


def test_bill_that_refuses_connections_was_sent_nothing_and_is_tried_again(world: World) -> None:
    one = world.one
    onboarding = one.at(KEY)
    world.simulator.arm("refuse", seconds=60)
    one.submit(onboarding, KEY)
    world.drain()

    step = one.step(onboarding, KEY)
    assert (step.state, step.reason) == (StepState.READY, "BILL cannot be reached. Nothing was sent.")
    assert step.due_at is not None
    assert step.due_at > clock.now()
    assert [a.outcome for a in one.attempts(onboarding, KEY)] == ["not_sent"]
    world.simulator.disarm()
    world.drain_for(timedelta(seconds=10))

    assert world.organizations() == [one.fresh(onboarding).bill_organization_id]
    assert world.sent(KEY) == 1
    assert settled_tags(world, onboarding) == ["step.submitted", "step.postponed", "step.done"]


def test_session_that_bill_ended_in_mid_journey_is_opened_again_once(world: World) -> None:
    one = world.one
    onboarding = one.at(KEY)
    world.simulator.arm("unauthorized", KEY)
    one.submit(onboarding, KEY)
    world.drain()

    assert state_of(world, onboarding) == (StepState.DONE, "")
    assert world.sent("partner_login") == 2
    assert [(a.outcome, a.codes) for a in one.attempts(onboarding, KEY)] == [
        ("refused", ["BDC_1109"]),
        ("done", []),
    ]
    assert len(world.organizations()) == 1


def test_session_that_bill_ends_again_and_again_is_not_hammered(world: World) -> None:
    onboarding = world.one.at(KEY)
    world.simulator.arm("unauthorized", KEY, times=2)
    world.one.submit(onboarding, KEY)
    world.drain()

    step = world.one.step(onboarding, KEY)
    assert (step.state, step.reason) == (StepState.READY, "BILL ended the session at once, twice.")
    assert (world.sent(KEY), world.organizations()) == (2, [])
    world.drain_for(timedelta(seconds=10))
    assert world.organizations() == [world.one.fresh(onboarding).bill_organization_id]


@pytest.mark.parametrize("portal_knows", [True, False])
def test_partner_session_that_idled_out_is_renewed(world: World, portal_knows: bool) -> None:
    onboarding = world.one.at(KEY)
    if portal_knows:
        world.later(timedelta(minutes=40))
    else:
        world.simulator.clock.advance(timedelta(minutes=40))
    world.one.submit(onboarding, KEY)
    world.drain()

    assert state_of(world, onboarding) == (StepState.DONE, "")
    assert world.sent("partner_login") == 2
    assert world.sent(KEY) == (1 if portal_knows else 2)
    assert len(world.organizations()) == 1


def test_wrong_password_is_refused_in_words_and_works_once_corrected(world: World) -> None:
    one = world.one
    onboarding = one.at(KEY)
    replace = partial(
        save_connection, actor=one.actor(), environment="simulator", username=one.connection.username
    )
    replace(password="mistyped")
    one.submit(onboarding, KEY)
    world.drain()

    step = one.step(onboarding, KEY)
    assert step.state == StepState.REFUSED
    assert step.reason == (
        "The username and the password do not match; enter them again in the connection's settings."
    )
    assert [problem["code"] for problem in step.problems] == ["BDC_1101"]
    assert one.fresh(onboarding).status == Status.NEEDS_YOU
    assert world.sent(KEY) == 0

    replace(password="simulator-one")
    assert retry(actor=one.actor(), step=step) == Accepted()
    world.drain()
    assert world.organizations() == [one.fresh(onboarding).bill_organization_id]


def test_values_that_bill_refuses_are_corrected_and_sent_again(world: World) -> None:
    one = world.one
    onboarding = one.at(KEY)
    one.submit(onboarding, KEY, tax_id="12")
    world.drain()
    step = one.step(onboarding, KEY)
    assert (step.state, world.organizations()) == (StepState.REFUSED, [])

    one.submit(onboarding, KEY)
    world.drain()

    assert world.organizations() == [one.fresh(onboarding).bill_organization_id]
    assert one.step(onboarding, KEY).problems == []
    assert settled_tags(world, onboarding) == [
        "step.submitted",
        "step.refused",
        "step.submitted",
        "step.reopened",
        "step.done",
    ]


def test_limit_of_bill_postpones_without_a_doubt(world: World) -> None:
    world.simulator.arm("error_before", KEY, status=429)
    onboarding = submitted(world)

    assert state_of(world, onboarding) == (StepState.READY, "")
    world.drain_for(timedelta(seconds=70))
    assert len(world.organizations()) == 1
    assert "step.outcome_unknown" not in world.one.tags(onboarding)


def test_look_that_fails_has_seen_nothing_and_sends_nothing(world: World) -> None:
    world.simulator.arm("lose_reply", KEY)
    world.simulator.arm("error_before", "list_partner_organizations", times=None)
    onboarding = submitted(world)
    world.drain_for(QUIET_PERIOD + A_WHILE)

    step = world.one.step(onboarding, KEY)
    assert (step.state, world.sent(KEY)) == (StepState.UNKNOWN, 1)
    assert step.reason.startswith("Looking at BILL failed")
    world.simulator.disarm()
    world.drain_for(timedelta(minutes=20), every=timedelta(minutes=1))
    assert world.organizations() == [world.one.fresh(onboarding).bill_organization_id]


def test_retry_of_an_unknown_outcome_looks_and_does_not_send(world: World) -> None:
    world.simulator.arm("cut_before", KEY)
    onboarding = submitted(world)

    assert retry(actor=world.one.actor(), step=world.one.step(onboarding, KEY)) == Accepted()
    world.drain()

    assert (world.sent(KEY), world.sent("list_partner_organizations")) == (1, 1)
    assert state_of(world, onboarding) == (StepState.UNKNOWN, "")
