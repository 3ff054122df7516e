import pytest

from onboarding.models import Onboarding
from onboarding.states import Status, StepState
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
KEY, OPERATION = "set_price_plan", "update_price_plan"


@pytest.fixture
def onboarding(world: World) -> Onboarding:
    onboarding = world.one.at("create_organization")
    world.one.submit(onboarding, "create_organization", price_plan="PricePlan3")
    return onboarding


def plans(world: World) -> list[str]:
    """What the simulator shows in its own page, by organization."""
    return [str(one.body.get("pricePlan", "")) for one in world.simulator.organizations]


def test_price_plan_is_set_right_after_the_organization_exists(world: World, onboarding: Onboarding) -> None:
    world.drain()

    assert world.one.step(onboarding, KEY).result == {"price_plan": "PricePlan3"}
    assert (world.sent(OPERATION), plans(world)) == (1, ["PricePlan3"])
    page = world.one.client().get(world.one.url(onboarding, "create_organization")).content.decode()
    assert "Set price plan" in page
    assert "Price plan 3" in page
    assert world.two.tags(onboarding) == []


def test_organization_without_a_plan_begins_no_step(world: World) -> None:
    onboarding = world.one.at("create_user")

    assert KEY not in {step.key for step in world.one.steps(onboarding)}
    assert world.sent(OPERATION) == 0


def test_refused_price_plan_leaves_the_organization_and_can_be_tried_again(
    world: World, onboarding: Onboarding
) -> None:
    one = world.one
    world.simulator.arm("reject", OPERATION, status=400)
    world.drain()

    assert one.step(onboarding, KEY).state == StepState.REFUSED
    assert one.fresh(onboarding).status == Status.READY
    client = one.client()
    page = client.get(one.url(onboarding, "create_organization")).content.decode()
    assert "Try the price plan again" in page
    assert "BILL refused the price plan." in client.get(one.url(onboarding, "create_user")).content.decode()
    back = client.post(one.url(onboarding, KEY, "onboarding_retry"))
    assert back["Location"] == one.url(onboarding, "create_organization")
    world.drain()
    assert (one.step(onboarding, KEY).state, plans(world)) == (StepState.DONE, ["PricePlan3"])
    foreign = world.two.client().post(one.url(onboarding, KEY, "onboarding_retry"))
    assert foreign.status_code == 404


def test_price_plan_follows_an_organization_that_was_adopted(world: World, onboarding: Onboarding) -> None:
    world.simulator.arm("lose_reply", "create_organization")
    world.drain()
    for _ in range(3):
        step = world.one.step(onboarding, "create_organization")
        if step.due_at:
            world.later(step.due_at - step.since)
        world.drain()

    assert world.one.step(onboarding, KEY).state == StepState.DONE
    assert (world.sent("create_organization"), plans(world)) == (1, ["PricePlan3"])
