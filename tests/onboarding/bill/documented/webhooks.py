from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from onboarding.bill.inputs import (
    EventQuery,
    EventRef,
    NewSubscription,
    SampleEvent,
    SubscriptionChanges,
    SubscriptionReplacement,
)
from onboarding.bill.notices import Notification
from onboarding.bill.outputs import Page, Subscription
from onboarding.bill.sessions import Secret
from tests.onboarding.bill.documented.call import AS_CHILD, AS_PARTNER, CREATED, UPDATED, Documented
from tests.onboarding.bill.wire import CHILD, PARTNER

EVENTS = "/connect-events"
KEY = UUID("5f0ad7b3-6a5e-4d53-9d2f-0f4a7a6b1c2d")
SECURITY_KEY = "canary-security-key-6e"
URL = "https://portal.example/bill/notices"
DECISIONS = (EventRef("risk-verification.updated"),)
SENT = {
    "name": "Decisions",
    "status": {"enabled": True},
    "events": [{"type": "risk-verification.updated", "version": "1"}],
    "notificationUrl": URL,
}
ANSWERED = {
    "id": "3f1b",
    **SENT,
    "organizationId": "00801ORG",
    "createdTime": CREATED,
    "updatedTime": UPDATED,
}
SUBSCRIPTION = Subscription(
    id="3f1b",
    name="Decisions",
    enabled=True,
    events=DECISIONS,
    notification_url=URL,
    organization_id="00801ORG",
    created_time=datetime(2024, 12, 20, 22, 16, 27, tzinfo=UTC),
    updated_time=datetime(2024, 12, 21, 8, tzinfo=UTC),
)
SIGNED = Subscription(id="3f1b", name="Decisions", security_key=Secret(SECURITY_KEY))
NOTIFICATION = {
    "metadata": {
        "eventId": "e-1",
        "subscriptionId": "3f1b",
        "organizationId": "00801ORG",
        "eventType": "risk-verification.updated",
        "version": "1",
    },
    "risk-verification": {"decision": "APPROVE"},
}

SUBSCRIPTIONS = [
    Documented(
        lambda bill: bill.create_subscription(
            session=PARTNER, subscription=NewSubscription("Decisions", DECISIONS, URL), idempotent_key=KEY
        ),
        "POST /v3/subscriptions",
        {**AS_PARTNER, "x-idempotent-key": str(KEY)},
        {"id": "3f1b", "name": "Decisions", "securityKey": SECURITY_KEY},
        SIGNED,
        body=SENT,
        needs=("id", "securityKey"),
        bill_id="3f1b",
        base=EVENTS,
    ),
    Documented(
        lambda bill: bill.create_subscription(
            session=CHILD, subscription=NewSubscription("Decisions", DECISIONS, URL), idempotent_key=KEY
        ),
        "POST /v3/subscriptions",
        {**AS_CHILD, "x-idempotent-key": str(KEY)},
        {"id": "3f1b", "name": "Decisions", "securityKey": SECURITY_KEY},
        SIGNED,
        body=SENT,
        needs=("id", "securityKey"),
        bill_id="3f1b",
        base=EVENTS,
    ),
    Documented(
        lambda bill: bill.list_subscriptions(session=PARTNER),
        "GET /v3/subscriptions?max=100",
        AS_PARTNER,
        {"results": [ANSWERED], "nextPage": "n"},
        Page((SUBSCRIPTION,), "n"),
        needs=("results", "results.id"),
        base=EVENTS,
    ),
    Documented(
        lambda bill: bill.get_subscription(session=PARTNER, subscription_id="3f1b"),
        "GET /v3/subscriptions/3f1b",
        AS_PARTNER,
        ANSWERED,
        SUBSCRIPTION,
        needs=("id",),
        base=EVENTS,
    ),
    Documented(
        lambda bill: bill.replace_subscription(
            session=PARTNER, subscription_id="3f1b", subscription=SubscriptionReplacement(DECISIONS)
        ),
        "PUT /v3/subscriptions/3f1b",
        AS_PARTNER,
        ANSWERED,
        SUBSCRIPTION,
        body={"events": SENT["events"]},
        needs=("id",),
        bill_id="3f1b",
        base=EVENTS,
    ),
    Documented(
        lambda bill: bill.update_subscription(
            session=PARTNER,
            subscription_id="3f1b",
            subscription=SubscriptionChanges(name="Decisions", enabled=True, notification_url=URL),
        ),
        "PATCH /v3/subscriptions/3f1b",
        AS_PARTNER,
        ANSWERED,
        SUBSCRIPTION,
        body={"name": "Decisions", "status": {"enabled": True}, "notificationUrl": URL},
        needs=("id",),
        bill_id="3f1b",
        base=EVENTS,
    ),
    Documented(
        lambda bill: bill.delete_subscription(session=PARTNER, subscription_id="3f1b"),
        "DELETE /v3/subscriptions/3f1b",
        AS_PARTNER,
        None,
        None,
        base=EVENTS,
    ),
    Documented(
        lambda bill: bill.create_security_key(session=PARTNER, subscription_id="3f1b", idempotent_key=KEY),
        "POST /v3/subscriptions/3f1b/security-key",
        {**AS_PARTNER, "x-idempotent-key": str(KEY)},
        {"securityKey": SECURITY_KEY},
        Secret(SECURITY_KEY),
        needs=("securityKey",),
        base=EVENTS,
    ),
]

NOTIFICATIONS = [
    Documented(
        lambda bill: bill.event_catalog(session=PARTNER),
        "GET /v3/events/catalog",
        AS_PARTNER,
        {"events": [{"type": "risk-verification.updated", "version": "1"}]},
        DECISIONS,
        needs=("events",),
        base=EVENTS,
    ),
    Documented(
        lambda bill: bill.send_test_event(session=PARTNER, subscription_id="3f1b"),
        "POST /v3/subscriptions/3f1b/test",
        AS_PARTNER,
        {},
        None,
        body={},
        base=EVENTS,
    ),
    Documented(
        lambda bill: bill.send_test_event(
            session=PARTNER,
            subscription_id="3f1b",
            event=SampleEvent("risk-verification.updated", "1", {"decision": "HOLD"}),
        ),
        "POST /v3/subscriptions/3f1b/test",
        AS_PARTNER,
        {},
        None,
        body={"eventType": "risk-verification.updated", "version": "1", "decision": "HOLD"},
        base=EVENTS,
    ),
    Documented(
        lambda bill: bill.list_events(
            session=CHILD,
            subscription_id="3f1b",
            query=EventQuery(
                max=20,
                created_from=datetime(2025, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))),
                created_to=datetime(2025, 2, 1, tzinfo=UTC),
                entity_id="00801ORG",
            ),
        ),
        "GET /v3/events/subscription/3f1b?max=20&createdTimeFrom=2025-01-01T00%3A00%3A00.000%2B00%3A00"
        "&createdTimeTo=2025-02-01T00%3A00%3A00.000%2B00%3A00&entityId=00801ORG",
        AS_CHILD,
        {"results": [NOTIFICATION]},
        Page(
            (
                Notification(
                    event_id="e-1",
                    event_type="risk-verification.updated",
                    subscription_id="3f1b",
                    organization_id="00801ORG",
                    version="1",
                    entity_name="risk-verification",
                    entity={"decision": "APPROVE"},
                ),
            )
        ),
        needs=("results", "results.metadata", "results.metadata.eventId", "results.metadata.eventType"),
        base=EVENTS,
    ),
    Documented(
        lambda bill: bill.resend_event(session=PARTNER, subscription_id="3f1b", event_id="e-1"),
        "POST /v3/events/subscription/3f1b/event/e-1",
        AS_PARTNER,
        {},
        None,
        base=EVENTS,
    ),
]

CALLS = SUBSCRIPTIONS + NOTIFICATIONS
