"""The phone for the verification: set again rather than looked for, because only the user's session can look."""

from datetime import timedelta

import pytest

from onboarding.engine.timing import QUIET_PERIOD
from onboarding.models import Onboarding
from onboarding.services.consent import change_grant
from onboarding.states import StepState
from tests.factories import INPUTS
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "add_risk_phone"
OPERATION = "create_partner_risk_phone"
A_WHILE = timedelta(minutes=4)


def submitted(world: World, onboarding: Onboarding | None = None) -> Onboarding:
    onboarding = onboarding or world.one.at(KEY)
    world.one.submit(onboarding, KEY)
    world.drain()
    return world.one.fresh(onboarding)


def phones(world: World) -> list[tuple[str, str]]:
    """Whose, and which."""
    return [(phone.label, phone.body["phoneNumber"][-10:]) for phone in world.simulator.phones]


def test_phone_is_the_users_and_only_its_end_is_kept_in_clear(world: World) -> None:
    onboarding = submitted(world)

    assert phones(world) == [(onboarding.bill_user_id, INPUTS[KEY]["phone"])]
    assert world.one.step(onboarding, KEY).result == {"phone": "•••• 0199"}


@pytest.mark.parametrize("kind", ["lose_reply", "error_after", "cut_before", "error_before"])
def test_lost_answer_ends_with_one_phone(world: World, kind: str) -> None:
    world.simulator.arm(kind, OPERATION)
    onboarding = submitted(world)
    assert world.one.step(onboarding, KEY).state == StepState.UNKNOWN
    world.drain_for(QUIET_PERIOD - timedelta(seconds=10))
    assert world.sent(OPERATION) == 1

    world.drain_for(A_WHILE)

    assert phones(world) == [(onboarding.bill_user_id, INPUTS[KEY]["phone"])]
    assert world.one.step(onboarding, KEY).state == StepState.DONE
    assert world.sent("login_as_user") == 0
    assert world.two.tags(onboarding) == []


def test_lost_answer_is_looked_for_where_the_permission_is_on_record(world: World) -> None:
    one = world.one
    onboarding = one.at(KEY)
    change_grant(actor=one.actor(), onboarding=onboarding, values=INPUTS["start_verification"])
    world.simulator.arm("lose_reply", OPERATION)
    submitted(world, onboarding)
    world.drain_for(timedelta(seconds=10))

    assert one.step(onboarding, KEY).state == StepState.DONE
    assert world.sent(OPERATION) == 1
    assert len(phones(world)) == 1


def test_phone_that_bill_refuses_is_corrected_and_sent_again(world: World) -> None:
    one = world.one
    onboarding = one.at(KEY)
    one.submit(onboarding, KEY, phone_type="PAGER")
    world.drain()
    assert (one.step(onboarding, KEY).state, phones(world)) == (StepState.REFUSED, [])

    submitted(world, onboarding)

    assert len(phones(world)) == 1
    assert one.fresh(onboarding).current_step == "start_verification"
