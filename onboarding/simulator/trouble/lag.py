"""What a create has made may be missing from lists for a while, as if they were read from a copy."""

from collections.abc import Callable
from datetime import datetime, timedelta

from onboarding.simulator.store import Record
from onboarding.simulator.world import World

KIND = "lag"


def hide(world: World, identifier: str, seconds: float) -> None:
    """Also forgets what is in the lists by now."""
    now = world.clock.now()
    for record in world.store.all(KIND):
        if ends_at(record) <= now:
            world.store.remove(record.id)
    until = (now + timedelta(seconds=seconds)).isoformat()
    world.store.add(KIND, f"{KIND} {identifier}", {"until": until}, label=identifier)


def visibility(world: World) -> Callable[[Record], bool]:
    """Whether a record is in the lists by now."""
    now = world.clock.now()
    hidden = {record.label for record in world.store.all(KIND) if ends_at(record) > now}
    if not hidden and not world.settings.list_lag_seconds:
        return lambda record: True
    newest = now - timedelta(seconds=world.settings.list_lag_seconds)

    def is_visible(record: Record) -> bool:
        created = record.body.get("createdTime")
        return record.id not in hidden and (created is None or datetime.fromisoformat(created) <= newest)

    return is_visible


def ends_at(record: Record) -> datetime:
    return datetime.fromisoformat(record.body["until"])
