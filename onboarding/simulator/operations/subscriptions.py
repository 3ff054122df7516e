"""Subscriptions of a partner (events of all its organizations) or of one organization."""

import ipaddress
import re
import secrets
import uuid
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

from onboarding.simulator.access import Access
from onboarding.simulator.call import Call
from onboarding.simulator.clock import timestamp
from onboarding.simulator.errors import not_found, refusal
from onboarding.simulator.forward_lists import forward_answer
from onboarding.simulator.route import EVENTS_BASE, Route
from onboarding.simulator.settings import Settings
from onboarding.simulator.shapes import Field, one_of, optional
from onboarding.simulator.store import Record
from onboarding.simulator.webhooks import deliveries
from onboarding.simulator.webhooks.deliveries import SUBSCRIPTION
from onboarding.simulator.webhooks.events import VERSION
from onboarding.simulator.webhooks.idempotency import once
from onboarding.simulator.wire.messages import Answer, Json

VISIBLE = re.compile("[!-~]+")
LONGEST_URL = 2_000


def event_fields(settings: Settings) -> tuple[Field, ...]:
    return (
        Field("type", required=True, accepts=one_of(settings.event_types)),
        Field("version", required=True, accepts=VERSION.__eq__),
    )


def subscription_fields(settings: Settings) -> tuple[Field, ...]:
    is_url = partial(is_notification_url, http_to_loopback=settings.http_to_loopback)
    return (
        Field("name", required=True, accepts=bool),
        Field("status", dict, required=True, fields=(Field("enabled", bool, required=True),)),
        Field("events", list, required=True, accepts=bool, fields=event_fields(settings)),
        Field("notificationUrl", required=True, longest=LONGEST_URL, accepts=is_url),
    )


def is_notification_url(text: str, *, http_to_loopback: bool) -> bool:
    """https, or http to this machine itself, where no one else can listen in."""
    try:
        parts = urlsplit(text)
        # The port is only looked at when it is asked for.
        has_place = bool(parts.hostname) and parts.port != 0 and parts.username is None
    except ValueError:
        return False
    if not has_place or not VISIBLE.fullmatch(text):
        return False
    return parts.scheme == "https" or (
        parts.scheme == "http" and http_to_loopback and is_loopback(parts.hostname or "")
    )


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def create_subscription(call: Call) -> Answer:
    return once(call, lambda: add_subscription(call), required=True)


def add_subscription(call: Call) -> Answer:
    settings, caller = call.world.settings, call.caller
    sent = call.checked(subscription_fields(settings))
    existing = own_subscriptions(call)
    if len(existing) >= settings.subscriptions_max:
        number = str(settings.subscriptions_max)
        raise refusal(HTTPStatus.BAD_REQUEST, settings.subscriptions_max_code, "subscriptions", number)
    refuse_twin(call, sent, existing)
    now = timestamp(call.world.clock.now())
    body = {"id": str(uuid.uuid4()), **sent, "createdTime": now, "updatedTime": now}
    body |= {"securityKey": new_key(), "oldKey": "", "oldKeyUntil": 0.0}
    added = call.world.store.add(
        SUBSCRIPTION, body["id"], body, partner=caller.partner_id, organization=caller.organization_id
    )
    return call.answer({**shown(call, added), "securityKey": body["securityKey"]})


def list_subscriptions(call: Call) -> Answer:
    return forward_answer(call, SUBSCRIPTION, show=lambda record: shown(call, record))


def get_subscription(call: Call) -> Answer:
    return call.answer(shown(call, subscription_in_path(call)))


def replace_subscription(call: Call) -> Answer:
    return change(call, required="events")


def update_subscription(call: Call) -> Answer:
    return change(call, without="events")


def change(call: Call, *, required: str = "", without: str = "") -> Answer:
    subscription = subscription_in_path(call)
    fields = optional(one for one in subscription_fields(call.world.settings) if one.name != without)
    sent = call.checked(tuple(replace(one, required=one.name == required) for one in fields))
    body = {**subscription.body, **sent}
    refuse_twin(call, body, [one for one in own_subscriptions(call) if one.id != subscription.id])
    return call.answer(shown(call, deliveries.switch(call.world, subscription, body)))


def delete_subscription(call: Call) -> Answer:
    deliveries.forget(call.world, subscription_in_path(call).id)
    return call.done()


def create_security_key(call: Call) -> Answer:
    subscription = subscription_in_path(call)
    required = call.world.settings.security_key_idempotency == "required"
    return once(call, lambda: renew_key(call, subscription), required=required)


def renew_key(call: Call, subscription: Record) -> Answer:
    until = call.world.clock.now().timestamp() + call.world.settings.old_key_seconds
    key, old = new_key(), subscription.body["securityKey"]
    body = {**subscription.body, "securityKey": key, "oldKey": old, "oldKeyUntil": until}
    call.world.store.replace(subscription.id, body)
    return call.answer({"securityKey": key})


def new_key() -> str:
    return secrets.token_urlsafe(32)


def subscription_in_path(call: Call) -> Record:
    """A partner has its own, an organization has its own; neither sees the other's."""
    identifier, caller = call.arguments["subscriptionId"], call.caller
    found = call.world.store.get(SUBSCRIPTION, identifier)
    if found is None or (found.partner_id, found.organization_id) != (
        caller.partner_id,
        caller.organization_id,
    ):
        raise not_found(identifier)
    return found


def own_subscriptions(call: Call) -> list[Record]:
    caller = call.caller
    return call.world.store.all(SUBSCRIPTION, partner=caller.partner_id, organization=caller.organization_id)


def refuse_twin(call: Call, body: Json, others: list[Record]) -> None:
    for other in others:
        if traits(other.body) == traits(body):
            code = call.world.settings.duplicate_subscription_code
            raise refusal(HTTPStatus.BAD_REQUEST, code, "notificationUrl", "a subscription has these events")


def traits(body: Json) -> tuple[str, frozenset[tuple[str, str]]]:
    return body["notificationUrl"], frozenset((one["type"], one["version"]) for one in body["events"])


def shown(call: Call, record: Record) -> Json:
    """The subscription as BILL answers it: the key is told when it is made, and never again."""
    names = ("id", "name", "status", "events", "notificationUrl", "createdTime", "updatedTime")
    content: Json = {name: record.body[name] for name in names}
    organization: str | None = record.organization_id
    if not organization:
        choices = {"omitted": None, "empty": "", "partner": record.partner_id}
        organization = choices[call.world.settings.partner_subscription_organization]
    return content if organization is None else content | {"organizationId": organization}


PATH = "/v3/subscriptions"
ONE = PATH + "/{subscriptionId}"
ROUTES = tuple(
    Route(method, path, operation, Access.EVENTS, answer, EVENTS_BASE)
    for method, path, operation, answer in (
        ("POST", PATH, "create_subscription", create_subscription),
        ("GET", PATH, "list_subscriptions", list_subscriptions),
        ("GET", ONE, "get_subscription", get_subscription),
        ("PUT", ONE, "replace_subscription", replace_subscription),
        ("PATCH", ONE, "update_subscription", update_subscription),
        ("DELETE", ONE, "delete_subscription", delete_subscription),
        ("POST", ONE + "/security-key", "create_security_key", create_security_key),
    )
)
