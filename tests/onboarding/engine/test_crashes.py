"""Every step, killed at every moment: BILL has one of each thing, and the timeline tells the truth."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from onboarding.engine.runner import drive
from onboarding.engine.timing import LEASE, QUIET_PERIOD
from onboarding.models import Attempt, Onboarding, Step
from onboarding.services.advance import wake_due_steps
from onboarding.services.login_as import request_login_as
from onboarding.states import StepState
from onboarding.steps import REGISTRY
from portal.lib.tenancy import acting_for
from tests.onboarding.executors import kill_after, kill_before
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
MOMENTS = [
    "before it is sent",
    "sent, and the answer is lost",
    "answered, and not saved",
    "saved, and nobody is woken",
]
CALLED = {
    "create_user": "create_partner_user",
    "add_risk_phone": "create_partner_risk_phone",
    "set_price_plan": "update_price_plan",
    "start_verification": "initiate_risk_verification",
    "follow_decision": "get_risk_verification",
    "end_login_as": "logout",
}


@dataclass(frozen=True)
class Truth:
    """What BILL has."""

    organizations: int
    users: int
    phones: int
    verifications: int


def due(world: World, key: str) -> Onboarding:
    """An onboarding whose step with this key is due, and nobody has taken it yet."""
    one = world.one
    if key == "partner_login":
        return one.start()
    if key == "set_price_plan":
        onboarding = one.at("create_organization")
        one.submit(onboarding, "create_organization", price_plan="PricePlan2")
        drive(one.pk, one.step(onboarding, "create_organization").pk, REGISTRY)
        return onboarding
    if not REGISTRY[key].is_background:
        onboarding = one.at(key)
        if key == "login_as_user":
            log_in_as(world, onboarding)
        else:
            one.submit(onboarding, key)
        return onboarding
    onboarding = one.at("login_as_user")
    if key == "end_login_as":
        log_in_as(world, onboarding)
        world.drain()
    world.later(timedelta(minutes=6))
    return onboarding


def log_in_as(world: World, onboarding: Onboarding) -> None:
    request_login_as(
        actor=world.one.actor(), onboarding=onboarding, reason="Check the set-up together", minutes="5"
    )


def crash(world: World, step: Step, moment: str) -> None:
    one = world.one
    if moment == MOMENTS[0]:
        kill_before(one, step)
    elif moment == MOMENTS[1]:
        world.simulator.arm("lose_reply", CALLED.get(step.key, step.key))
        kill_after(one, step)
    elif moment == MOMENTS[2]:
        kill_after(one, step)
    else:
        # Neither the next step of the onboarding nor a message follows; only the sweeper will find what is due.
        drive(one.pk, step.pk, REGISTRY)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("key", REGISTRY)
def test_step_that_is_killed_ends_well(world: World, key: str, moment: str) -> None:
    one = world.one
    onboarding = due(world, key)
    crash(world, one.step(onboarding, key), moment)
    world.later(LEASE + timedelta(seconds=1))
    world.drain_for(QUIET_PERIOD + timedelta(minutes=2), every=timedelta(seconds=10))
    world.drain_for(timedelta(minutes=20), every=timedelta(minutes=4))

    step = one.step(onboarding, key)
    assert (step.state, step.lease_token, step.due_at) == (StepState.DONE, None, None)
    assert truth(world) == expected(key)
    onboarding = one.fresh(onboarding)
    assert world.organizations() == ([onboarding.bill_organization_id] if truth(world).organizations else [])
    dones = [e.content["fields"]["step"] for e in one.entries(onboarding) if e.tag == "step.done"]
    assert dones.count(key) == 1
    with acting_for(one.pk):
        assert not Attempt.objects.filter(closed_at__isnull=True, step__key=key).exists()
    assert wake_due_steps() == 0
    assert world.two.tags(onboarding) == []


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("key", ["login_as_user", "end_login_as"])
def test_login_as_user_that_is_killed_is_ended_and_told_once(world: World, key: str, moment: str) -> None:
    one = world.one
    onboarding = due(world, key)
    crash(world, one.step(onboarding, key), moment)
    world.later(LEASE + timedelta(seconds=1))
    world.drain_for(timedelta(minutes=50), every=timedelta(minutes=2))

    tags = one.tags(onboarding)
    assert (tags.count("login_as.started"), tags.count("login_as.ended")) == (1, 1)
    with acting_for(one.pk):
        sessions = list(onboarding.sessions.filter(purpose="staff").order_by("opening_until"))
    assert {(session.state, session.secret) for session in sessions} == {("ended", None)}


def truth(world: World) -> Truth:
    simulator = world.simulator
    return Truth(
        len(simulator.organizations), len(simulator.users), len(simulator.phones), len(simulator.decisions)
    )


def expected(key: str) -> Truth:
    """Of each thing one, once the step that makes it is done."""
    makers = ["create_organization", "create_user", "add_risk_phone", "start_verification"]
    order = [*REGISTRY]
    counts = [int(order.index(key) >= order.index(maker)) for maker in makers]
    return Truth(*counts)
