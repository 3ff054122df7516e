"""Which of BILL's organizations is ours after an answer was lost: certain ones are adopted, others are for a person."""

from datetime import timedelta
from functools import partial

import pytest

from onboarding.engine.timing import QUIET_PERIOD
from onboarding.models import Onboarding
from onboarding.services.adoption import read_list
from onboarding.services.connections import save_connection
from onboarding.services.resolve import resolve
from onboarding.services.restore import look_before_sending
from onboarding.services.steps import Accepted, NotReady, retry
from onboarding.states import ADOPT, SEND_AGAIN, Status, StepState
from portal.lib import clock
from tests.onboarding.simulator.partner import Partner as Program
from tests.onboarding.steps.sent_organizations import (
    A_WHILE,
    ADDRESS,
    KEY,
    NAME,
    create_by_hand,
    settled_tags,
    state_of,
    submitted,
)
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("kind", ["lose_reply", "cut_before"])
def test_organizations_that_were_there_before_are_never_adopted(
    world: World, program: Program, kind: str
) -> None:
    older = {create_by_hand(program), create_by_hand(program)}
    world.later(timedelta(days=2))
    world.simulator.arm(kind, KEY)
    onboarding = submitted(world)
    world.drain_for(A_WHILE)

    onboarding = world.one.fresh(onboarding)
    assert set(world.organizations()) == older | {onboarding.bill_organization_id}
    assert onboarding.bill_organization_id not in older
    assert len(world.organizations()) == 3


def test_organization_of_the_same_name_elsewhere_is_not_taken_for_ours(
    world: World, program: Program
) -> None:
    world.simulator.arm("lose_reply", KEY)
    onboarding = submitted(world)
    elsewhere = program.create(NAME, address={**ADDRESS, "line1": "9 Other Street"}).json()["id"]
    world.drain_for(timedelta(seconds=10))

    adopted = world.one.fresh(onboarding).bill_organization_id
    assert {adopted, elsewhere} == set(world.organizations())
    assert adopted not in ("", elsewhere)


def test_organization_on_a_later_page_of_bills_list_is_found(world: World, program: Program) -> None:
    world.simulator.change_settings(list_order="oldest first")
    for number in range(101):
        program.create(f"Another {number}")
    world.simulator.arm("lose_reply", KEY)
    onboarding = submitted(world)
    world.drain_for(timedelta(seconds=10))

    assert world.organizations(NAME) == [world.one.fresh(onboarding).bill_organization_id]


def undecided(world: World, program: Program) -> tuple[Onboarding, set[str]]:
    """An onboarding of which BILL has two organizations that fit, and their ids."""
    world.simulator.arm("lose_reply", KEY)
    onboarding = submitted(world)
    create_by_hand(program)
    world.drain_for(timedelta(seconds=10))
    return world.one.fresh(onboarding), set(world.organizations())


def test_two_new_candidates_are_for_a_person_to_decide(world: World, program: Program) -> None:
    onboarding, both = undecided(world, program)

    step = world.one.step(onboarding, KEY)
    assert (step.state, step.waits_for, step.due_at) == (StepState.UNKNOWN, "staff", None)
    assert {candidate["id"] for candidate in step.evidence["candidates"]} == both
    assert onboarding.status == Status.WAITING_ON_STAFF
    world.drain_for(A_WHILE)
    assert set(world.organizations()) == both
    assert settled_tags(world, onboarding) == ["step.submitted", "step.outcome_unknown", "step.waiting"]


def test_candidate_that_a_person_recognised_is_adopted(world: World, program: Program) -> None:
    one = world.one
    onboarding, both = undecided(world, program)
    chosen = sorted(both)[0]
    step = one.step(onboarding, KEY)
    adopt = partial(resolve, actor=one.actor(), step=step, choice=ADOPT, reason="Same phone")

    assert isinstance(adopt(bill_id="008nobody"), NotReady)
    assert adopt(bill_id=chosen) == Accepted()
    assert isinstance(adopt(bill_id=chosen), NotReady)

    onboarding = one.fresh(onboarding)
    assert onboarding.bill_organization_id == chosen
    assert (onboarding.status, onboarding.current_step) == (Status.READY, "create_user")
    assert set(world.organizations()) == both
    assert settled_tags(world, onboarding)[-1] == "step.resolved"


def test_organization_that_a_person_does_not_recognise_is_sent_again(world: World, program: Program) -> None:
    one = world.one
    onboarding, both = undecided(world, program)
    step = one.step(onboarding, KEY)

    assert (
        resolve(actor=one.actor(), step=step, choice=SEND_AGAIN, reason="Neither is ours", seen=both)
        == Accepted()
    )
    world.drain()
    assert world.sent(KEY) == 2  # not before the quiet period has shown no other
    world.later(QUIET_PERIOD)
    world.drain()

    adopted = one.fresh(onboarding).bill_organization_id
    assert set(world.organizations()) == both | {adopted}
    assert adopted not in both
    assert world.sent(KEY) == 3


def test_candidate_created_just_before_may_be_older_than_bills_clock_says(
    world: World, program: Program
) -> None:
    create_by_hand(program)
    world.later(timedelta(seconds=30))
    world.simulator.arm("lose_reply", KEY)
    onboarding = submitted(world)
    world.drain_for(timedelta(seconds=10))

    assert state_of(world, onboarding) == (StepState.UNKNOWN, "staff")


def test_candidate_without_a_time_is_for_a_person_to_decide(world: World) -> None:
    one = world.one
    world.simulator.change_settings(times_shown=False)
    world.simulator.arm("lose_reply", KEY)
    onboarding = submitted(world)
    world.drain_for(A_WHILE)

    step = one.step(onboarding, KEY)
    assert (step.state, step.waits_for) == (StepState.UNKNOWN, "staff")
    assert [c["id"] for c in step.evidence["candidates"]] == world.organizations()
    resolve(actor=one.actor(), step=step, choice=ADOPT, bill_id=world.organizations()[0], reason="It is ours")
    assert world.organizations() == [one.fresh(onboarding).bill_organization_id]


@pytest.mark.parametrize("landed", [("lose_reply", "lose_reply"), ("lose_reply", "cut_before")])
def test_two_onboardings_of_one_company_that_were_lost_together_are_for_a_person(
    world: World, landed: tuple[str, str]
) -> None:
    one = world.one
    both = [one.at(KEY), one.at(KEY)]
    for onboarding, kind in zip(both, landed, strict=True):
        world.simulator.arm(kind, KEY)
        one.submit(onboarding, KEY)
        world.drain()
    world.drain_for(A_WHILE)

    assert [state_of(world, onboarding) for onboarding in both] == [(StepState.UNKNOWN, "staff")] * 2
    assert world.sent(KEY) == 2
    assert len(world.organizations()) == landed.count("lose_reply")


def test_decision_for_one_of_two_frees_the_other(world: World) -> None:
    one = world.one
    first, second = one.at(KEY), one.at(KEY)
    for onboarding in (first, second):
        world.simulator.arm("lose_reply", KEY)
        one.submit(onboarding, KEY)
        world.drain()
    world.drain_for(timedelta(seconds=10))
    one_id, other_id = world.organizations()

    step = one.step(first, KEY)
    resolve(actor=one.actor(), step=step, choice=ADOPT, bill_id=one_id, reason="By its time")
    taken = resolve(
        actor=one.actor(), step=one.step(second, KEY), choice=ADOPT, bill_id=one_id, reason="By its time"
    )
    assert taken == NotReady("Another onboarding holds this one already.")
    retry(actor=one.actor(), step=one.step(second, KEY))
    world.drain()

    assert one.fresh(second).bill_organization_id == other_id
    assert state_of(world, second) == (StepState.DONE, "")


def test_other_tenants_organization_is_never_a_candidate(world: World) -> None:
    theirs = world.two.at("create_user").bill_organization_id
    world.simulator.arm("cut_before", KEY)
    onboarding = submitted(world)
    world.drain_for(A_WHILE)

    ours = world.one.fresh(onboarding).bill_organization_id
    assert ours not in ("", theirs)
    assert set(world.organizations()) == {ours, theirs}


def test_organization_that_a_restored_database_does_not_know_of_is_adopted(
    world: World, program: Program
) -> None:
    one = world.one
    onboarding = one.at(KEY)
    one.submit(onboarding, KEY)
    # Here the create was sent; then the database was put back to before that.
    world.later(timedelta(minutes=1))
    made = create_by_hand(program)
    world.later(timedelta(hours=3))
    look_before_sending(one.pk)
    world.drain_for(A_WHILE)

    assert one.fresh(onboarding).bill_organization_id == made
    assert one.attempts(onboarding, KEY) == []


def test_create_that_was_not_sent_before_the_database_was_restored_is_sent_once(
    world: World, program: Program
) -> None:
    one = world.one
    older = create_by_hand(program)
    world.later(timedelta(days=2))
    onboarding = one.at(KEY)
    one.submit(onboarding, KEY)
    look_before_sending(one.pk)
    world.drain_for(timedelta(seconds=100))
    assert world.organizations() == [older]
    world.drain_for(A_WHILE)

    assert set(world.organizations()) == {older, one.fresh(onboarding).bill_organization_id}


def test_organization_that_only_a_clock_calls_older_is_a_persons_to_judge(
    world: World, program: Program
) -> None:
    older = create_by_hand(program)
    world.later(timedelta(minutes=10))
    world.simulator.arm("cut_before", KEY)
    onboarding = submitted(world)
    world.drain_for(A_WHILE)

    assert state_of(world, onboarding) == ("unknown", "staff")
    assert world.organizations() == [older]


def test_create_is_found_although_our_clock_is_ahead_of_bills(world: World) -> None:
    onboarding = world.one.at(KEY)
    world.moved.enter_context(clock.moved(timedelta(minutes=3)))  # ours only
    world.simulator.arm("lose_reply", KEY)
    world.one.submit(onboarding, KEY)
    world.drain_for(A_WHILE)

    assert len(world.organizations()) == 1
    assert state_of(world, onboarding) == ("unknown", "staff")


def write_address(world: World, **fields: str) -> None:
    """Have BILL answer with an address that is written in another way."""
    (made,) = world.simulator.organizations
    address = {**made.body["address"], **fields}
    world.simulator.world.store.replace(made.id, {**made.body, "address": address})


def test_create_is_found_although_bill_writes_more_digits_of_the_zip_code(world: World) -> None:
    world.simulator.arm("lose_reply", KEY)
    onboarding = submitted(world)
    write_address(world, zipOrPostalCode=f"{ADDRESS['zipOrPostalCode']}-1234")
    world.drain_for(A_WHILE)

    assert world.organizations() == [world.one.fresh(onboarding).bill_organization_id]


def test_create_whose_address_bill_writes_in_its_own_way_is_a_persons_to_judge(world: World) -> None:
    world.simulator.arm("lose_reply", KEY)
    onboarding = submitted(world)
    write_address(world, line1="123 MAIN ST")
    world.drain_for(A_WHILE)

    assert len(world.organizations()) == 1
    assert state_of(world, onboarding) == ("unknown", "staff")


def test_create_is_not_sent_with_other_credentials_because_those_do_not_show_it(world: World) -> None:
    one = world.one
    world.simulator.arm("lose_reply", KEY)
    onboarding = submitted(world)
    two = {"password": "simulator-two", "app_key": "SIM-APP-KEY-TWO", "dev_key": "SIM-DEV-KEY-TWO"}
    save_connection(actor=one.actor(), environment="simulator", username="partner.two@example.com", **two)
    world.drain_for(A_WHILE)

    assert len(world.organizations()) == 1
    assert state_of(world, onboarding) == ("unknown", "staff")
    assert "credentials" in one.step(onboarding, KEY).reason


def test_what_nobody_saw_is_not_rejected(world: World, program: Program) -> None:
    one = world.one
    onboarding, both = undecided(world, program)
    step = one.step(onboarding, KEY)
    unseen = create_by_hand(program)
    world.later(timedelta(seconds=30))
    read_list(actor=one.actor(), connection=one.connection)

    answer = resolve(actor=one.actor(), step=step, choice=SEND_AGAIN, reason="Neither is ours", seen=both)

    assert isinstance(answer, NotReady)
    assert "another one" in answer.why
    world.drain_for(A_WHILE)
    assert set(world.organizations()) == {*both, unseen}


def test_a_persons_word_is_worth_one_create(world: World, program: Program) -> None:
    one = world.one
    onboarding, both = undecided(world, program)
    step = one.step(onboarding, KEY)
    resolve(actor=one.actor(), step=step, choice=SEND_AGAIN, reason="Neither is ours", seen=both)
    world.simulator.arm("cut_before", KEY)
    world.later(QUIET_PERIOD)
    world.drain()

    assert world.sent(KEY) == 3
    assert SEND_AGAIN not in one.step(onboarding, KEY).evidence
