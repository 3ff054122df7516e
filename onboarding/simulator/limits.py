"""How much a key may use. An hour is the clock's hour; the counts are kept with the data, one note a key."""

import json
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from onboarding.simulator import sessions
from onboarding.simulator.access import Access
from onboarding.simulator.call import Call
from onboarding.simulator.clock import timestamp
from onboarding.simulator.errors import Refusal, refusal
from onboarding.simulator.partners import KIND as PARTNER
from onboarding.simulator.partners import partner_with_key
from onboarding.simulator.route import Route
from onboarding.simulator.settings import Settings, words
from onboarding.simulator.slots import Place
from onboarding.simulator.store import Store
from onboarding.simulator.wire.messages import Json
from onboarding.simulator.world import World

KEYS = ("appKey", "devKey")
BOTH_KEYS = "both keys"
FREE = "health"
HOUR, MINUTE = 3600, 60


@dataclass(frozen=True)
class Used:
    """What a key has used: calls and logins of one clock hour, and when its last messages were sent."""

    hour: int
    calls: int = 0
    logins: int = 0
    messages: tuple[float, ...] = ()

    def in_minute(self, now: float, settings: Settings) -> int:
        if settings.message_minute == "clock":
            return sum(sent // MINUTE == now // MINUTE for sent in self.messages)
        return sum(now - sent < MINUTE for sent in self.messages)


def admit(call: Call, route: Route, slot: ExitStack) -> None:
    """Count the call and take a slot, which `slot` gives back; raises Refusal when the call is one too many."""
    settings = call.world.settings
    place = place_of(call, route) if settings.limits_enforced and route.operation != FREE else None
    if place is None:
        return
    now = call.world.clock.now().timestamp()
    used = used_by(call.world.store, place.partner_id, place.key, now)
    refused = too_many(used, route.operation, now, settings) or no_slot(call.world, place, slot)
    if refused is None or settings.refused_calls_count:
        save(call.world.store, place, counted(used, route.operation, now, settings))
    if refused:
        raise refused


def place_of(call: Call, route: Route) -> Place | None:
    """By the key that was sent, good session or not; a key that nobody has counts nowhere."""
    store, headers = call.world.store, call.request.headers
    session = store.get(sessions.KIND, headers.get("sessionid", ""))
    inside = session.organization_id if session else ""
    if route.access is Access.OPEN:
        sent = call.parsed or {}
        organization = sent.get("organizationId", "")
    else:
        sent = {name: headers.get(name.lower(), "") for name in KEYS}
        organization = inside or headers.get("organizationid", "")
    for name in reversed(KEYS) if inside else KEYS:
        partner = partner_with_key(store, name, sent.get(name, ""))
        if partner:
            key = BOTH_KEYS if call.world.settings.keys_counted == "together" else name
            return Place(partner.id, key, organization if isinstance(organization, str) else "")
    return None


def too_many(used: Used, operation: str, now: float, settings: Settings) -> Refusal | None:
    login, message = kind_of(operation, settings)
    per_hour = (used.calls, settings.calls_per_hour), (used.logins if login else 0, settings.logins_per_hour)
    for number, most in per_hour:
        if most and number >= most:
            return refusal(settings.hourly_status, "BDC_1144", str(most))
    most = settings.messages_per_minute
    if message and most and used.in_minute(now, settings) >= most:
        told = f"Max number of requests allowed per minute reached: {most}."
        return refusal(settings.hourly_status, settings.messages_code, str(most), message=told)
    return None


def no_slot(world: World, place: Place, slot: ExitStack) -> Refusal | None:
    settings = world.settings
    if not place.organization_id and not settings.partner_calls_concurrent:
        return None
    if world.slots.take(place, settings.concurrent_calls):
        slot.callback(world.slots.leave, place)
        return None
    return refusal(settings.concurrent_status, "BDC_1322", str(settings.concurrent_calls))


def kind_of(operation: str, settings: Settings) -> tuple[bool, bool]:
    """Whether it is a login, and whether it sends a message."""
    return operation in words(settings.login_operations), operation in words(settings.message_operations)


def counted(used: Used, operation: str, now: float, settings: Settings) -> Used:
    login, message = kind_of(operation, settings)
    messages = used.messages
    if message and settings.messages_per_minute:
        # No more than the limit of them can matter.
        messages = (*messages, now)[-settings.messages_per_minute :]
    return replace(used, calls=used.calls + 1, logins=used.logins + login, messages=messages)


def note_name(partner_id: str, key: str) -> str:
    return f"used {partner_id} {key}"


def used_by(store: Store, partner_id: str, key: str, now: float) -> Used:
    hour = int(now // HOUR)
    kept = store.note(note_name(partner_id, key))
    if kept is None:
        return Used(hour)
    counted_hour, calls, logins, messages = json.loads(kept)
    if counted_hour != hour:
        calls = logins = 0
    return Used(hour, calls, logins, tuple(messages))


def save(store: Store, place: Place, used: Used) -> None:
    content = [used.hour, used.calls, used.logins, used.messages]
    store.write_note(note_name(place.partner_id, place.key), json.dumps(content))


def usage(world: World) -> Json:
    """What every key has used of its limits, and which calls are under way."""
    settings, now = world.settings, world.clock.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    keys = (BOTH_KEYS,) if settings.keys_counted == "together" else KEYS
    return {
        "enforced": settings.limits_enforced,
        "hourEnds": timestamp(hour + timedelta(hours=1)),
        "limits": {
            name: getattr(settings, name)
            for name in ("calls_per_hour", "logins_per_hour", "messages_per_minute", "concurrent_calls")
        },
        "keys": [
            {
                "partnerId": one.id,
                "username": one.body["username"],
                "key": key,
                **usage_of(world, one.id, key, now),
            }
            for one in world.store.all(PARTNER)
            for key in keys
        ],
    }


def usage_of(world: World, partner_id: str, key: str, now: datetime) -> Json:
    used = used_by(world.store, partner_id, key, now.timestamp())
    taken = world.slots.taken().items()
    return {
        "calls": used.calls,
        "logins": used.logins,
        "messages": used.in_minute(now.timestamp(), world.settings),
        "underWay": [
            {"organizationId": place.organization_id, "calls": number}
            for place, number in taken
            if (place.partner_id, place.key) == (partner_id, key)
        ],
    }
