"""Verification: on permission only, started once, and followed to a decision that nobody mistakes."""

from contextlib import closing
from datetime import timedelta

import pytest

from onboarding.engine.moves import move
from onboarding.models import BillSession, Onboarding, Purpose, SessionState
from onboarding.services.consent import change_grant
from onboarding.services.login_as import request_login_as
from onboarding.services.steps import NotReady
from onboarding.states import Status, StepState, WaitsFor
from portal.lib import clock
from portal.lib.tenancy import acting_for
from tests.factories import INPUTS
from tests.onboarding.simulator.partner import Partner as Program
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "start_verification"
A_WHILE = timedelta(minutes=4)
SOON = timedelta(seconds=30)


def submitted(world: World, name: str = "Rice Cakes Inc", **values: str) -> Onboarding:
    onboarding = world.one.at(KEY, name)
    world.one.submit(onboarding, KEY, **values)
    world.drain()
    return world.one.fresh(onboarding)


def finished(world: World, name: str) -> Onboarding:
    """An onboarding of this name with all six steps behind it, and time for BILL to decide."""
    onboarding = submitted(world, name)
    request_login_as(
        actor=world.one.actor(), onboarding=onboarding, reason="Check the set-up together", minutes="5"
    )
    world.drain_for(SOON)
    return world.one.fresh(onboarding)


def states(world: World, onboarding: Onboarding) -> dict[str, str]:
    return {key: world.one.step(onboarding, key).state for key in (KEY, "login_as_user")}


def test_verification_is_not_started_without_a_permission_on_record(world: World) -> None:
    one = world.one
    onboarding = one.at(KEY)
    step = one.step(onboarding, KEY)
    with acting_for(one.pk):
        move(step, StepState.READY, due_at=clock.now(), submitted_at=clock.now(), input=INPUTS[KEY])
    world.drain()

    step = one.step(onboarding, KEY)
    assert (step.state, step.waits_for) == (StepState.WAITING, WaitsFor.ADMIN)
    assert one.fresh(onboarding).status == Status.WAITING_ON_ADMIN
    assert (world.sent("login_as_user"), world.sent("initiate_risk_verification")) == (0, 0)
    assert one.attempts(onboarding, "login_as_user") == []


@pytest.mark.parametrize("kind", ["lose_reply", "truncate", "error_after"])
def test_lost_answer_is_found_by_looking(world: World, kind: str) -> None:
    world.simulator.arm(kind, "initiate_risk_verification")
    onboarding = submitted(world)
    assert world.one.step(onboarding, KEY).state == StepState.UNKNOWN

    world.drain_for(SOON)

    assert world.one.step(onboarding, KEY).state == StepState.DONE
    assert world.sent("initiate_risk_verification") == 1
    assert world.one.fresh(onboarding).decision == "APPROVE"


@pytest.mark.parametrize("before", ["404", "empty"])
def test_verification_that_was_never_started_is_sent_again(world: World, before: str) -> None:
    world.simulator.change_settings(before_initiation=before)
    world.simulator.arm("cut_before", "initiate_risk_verification")
    onboarding = submitted(world)
    world.drain_for(A_WHILE)

    assert world.one.step(onboarding, KEY).state == StepState.DONE
    assert world.sent("initiate_risk_verification") == 2
    assert len(world.simulator.decisions) == 1


@pytest.mark.parametrize("code", ["BDC_1119", "BDC_1124"])
def test_verification_that_was_started_before_is_done(world: World, code: str) -> None:
    one = world.one
    world.simulator.change_settings(second_initiation_code=code)
    onboarding = one.at(KEY)
    change_grant(actor=one.actor(), onboarding=onboarding, values=INPUTS[KEY])
    start_by_hand(world, onboarding)
    one.submit(onboarding, KEY)
    world.drain()

    step = one.step(onboarding, KEY)
    assert (step.state, step.reason) == (StepState.DONE, "BILL had started the verification already.")
    world.drain_for(SOON)
    assert one.fresh(onboarding).decision == "APPROVE"


def start_by_hand(world: World, onboarding: Onboarding) -> None:
    there = (onboarding.bill_organization_id, onboarding.bill_user_id)
    with closing(Program(world.simulator.api_url)) as program, program.as_user(*there) as user:
        assert user.post("/v3/risk-verifications").status_code == 200


def test_verification_that_bill_refuses_for_another_reason_is_refused(world: World) -> None:
    world.simulator.change_settings(initiation_needs_owner=True)
    one = world.one
    onboarding = one.at("create_organization")
    one.submit(onboarding, "create_organization", owner_name="")
    for key in ("create_user", "add_risk_phone", KEY):
        world.drain()
        one.submit(onboarding, key)
    world.drain()

    step = one.step(onboarding, KEY)
    assert (step.state, one.fresh(onboarding).status) == (StepState.REFUSED, Status.NEEDS_YOU)
    assert [problem["code"] for problem in step.problems] == ["BDC_1117"]


def test_verification_that_needs_a_trusted_session_waits_on_the_admin(world: World) -> None:
    world.simulator.change_settings(initiation_needs_trust=True)
    onboarding = submitted(world)

    assert onboarding.status == Status.WAITING_ON_ADMIN
    assert "MFA" in world.one.step(onboarding, KEY).reason
    world.simulator.change_settings(initiation_needs_trust=False)
    world.drain_for(timedelta(minutes=16), every=timedelta(minutes=5))
    assert world.one.step(onboarding, KEY).state == StepState.DONE


@pytest.mark.parametrize(
    ("word", "decision", "status", "waits_for"),
    [
        ("", "APPROVE", Status.DONE, ""),
        (" [approve]", "APPROVE", Status.DONE, ""),
        (" [decline]", "DECLINE", Status.DECLINED, ""),
        (" [hold]", "HOLD", Status.WAITING_ON_ADMIN, "admin"),
        (" [review]", "REVIEW", Status.WAITING_ON_BILL, "bill"),
    ],
)
def test_decision_by_its_magic_word(
    world: World, word: str, decision: str, status: Status, waits_for: str
) -> None:
    onboarding = finished(world, f"Rice Cakes Inc{word}")

    shown = (onboarding.decision, onboarding.status, onboarding.waits_for, onboarding.steps_done)
    assert shown == (decision, status, waits_for, 6)
    is_final = decision in ("APPROVE", "DECLINE")
    assert onboarding.is_closed is is_final
    assert world.one.step(onboarding, "follow_decision").state == ("done" if is_final else "waiting")
    assert world.one.tags(onboarding).count("onboarding.completed") == is_final


@pytest.mark.parametrize(
    "word",
    ["APPROVED", "approve", "PARTIALLY_APPROVED", "Ω" * 40],
    ids=["past", "small", "longer", "longest"],
)
def test_decision_that_is_not_known_stays_visible_and_is_no_approval(world: World, word: str) -> None:
    onboarding = finished(world, "Rice Cakes Inc [review]")
    world.simulator.decide(onboarding.bill_organization_id, word)
    world.drain_for(timedelta(hours=1), every=timedelta(minutes=10))

    onboarding = world.one.fresh(onboarding)
    assert (onboarding.decision, onboarding.status) == (word, Status.WAITING_ON_BILL)
    assert not onboarding.is_closed
    assert word in world.one.step(onboarding, "follow_decision").reason

    world.simulator.decide(onboarding.bill_organization_id, "APPROVE")
    world.drain_for(timedelta(hours=1), every=timedelta(minutes=10))
    assert world.one.fresh(onboarding).status == Status.DONE


def test_decision_is_followed_from_hold_to_its_end_and_each_change_is_on_record(world: World) -> None:
    one = world.one
    onboarding = finished(world, "Rice Cakes Inc [hold]")
    for decision in ("REVIEW", "DECLINE"):
        world.simulator.decide(onboarding.bill_organization_id, decision)
        world.drain_for(timedelta(hours=1), every=timedelta(minutes=10))

    told = [entry.content["fields"] for entry in one.entries(onboarding) if entry.tag == "decision.changed"]
    assert [(change["was"], change["now"]) for change in told] == [
        ("none", "IN_PROGRESS"),
        ("IN_PROGRESS", "HOLD"),
        ("HOLD", "REVIEW"),
        ("REVIEW", "DECLINE"),
    ]
    assert one.fresh(onboarding).status == Status.DECLINED


def test_decision_in_bills_former_word_is_in_progress(world: World) -> None:
    world.simulator.change_settings(in_progress_word="PENDING")
    onboarding = submitted(world)

    assert onboarding.decision == "IN_PROGRESS"


def test_following_goes_on_while_bill_is_away_and_sends_nothing_new(world: World) -> None:
    onboarding = submitted(world)
    world.simulator.arm("error_before", "get_risk_verification", times=3)
    world.drain_for(A_WHILE)

    assert world.one.fresh(onboarding).decision == "APPROVE"
    assert world.sent("initiate_risk_verification") == 1


def test_portals_own_session_is_logged_out_once_the_decision_is_final(world: World) -> None:
    one = world.one
    onboarding = submitted(world)
    world.drain_for(SOON)

    own = [session for session in world.simulator.sessions if session.organization_id]
    assert [session.ended for session in own] == [True]
    with acting_for(one.pk):
        row = BillSession.objects.get(onboarding=onboarding, purpose=Purpose.SYSTEM.value)
    assert (row.state, row.secret) == (SessionState.ENDED, None)


def test_permission_that_is_refused_ends_both_steps_as_not_permitted(world: World) -> None:
    one = world.one
    onboarding = submitted(world, scope="nothing")

    assert states(world, onboarding) == {KEY: "not_permitted", "login_as_user": "not_permitted"}
    assert (onboarding.status, onboarding.steps_done, onboarding.is_closed) == (
        Status.NOT_PERMITTED,
        6,
        True,
    )
    assert one.tags(onboarding)[-4:] == [
        "grant.refused",
        "step.not_permitted",
        "step.not_permitted",
        "onboarding.completed",
    ]
    world.drain_for(A_WHILE)
    assert (world.sent("login_as_user"), world.sent("initiate_risk_verification")) == (0, 0)


def test_permission_for_the_verification_alone_ends_the_login_as_not_permitted(world: World) -> None:
    one = world.one
    onboarding = submitted(world, scope="verification")
    world.drain_for(SOON)

    assert states(world, onboarding) == {KEY: "done", "login_as_user": "not_permitted"}
    onboarding = one.fresh(onboarding)
    assert (onboarding.status, onboarding.decision) == (Status.DONE, "APPROVE")
    asked = request_login_as(
        actor=one.actor(), onboarding=onboarding, reason="I would like to look", minutes="15"
    )
    assert isinstance(asked, NotReady)
    assert world.sent("login_as_user") == 1  # the portal's own


def test_permission_that_comes_later_lets_the_verification_start(world: World) -> None:
    one = world.one
    onboarding = submitted(world, scope="nothing")
    change_grant(actor=one.actor(), onboarding=onboarding, values=INPUTS[KEY])

    onboarding = one.fresh(onboarding)
    assert states(world, onboarding) == {KEY: "ready", "login_as_user": "not_started"}
    assert (onboarding.status, onboarding.current_step, onboarding.is_closed) == (Status.RUNNING, KEY, False)
    world.drain()
    assert one.step(onboarding, KEY).state == StepState.DONE


def test_permission_that_is_widened_opens_the_login_again(world: World) -> None:
    one = world.one
    onboarding = submitted(world, scope="verification")
    world.drain_for(SOON)
    change_grant(actor=one.actor(), onboarding=onboarding, values=INPUTS[KEY])

    onboarding = one.fresh(onboarding)
    assert states(world, onboarding) == {KEY: "done", "login_as_user": "not_started"}
    assert (onboarding.status, onboarding.is_closed) == (Status.READY, False)
