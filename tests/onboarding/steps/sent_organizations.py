"""Organizations that tests send, or create past the portal."""

from datetime import timedelta

from onboarding.models import Onboarding
from tests.factories import INPUTS
from tests.onboarding.simulator.partner import Partner as Program
from tests.world import World

KEY = "create_organization"
NAME = INPUTS[KEY]["name"]
ADDRESS = {
    "line1": INPUTS[KEY]["line1"],
    "city": INPUTS[KEY]["city"],
    "stateOrProvince": INPUTS[KEY]["state"],
    "zipOrPostalCode": INPUTS[KEY]["zip"],
    "country": "US",
}
A_WHILE = timedelta(minutes=4)


def submitted(world: World) -> Onboarding:
    """An onboarding whose organization was sent to BILL once."""
    onboarding = world.one.at(KEY)
    world.one.submit(onboarding, KEY)
    world.drain()
    return world.one.fresh(onboarding)


def state_of(world: World, onboarding: Onboarding) -> tuple[str, str]:
    step = world.one.step(onboarding, KEY)
    return step.state, step.waits_for


def create_by_hand(program: Program) -> str:
    """The same company, created past the portal."""
    return str(program.create(NAME, address=ADDRESS).json()["id"])


def settled_tags(world: World, onboarding: Onboarding) -> list[str]:
    """What the timeline says of the step, after the partner login."""
    tags = [tag for tag in world.one.tags(onboarding) if tag.startswith("step.")]
    return tags[tags.index("step.submitted") :]
