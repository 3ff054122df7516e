"""Events that can be subscribed to, the notifications that were sent, and sending one on demand."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from onboarding.simulator.access import Access
from onboarding.simulator.call import Call
from onboarding.simulator.errors import not_found, refusal
from onboarding.simulator.forward_lists import forward_answer
from onboarding.simulator.lists import asked_once, invalid
from onboarding.simulator.operations.subscriptions import event_fields, subscription_in_path
from onboarding.simulator.route import EVENTS_BASE, Route
from onboarding.simulator.settings import words
from onboarding.simulator.shapes import Strictness, check
from onboarding.simulator.store import Record
from onboarding.simulator.webhooks import deliveries, events
from onboarding.simulator.webhooks.events import VERSION
from onboarding.simulator.wire.messages import Answer, Json

# Metadata names an organization, and a partner may have none yet.
NO_ORGANIZATION = "00801TESTEVENTORG0zz"
SAMPLE_ID = "00001TESTEVENTITEM0z"
NARROWING = ("createdTimeFrom", "createdTimeTo", "entityId")


def event_catalog(call: Call) -> Answer:
    settings = call.world.settings
    listed = [{"type": one, "version": VERSION} for one in words(settings.event_types)]
    return call.answer({settings.catalog_field: listed})


def list_events(call: Call) -> Answer:
    subscription, asked = subscription_in_path(call), asked_once(call)
    earliest = max(oldest(call), moment(asked, "createdTimeFrom") or oldest(call))
    latest = moment(asked, "createdTimeTo")
    entity_id = asked.get("entityId")

    def accepts(record: Record) -> bool:
        created = datetime.fromisoformat(record.body["createdTime"])
        in_time = earliest <= created and (latest is None or created <= latest)
        return in_time and entity_id in (None, record.body["entityId"] or record.organization_id)

    return forward_answer(
        call,
        deliveries.NOTIFICATION,
        label=subscription.id,
        accepts=accepts,
        narrowed_by=NARROWING,
        show=lambda record: shown(call, record),
    )


def oldest(call: Call) -> datetime:
    return call.world.clock.now() - timedelta(days=call.world.settings.history_days)


def moment(asked: dict[str, str], name: str) -> datetime | None:
    """A moment, or a day from its beginning; without an offset it is UTC."""
    if name not in asked:
        return None
    try:
        found = datetime.fromisoformat(asked[name])
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        invalid(name, asked[name])


def shown(call: Call, record: Record) -> Json:
    """What BILL lists is the event's data with the payload as a string; the notification itself is told, too."""
    form, body = call.world.settings.history_form, record.body
    content: Json = {}
    if form != "data":
        content |= body["content"]
    if form != "notification":
        content |= {
            "id": record.id,
            "type": body["eventType"],
            "version": VERSION,
            "subscriptionId": record.label,
            "payload": json.dumps(body["content"], separators=(",", ":"), ensure_ascii=False),
            "createdTime": body["createdTime"],
        }
        statuses = [one["status"] for one in body["attempts"] if one["status"]]
        content |= {"statusCode": statuses[-1]} if statuses else {}
    return content


def resend_event(call: Call) -> Answer:
    subscription, identifier = subscription_in_path(call), call.arguments["eventId"]
    found = call.world.store.get(deliveries.NOTIFICATION, identifier)
    if found is None or found.label != subscription.id:
        raise not_found(identifier)
    if datetime.fromisoformat(found.body["createdTime"]) < oldest(call):
        raise not_found(identifier)
    deliveries.add(call.world, found, asked=True)
    return call.done()


def send_test_event(call: Call) -> Answer:
    """Without a body, the first event of the subscription; details are merged into a sample entity."""
    subscription = subscription_in_path(call)
    type_field, version_field = event_fields(call.world.settings)
    fields = (replace(type_field, name="eventType", required=False), replace(version_field, required=False))
    whole = call.body if call.request.body else {}
    # Details may have any name, so unknown fields are never refused.
    strictness = Strictness(unknown_fields=False, nulls=call.world.settings.null_fields == "refuse")
    sent = check(whole, fields, strictness)
    event_type = str(sent.get("eventType", subscription.body["events"][0]["type"]))
    entity = sample(call, event_type) | details(call, whole, event_type)
    organization_id = subscription.organization_id or some_organization(call)
    added = events.notify(call.world, subscription, event_type, entity, organization_id=organization_id)
    deliveries.add(call.world, added, asked=True)
    return call.done()


def sample(call: Call, event_type: str) -> Json:
    if event_type.startswith("risk-verification."):
        return {"decision": "APPROVE"}
    return {"id": SAMPLE_ID, "archived": event_type.endswith(".archived")}


def details(call: Call, whole: Json, event_type: str) -> Json:
    name = events.entity_key(call.world, event_type)
    given = whole.get(name, {})
    if not isinstance(given, dict):
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1124", name)
    return given


def some_organization(call: Call) -> str:
    found = call.world.store.all("organization", partner=call.caller.partner_id, descending=True, limit=1)
    return found[0].id if found else NO_ORGANIZATION


ONE = "/v3/events/subscription/{subscriptionId}"
ROUTES = tuple(
    Route(method, path, operation, Access.EVENTS, answer, EVENTS_BASE)
    for method, path, operation, answer in (
        ("GET", "/v3/events/catalog", "event_catalog", event_catalog),
        ("GET", ONE, "list_events", list_events),
        ("POST", ONE + "/event/{eventId}", "resend_event", resend_event),
        ("POST", "/v3/subscriptions/{subscriptionId}/test", "send_test_event", send_test_event),
    )
)
