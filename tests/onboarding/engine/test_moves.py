"""Which steps make up the journey, and moves that find somebody else was faster."""

import uuid
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.engine.moves import StepMoved, journey, move, open_step
from onboarding.models import Step
from onboarding.states import ENDED, IllegalMove, StepState
from onboarding.steps import JOURNEY, REGISTRY
from portal.lib.tenancy import acting_for
from tests.world import World

KEYS = [definition.key for definition in JOURNEY]


def step(key: str, state: StepState = StepState.NOT_STARTED, round_: int = 1) -> Step:
    return Step(key=key, state=state.value, round=round_)


@given(st.randoms(use_true_random=False))
def test_journey_is_in_the_order_that_bill_allows(random: Random) -> None:
    steps = [step(key) for key in [*KEYS, "follow_decision", "end_login_as"]]
    random.shuffle(steps)

    assert [found.key for found in journey(steps, REGISTRY)] == KEYS


def test_journey_leaves_out_what_runs_in_the_background_or_is_not_known() -> None:
    steps = [step("follow_decision"), step("gone_since"), step("create_user")]

    assert [found.key for found in journey(steps, REGISTRY)] == ["create_user"]


@pytest.mark.parametrize(
    ("rounds", "shown"),
    [
        ([StepState.DONE], 1),
        ([StepState.DONE, StepState.RUNNING], 1),
        ([StepState.DONE, StepState.REFUSED, StepState.DONE], 1),
        ([StepState.REFUSED, StepState.DONE], 2),
        ([StepState.REFUSED, StepState.NOT_STARTED], 2),
        ([StepState.REFUSED, StepState.DONE, StepState.REFUSED], 2),
    ],
)
def test_journey_shows_the_first_round_that_is_done_or_the_newest(
    rounds: list[StepState], shown: int
) -> None:
    steps = [step("login_as_user", state, number) for number, state in enumerate(rounds, start=1)]

    assert [found.round for found in journey(reversed(steps), REGISTRY)] == [shown]


@given(st.lists(st.sampled_from(StepState), min_size=6, max_size=6))
def test_open_step_is_the_first_that_has_not_ended(states: list[StepState]) -> None:
    steps = [step(key, state) for key, state in zip(KEYS, states, strict=True)]

    found = open_step(steps)

    before = steps[: steps.index(found)] if found else steps
    assert all(StepState(one.state) in ENDED for one in before)
    assert found is None or StepState(found.state) not in ENDED


def test_every_step_that_creates_something_can_be_looked_for() -> None:
    unrepeatable = {key: definition.unrepeatable for key, definition in REGISTRY.items()}

    assert unrepeatable == {
        "partner_login": "",
        "create_organization": "create_organization",
        "create_user": "create_partner_user",
        "add_risk_phone": "create_partner_risk_phone",
        "start_verification": "initiate_risk_verification",
        "login_as_user": "",
        "set_price_plan": "",
        "follow_decision": "",
        "end_login_as": "",
    }


@pytest.mark.django_db(transaction=True)
def test_move_of_a_step_that_was_moved_meanwhile_changes_nothing(world: World) -> None:
    one = world.one
    onboarding = one.at("create_organization")
    stale = one.step(onboarding, "create_organization")
    with acting_for(one.pk):
        move(one.step(onboarding, "create_organization"), StepState.READY)

    with acting_for(one.pk), pytest.raises(StepMoved):
        move(stale, StepState.CANCELLED)

    assert one.step(onboarding, "create_organization").state == StepState.READY


@pytest.mark.django_db(transaction=True)
def test_move_of_a_leased_step_needs_its_token(world: World) -> None:
    one = world.one
    onboarding = one.at("create_organization")
    leased = one.step(onboarding, "create_organization")
    token = uuid.uuid4()
    with acting_for(one.pk):
        move(leased, StepState.READY, lease_token=token, lease_until=onboarding.created_at)

        with pytest.raises(StepMoved):
            move(leased, StepState.RUNNING)
        with pytest.raises(StepMoved):
            move(leased, StepState.RUNNING, token=uuid.uuid4())
        move(leased, StepState.RUNNING, token=token)

    assert one.step(onboarding, "create_organization").state == StepState.RUNNING


@pytest.mark.django_db(transaction=True)
def test_move_that_the_table_does_not_have_is_refused(world: World) -> None:
    one = world.one
    onboarding = one.at("create_organization")

    with acting_for(one.pk), pytest.raises(IllegalMove):
        move(one.step(onboarding, "partner_login"), StepState.READY)
