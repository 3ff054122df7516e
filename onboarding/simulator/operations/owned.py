"""Things that belong to one organization: added, found and changed by its own sessions only."""

from onboarding.simulator.call import Call
from onboarding.simulator.clock import timestamp
from onboarding.simulator.errors import not_found
from onboarding.simulator.ids import new_id
from onboarding.simulator.store import Record
from onboarding.simulator.wire.messages import Json
from onboarding.simulator.world import World


def add(call: Call, kind: str, prefix: str, content: Json, *, label: str = "") -> Record:
    now, caller = timestamp(call.world.clock.now()), call.caller
    body = {"id": new_id(prefix), "archived": False, **content, "createdTime": now, "updatedTime": now}
    return call.world.store.add(
        kind, body["id"], body, partner=caller.partner_id, organization=caller.organization_id, label=label
    )


def find(call: Call, kind: str, identifier: str) -> Record:
    """What another organization has does not exist for this one."""
    found = call.world.store.get(kind, identifier)
    if found is None or found.organization_id != call.caller.organization_id:
        raise not_found(identifier)
    return found


def change(world: World, record: Record, **changes: object) -> Json:
    """The changed body, as it is kept."""
    body = {**record.body, "updatedTime": timestamp(world.clock.now()), **changes}
    world.store.replace(record.id, body)
    return body
