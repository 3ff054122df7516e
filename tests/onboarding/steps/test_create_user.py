"""The administrator: never without an acceptance on record, never twice."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.engine.moves import move
from onboarding.models import Acceptance, Onboarding, Step
from onboarding.services.consent import accept_terms
from onboarding.services.steps import retry
from onboarding.states import Status, StepState
from onboarding.steps.create_user import username_of
from portal.lib import clock
from portal.lib.tenancy import acting_for
from tests.factories import INPUTS
from tests.onboarding.simulator.partner import Partner as Program
from tests.world import World

KEY = "create_user"
OPERATION = "create_partner_user"
A_WHILE = timedelta(minutes=4)
flow = pytest.mark.django_db(transaction=True)


def submitted(world: World) -> Onboarding:
    onboarding = world.one.at(KEY)
    world.one.submit(onboarding, KEY)
    world.drain()
    return world.one.fresh(onboarding)


def user_ids(world: World) -> list[str]:
    return [user.id for user in world.simulator.users]


@given(st.uuids())
def test_username_is_alphanumeric_short_and_says_nothing_of_the_person(onboarding_id: UUID) -> None:
    username = username_of(onboarding_id)

    assert username.isascii()
    assert username.isalnum()
    assert username[0].isalpha()
    assert len(username) <= 40
    assert username == username_of(onboarding_id)


@given(st.uuids(), st.uuids())
def test_usernames_of_two_onboardings_differ_whatever_their_case(first: UUID, second: UUID) -> None:
    assert (username_of(first).casefold() == username_of(second).casefold()) is (first == second)


@flow
def test_user_is_an_administrator_who_can_be_told_apart(world: World) -> None:
    onboarding = submitted(world)

    (user,) = world.simulator.users
    assert user.id == onboarding.bill_user_id
    assert user.organization_id == onboarding.bill_organization_id
    assert user.body["username"] == username_of(onboarding.pk)
    assert user.body["externalReferenceId"] == str(onboarding.pk)
    assert user.body["role"]["type"] == "ADMINISTRATOR"
    assert world.one.step(onboarding, KEY).result["role"] == "ADMINISTRATOR"


@flow
def test_acceptance_is_on_record_before_the_call_and_without_its_name_in_clear(world: World) -> None:
    one = world.one
    onboarding = submitted(world)

    with acting_for(one.pk):
        accepted = Acceptance.objects.get(onboarding=onboarding)
    (attempt,) = one.attempts(onboarding, OPERATION)
    assert (accepted.accepted_by, accepted.recorded_at < attempt.opened_at) == ("Tomato Soupsmith", True)
    tags = one.tags(onboarding)
    assert tags.index("terms.accepted") < tags.index("step.submitted", tags.index("terms.accepted"))
    assert not any("Soupsmith" in entry.body for entry in one.entries(onboarding))


@flow
def test_user_is_not_sent_without_an_acceptance_on_record(world: World) -> None:
    one = world.one
    onboarding = one.at(KEY)
    step = one.step(onboarding, KEY)
    with acting_for(one.pk):
        Step.objects.filter(pk=step.pk).update(submitted_at=clock.now())
        move(step, StepState.READY, due_at=clock.now(), input=INPUTS[KEY])
    world.drain()

    step = one.step(onboarding, KEY)
    assert (step.state, one.fresh(onboarding).status) == (StepState.WAITING, Status.WAITING_ON_ADMIN)
    assert step.reason.startswith("BILL's terms have not been accepted for this organization yet.")
    assert (world.sent(OPERATION), one.attempts(onboarding, OPERATION)) == (0, [])

    accepted = {name: text for name, text in INPUTS[KEY].items() if name.startswith("accepted")}
    accept_terms(actor=one.actor(), onboarding=onboarding, values=accepted)
    world.drain()
    assert user_ids(world) == [one.fresh(onboarding).bill_user_id]


@flow
@pytest.mark.parametrize("kind", ["lose_reply", "truncate", "no_id", "error_after"])
def test_lost_answer_makes_one_user_adopted_by_itself(world: World, kind: str) -> None:
    world.simulator.arm(kind, OPERATION)
    onboarding = submitted(world)
    assert world.one.step(onboarding, KEY).state == StepState.UNKNOWN
    assert onboarding.bill_user_id == ""

    world.drain_for(timedelta(seconds=10))

    assert user_ids(world) == [world.one.fresh(onboarding).bill_user_id]
    assert world.sent(OPERATION) == 1
    assert world.one.step(onboarding, KEY).state == StepState.DONE
    assert world.two.tags(onboarding) == []


@flow
@pytest.mark.parametrize("kind", ["cut_before", "error_before", "html"])
def test_user_that_was_never_created_is_sent_again(world: World, kind: str) -> None:
    world.simulator.arm(kind, OPERATION)
    onboarding = submitted(world)
    world.drain_for(A_WHILE)

    assert user_ids(world) == [world.one.fresh(onboarding).bill_user_id]
    assert world.sent(OPERATION) == 2


@flow
@pytest.mark.parametrize(
    "hidden",
    [{"username_shown": False}, {"username_shown": False, "external_reference_shown": False}],
    ids=["found by reference", "found by person"],
)
def test_user_is_adopted_from_what_bill_shows(world: World, hidden: dict[str, bool]) -> None:
    world.simulator.change_settings(**hidden)
    world.simulator.arm("lose_reply", OPERATION)
    onboarding = submitted(world)
    world.drain_for(timedelta(seconds=10))

    assert user_ids(world) == [world.one.fresh(onboarding).bill_user_id]


@flow
@pytest.mark.parametrize(("code", "status"), [("BDC_1119", 422), ("BDC_1124", 400), ("BDC_1205", 409)])
def test_username_that_ours_has_taken_is_adopted(
    world: World, program: Program, code: str, status: int
) -> None:
    one = world.one
    world.simulator.change_settings(duplicate_username_code=code, duplicate_username_status=status)
    onboarding = one.at(KEY)
    there = program.create_user(
        onboarding.bill_organization_id, username=username_of(onboarding.pk), email="other@example.com"
    ).json()["id"]
    one.submit(onboarding, KEY)
    world.drain()

    assert user_ids(world) == [there] == [one.fresh(onboarding).bill_user_id]
    assert one.step(onboarding, KEY).reason == "BILL has this user already; it was adopted."


@flow
def test_username_that_a_stranger_has_taken_is_refused_and_not_adopted(
    world: World, program: Program
) -> None:
    one = world.one
    onboarding = one.at(KEY)
    elsewhere = program.create_id("Somebody Else Inc")
    program.create_user(elsewhere, username=username_of(onboarding.pk))
    one.submit(onboarding, KEY)
    world.drain()

    step = one.step(onboarding, KEY)
    assert (step.state, [problem["code"] for problem in step.problems]) == (StepState.REFUSED, ["BDC_1119"])
    assert one.fresh(onboarding).bill_user_id == ""


@flow
def test_strangers_in_the_organization_are_not_taken_for_ours(world: World, program: Program) -> None:
    one = world.one
    onboarding = one.at(KEY)
    program.create_user(onboarding.bill_organization_id, username="bob1", email=INPUTS[KEY]["email"])
    world.simulator.arm("cut_before", OPERATION)
    one.submit(onboarding, KEY)
    world.drain_for(A_WHILE)

    mine = one.fresh(onboarding).bill_user_id
    assert [user.body["username"] for user in world.simulator.users if user.id == mine] == [
        username_of(onboarding.pk)
    ]
    assert len(user_ids(world)) == 2


@flow
def test_acceptance_that_is_sent_again_unchanged_is_recorded_once(world: World) -> None:
    one = world.one
    onboarding = one.at(KEY)
    one.submit(onboarding, KEY, email="not an address")
    world.drain()
    assert one.step(onboarding, KEY).state == StepState.REFUSED
    one.submit(onboarding, KEY)
    world.drain()

    with acting_for(one.pk):
        assert Acceptance.objects.filter(onboarding=onboarding).count() == 1
    assert one.tags(onboarding).count("terms.accepted") == 1
    assert one.step(onboarding, KEY).state == StepState.DONE


@flow
def test_retry_of_a_done_step_does_nothing(world: World) -> None:
    onboarding = submitted(world)

    assert retry(actor=world.one.actor(), step=world.one.step(onboarding, KEY)).why  # type: ignore[union-attr]
    world.drain()
    assert world.sent(OPERATION) == 1
