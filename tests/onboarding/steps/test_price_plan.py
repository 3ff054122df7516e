import pytest
from django.urls import reverse

from onboarding.models import Onboarding
from onboarding.states import Status, StepState
from portal.tenants.roles import Role
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


@pytest.fixture
def refused(world: World, onboarding: Onboarding) -> Onboarding:
    world.simulator.arm("reject", OPERATION, status=400)
    world.drain()
    assert world.one.step(onboarding, KEY).state == StepState.REFUSED
    return onboarding


def chosen(world: World, onboarding: Onboarding, plan: str) -> None:
    """A person's choice on the page of step 2."""
    url = reverse("onboarding_price_plan", args=[onboarding.pk])
    answer = world.one.client().post(url, {"price_plan": plan})
    assert answer["Location"] == world.one.url(onboarding, "create_organization")
    world.drain()


def test_refused_price_plan_leaves_the_organization_and_is_shown_everywhere(
    world: World, refused: Onboarding
) -> None:
    client = world.one.client()

    assert world.one.fresh(refused).status == Status.READY
    page = client.get(world.one.url(refused, "create_organization")).content.decode()
    assert "Set the price plan" in page
    assert (
        "BILL refused the price plan." in client.get(world.one.url(refused, "create_user")).content.decode()
    )


@pytest.mark.parametrize("plan", ["PricePlan3", "PricePlan5"])
def test_refused_price_plan_is_chosen_again(world: World, refused: Onboarding, plan: str) -> None:
    chosen(world, refused, plan)

    assert (world.one.step(refused, KEY).state, plans(world)) == (StepState.DONE, [plan])
    assert world.one.tags(refused).count("step.resolved") == 1


def test_refused_price_plan_is_left(world: World, refused: Onboarding) -> None:
    chosen(world, refused, "leave")
    chosen(world, refused, "PricePlan2")

    assert world.one.step(refused, KEY).state == StepState.CANCELLED
    assert (world.sent(OPERATION), plans(world)) == (1, [""])
    page = world.one.client().get(world.one.url(refused, "create_user")).content.decode()
    assert "BILL refused the price plan." not in page


def test_price_plan_that_nobody_offers_is_not_sent(world: World, refused: Onboarding) -> None:
    chosen(world, refused, "PricePlan6")

    assert (world.one.step(refused, KEY).state, world.sent(OPERATION)) == (StepState.REFUSED, 1)


@pytest.mark.parametrize("key", [KEY, "follow_decision", "end_login_as"])
def test_step_in_the_background_is_not_tried_again_by_its_address(
    world: World, refused: Onboarding, key: str
) -> None:
    answer = world.one.client(Role.OWNER).post(world.one.url(refused, key, "onboarding_retry"))

    assert answer.status_code == 404


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
