"""What a tester can do to notifications. Wrong input raises ValueError with one sentence."""

from onboarding.simulator.trouble.faults import number
from onboarding.simulator.webhooks import deliveries
from onboarding.simulator.wire.messages import Json
from onboarding.simulator.world import World

MOST = 1_000


def send_now(world: World, content: Json) -> Json:
    """Retries do not wait any longer, and what is held to be reordered goes."""
    return {"sent": deliveries.send_now(world)}


def send_again(world: World, content: Json) -> Json:
    """The newest `count` notifications, or the one with `eventId`, once more with the same event id."""
    event_id = content.get("eventId", "")
    count = int(number("count", content.get("count", 1), 1, MOST))
    if not isinstance(event_id, str):
        raise ValueError("eventId must be text")
    sent = deliveries.send_again(world, count, event_id)
    if event_id and not sent:
        raise ValueError("there is no such notification")
    return {"sent": sent}


def reorder(world: World, content: Json) -> Json:
    """From now on `count` notifications of a subscription are held, then sent newest first; 0 ends it."""
    count = int(number("count", content.get("count"), 0, MOST))
    world.change_settings(reorder_deliveries=count)
    return {"held": count}
