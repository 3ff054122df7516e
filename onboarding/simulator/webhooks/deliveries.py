"""Notifications on their way: when each is due, what became of it, and when a subscription is given up."""

import secrets
from collections import Counter
from datetime import UTC, datetime

from onboarding.simulator.clock import timestamp
from onboarding.simulator.store import Record
from onboarding.simulator.webhooks.posting import Outcome
from onboarding.simulator.wire.messages import Json
from onboarding.simulator.world import World

# `label` of a notification and of a delivery is the id of its subscription.
SUBSCRIPTION = "subscription"
NOTIFICATION = "notification"
DELIVERY = "delivery"
RETRY_AFTER_SECONDS = (2, 4, 8, 16)


def add(world: World, notification: Record, *, asked: bool = False) -> None:
    """Due at once. What was `asked` for is sent by a disabled subscription, too."""
    holding = world.settings.reorder_deliveries > 1
    for _ in range(2 if world.settings.duplicate_deliveries else 1):
        body: Json = {
            "event": notification.id,
            "due": world.clock.now().timestamp(),
            "failed": 0,
            "held": holding,
            "asked": asked,
        }
        world.store.add(DELIVERY, f"delivery-{secrets.token_hex(8)}", body, label=notification.label)
    if holding:
        held = [one for one in world.store.all(DELIVERY, label=notification.label) if one.body["held"]]
        if len({one.body["event"] for one in held}) >= world.settings.reorder_deliveries:
            release(world, held)
    world.wake.set()


def release(world: World, held: list[Record]) -> None:
    """Newest first: what is due a little later is sent later."""
    now = world.clock.now().timestamp()
    for place, one in enumerate(reversed(held)):
        due = now + place / 1_000_000
        world.store.replace(one.id, {**one.body, "due": due, "held": False})


def waiting(world: World) -> list[Record]:
    """What is to be sent, in the order in which it is due; not what a disabled subscription keeps."""
    holding = world.settings.reorder_deliveries > 1
    found = [one for one in world.store.all(DELIVERY) if not (holding and one.body["held"])]
    enabled = {label: is_enabled(world.store.get(SUBSCRIPTION, label)) for label in {o.label for o in found}}
    found = [one for one in found if enabled[one.label] or one.body["asked"]]
    return sorted(found, key=lambda one: (one.body["due"], one.seq))


def is_enabled(subscription: Record | None) -> bool:
    return subscription is not None and bool(subscription.body["status"]["enabled"])


def settle(world: World, delivery: Record, outcome: Outcome) -> None:
    """Done, due again later, or (the retries are used up) the end of its subscription's notifications."""
    notification = world.store.get(NOTIFICATION, delivery.body["event"])
    subscription = world.store.get(SUBSCRIPTION, delivery.label)
    if notification is None or subscription is None:
        return
    now, failed = world.clock.now(), delivery.body["failed"]
    attempt = {"time": timestamp(now), "status": outcome.status, "error": outcome.error}
    attempts = [*notification.body["attempts"], attempt]
    world.store.replace(notification.id, {**notification.body, "attempts": attempts})
    if world.store.get(DELIVERY, delivery.id) is None:
        return
    if outcome.delivered:
        world.store.remove(delivery.id)
    elif failed < len(RETRY_AFTER_SECONDS):
        due = now.timestamp() + RETRY_AFTER_SECONDS[failed]
        world.store.replace(delivery.id, {**delivery.body, "failed": failed + 1, "due": due})
    else:
        give_up(world, subscription, delivery)


def give_up(world: World, subscription: Record, delivery: Record) -> None:
    body = {**delivery.body, "failed": 0, "due": world.clock.now().timestamp(), "asked": False}
    world.store.replace(delivery.id, body)
    switch(world, subscription, {**subscription.body, "status": {"enabled": False}})


def switch(world: World, subscription: Record, body: Json) -> Record:
    """The subscription with a new body; one that is disabled loses what was on its way (a setting)."""
    body = {**body, "updatedTime": timestamp(world.clock.now())}
    world.store.replace(subscription.id, body)
    if not body["status"]["enabled"] and world.settings.events_while_disabled == "dropped":
        for one in world.store.all(DELIVERY, label=subscription.id):
            world.store.remove(one.id)
    world.wake.set()
    return Record(**{**vars(subscription), "body": body})


def forget(world: World, subscription_id: str) -> None:
    """A deleted subscription leaves nothing behind."""
    for kind in (DELIVERY, NOTIFICATION):
        for one in world.store.all(kind, label=subscription_id):
            world.store.remove(one.id)
    world.store.remove(subscription_id)


def send_now(world: World) -> int:
    """Retries do not wait any longer, held ones go newest first; returns how many there are."""
    with world.store.transaction():
        found = world.store.all(DELIVERY)
        for one in found:
            if not one.body["held"]:
                world.store.replace(one.id, {**one.body, "due": world.clock.now().timestamp()})
        release(world, [one for one in found if one.body["held"]])
    world.wake.set()
    return len(found)


def send_again(world: World, count: int, event_id: str = "") -> int:
    """One notification, or the newest ones, with the event ids that they had; returns how many."""
    with world.store.transaction():
        found = world.store.all(NOTIFICATION, descending=True, limit=-1 if event_id else count)
        chosen = [one for one in reversed(found) if event_id in ("", one.id)]
        for one in chosen:
            add(world, one, asked=True)
    return len(chosen)


def described(world: World) -> Json:
    """Subscriptions without their keys, and the newest notifications with what became of them."""
    store = world.store
    with store.transaction():
        pending = store.all(DELIVERY)
        newest = store.all(NOTIFICATION, descending=True, limit=200)
        subscriptions = store.all(SUBSCRIPTION)
    next_try = {one.body["event"]: one.body["due"] for one in sorted(pending, key=lambda o: -o.body["due"])}
    on_the_way = Counter(one.body["event"] for one in pending)
    return {
        "subscriptions": [
            {
                **{name: value for name, value in one.body.items() if "key" not in name.casefold()},
                "partnerId": one.partner_id,
                "organizationId": one.organization_id,
            }
            for one in subscriptions
        ],
        "notifications": [
            {
                "eventId": one.id,
                "subscriptionId": one.label,
                **{name: one.body[name] for name in ("eventType", "organizationId", "createdTime")},
                "attempts": one.body["attempts"],
                "onTheWay": on_the_way[one.id],
                "nextTry": moment_of(next_try[one.id]) if one.id in next_try else None,
            }
            for one in newest
        ],
    }


def moment_of(seconds: float) -> str:
    return timestamp(datetime.fromtimestamp(seconds, UTC))
