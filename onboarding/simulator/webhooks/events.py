"""What happened at BILL, for those who subscribed to it."""

import secrets
import uuid
from datetime import UTC, datetime

from onboarding.simulator.clock import timestamp
from onboarding.simulator.store import Record
from onboarding.simulator.unknowns.webhooks import EVENT_TYPES
from onboarding.simulator.webhooks import deliveries
from onboarding.simulator.wire.messages import Json
from onboarding.simulator.world import World

SCHEDULED = "scheduled event"
VERSION = "1"


def announce(
    world: World,
    event_type: str,
    entity: Json,
    *,
    partner_id: str,
    organization_id: str,
    at: datetime | None = None,
) -> None:
    """Tell the subscribers of this event, now or at a later moment of the simulator's clock."""
    if event_type not in EVENT_TYPES:
        raise ValueError(f"BILL has no event {event_type}")
    with world.store.transaction():
        # What was due before happened before.
        release_due(world)
        body: Json = {"entity": entity, "at": (at or world.clock.now()).timestamp()}
        scheduled = world.store.add(
            SCHEDULED,
            f"scheduled-{secrets.token_hex(8)}",
            body,
            partner=partner_id,
            organization=organization_id,
            label=event_type,
        )
        if at is None:
            publish(world, scheduled)
    world.wake.set()


def cancel(world: World, event_type: str, *, organization_id: str) -> None:
    """What was scheduled for this organization does not happen; what is due already has."""
    with world.store.transaction():
        release_due(world)
        for one in world.store.all(SCHEDULED, organization=organization_id, label=event_type):
            world.store.remove(one.id)


def moments(world: World) -> list[float]:
    return [one.body["at"] for one in world.store.all(SCHEDULED)]


def any_due(world: World) -> bool:
    return any(moment <= world.clock.now().timestamp() for moment in moments(world))


def release_due(world: World) -> None:
    """Everything whose moment has come, oldest first."""
    now = world.clock.now().timestamp()
    found = [one for one in world.store.all(SCHEDULED) if one.body["at"] <= now]
    for one in sorted(found, key=lambda record: record.body["at"]):
        publish(world, one)


def publish(world: World, scheduled: Record) -> None:
    """One notification for each subscription that asks for it."""
    world.store.remove(scheduled.id)
    everybody = world.store.all(deliveries.SUBSCRIPTION, partner=scheduled.partner_id)
    for subscription in everybody:
        if subscription.organization_id not in ("", scheduled.organization_id):
            continue
        if not deliveries.is_enabled(subscription) and world.settings.events_while_disabled == "dropped":
            continue
        if {"type": scheduled.label, "version": VERSION} in subscription.body["events"]:
            added = notify(
                world,
                subscription,
                scheduled.label,
                scheduled.body["entity"],
                organization_id=scheduled.organization_id,
                at=datetime.fromtimestamp(scheduled.body["at"], UTC),
            )
            deliveries.add(world, added)


def notify(
    world: World,
    subscription: Record,
    event_type: str,
    entity: Json,
    *,
    organization_id: str,
    at: datetime | None = None,
) -> Record:
    """A notification in the subscription's history, not on its way yet; its event id is its own."""
    event_id = str(uuid.uuid4())
    metadata = {
        "eventId": event_id,
        "subscriptionId": subscription.id,
        "organizationId": organization_id,
        "eventType": event_type,
        "version": VERSION,
    }
    body: Json = {
        "eventType": event_type,
        "organizationId": organization_id,
        "entityId": str(entity.get("id", "")),
        "createdTime": timestamp(at or world.clock.now()),
        "content": {"metadata": metadata, entity_key(world, event_type): entity},
        "attempts": [],
    }
    return world.store.add(
        deliveries.NOTIFICATION,
        event_id,
        body,
        partner=subscription.partner_id,
        organization=subscription.organization_id,
        label=subscription.id,
    )


def entity_key(world: World, event_type: str) -> str:
    """The member that holds the entity: what stands before the verb, without the product's name."""
    family = event_type.rpartition(".")[0].removeprefix("spend.")
    return world.settings.bank_account_key if family == "bank-account" else family
