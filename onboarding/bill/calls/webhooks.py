"""Subscriptions to events, and the notifications that BILL has sent."""

from uuid import UUID

from onboarding.bill.calling import Caller
from onboarding.bill.inputs import (
    FIRST_EVENTS,
    FIRST_PAGE,
    EventQuery,
    EventRef,
    ListQuery,
    NewSubscription,
    SampleEvent,
    SubscriptionChanges,
    SubscriptionReplacement,
)
from onboarding.bill.message import Headers, Message, path_of
from onboarding.bill.notices import Notification
from onboarding.bill.outputs import Page, Subscription
from onboarding.bill.outputs.webhooks import catalog, security_key
from onboarding.bill.paging import page_of
from onboarding.bill.sessions import OrganizationSession, PartnerSession, Secret

_PATH = "/v3/subscriptions"
Session = PartnerSession | OrganizationSession


class WebhookCalls(Caller):
    """A partner's subscription tells of all its organizations, an organization's of itself."""

    def event_catalog(self, *, session: Session) -> tuple[EventRef, ...]:
        """The events that can be subscribed to."""
        message = Message("event_catalog", "GET", "/v3/events/catalog", self._either(session), events=True)
        return self._read(message, catalog)

    def create_subscription(
        self, *, session: Session, subscription: NewSubscription, idempotent_key: UUID
    ) -> Subscription:
        """Create a subscription; its key is told in this answer alone, so after a lost one look for it."""
        message = Message(
            operation="create_subscription",
            method="POST",
            path=_PATH,
            headers=self._once(session, idempotent_key),
            body=subscription.payload(),
            events=True,
            answers_secret=True,
        )
        return self._change(message, Subscription.created, bill_id=lambda subscription: subscription.id)

    def list_subscriptions(self, *, session: Session, query: ListQuery = FIRST_PAGE) -> Page[Subscription]:
        """One page of the subscriptions; the pages go forward only."""
        message = Message(
            "list_subscriptions", "GET", _PATH, self._either(session), params=query.params(), events=True
        )
        return self._read(message, lambda document: page_of(document, Subscription.found))

    def get_subscription(self, *, session: Session, subscription_id: str) -> Subscription:
        """One subscription."""
        path = path_of("v3", "subscriptions", subscription_id)
        message = Message("get_subscription", "GET", path, self._either(session), events=True)
        return self._read(message, Subscription.found)

    def replace_subscription(
        self, *, session: Session, subscription_id: str, subscription: SubscriptionReplacement
    ) -> Subscription:
        """Subscribe to these events instead."""
        return self._write("replace_subscription", "PUT", session, subscription_id, subscription)

    def update_subscription(
        self, *, session: Session, subscription_id: str, subscription: SubscriptionChanges
    ) -> Subscription:
        """Rename, move, enable or disable the subscription."""
        return self._write("update_subscription", "PATCH", session, subscription_id, subscription)

    def _write(
        self,
        operation: str,
        method: str,
        session: Session,
        subscription_id: str,
        subscription: SubscriptionReplacement | SubscriptionChanges,
    ) -> Subscription:
        path = path_of("v3", "subscriptions", subscription_id)
        body = subscription.payload()
        message = Message(operation, method, path, self._either(session), body, events=True)
        return self._change(message, Subscription.found, bill_id=lambda subscription: subscription.id)

    def delete_subscription(self, *, session: Session, subscription_id: str) -> None:
        """End the subscription."""
        path = path_of("v3", "subscriptions", subscription_id)
        message = Message("delete_subscription", "DELETE", path, self._either(session), events=True)
        self._change(message, lambda document: None)

    def create_security_key(self, *, session: Session, subscription_id: str, idempotent_key: UUID) -> Secret:
        """A new signing key; for how long the old one still signs is not documented."""
        message = Message(
            operation="create_security_key",
            method="POST",
            path=path_of("v3", "subscriptions", subscription_id, "security-key"),
            headers=self._once(session, idempotent_key),
            events=True,
            answers_secret=True,
        )
        return self._change(message, security_key)

    def send_test_event(
        self, *, session: Session, subscription_id: str, event: SampleEvent | None = None
    ) -> None:
        """Have BILL send a test notification."""
        path = path_of("v3", "subscriptions", subscription_id, "test")
        body = event.payload() if event else {}
        message = Message("send_test_event", "POST", path, self._either(session), body, events=True)
        self._change(message, lambda document: None)

    def list_events(
        self, *, session: Session, subscription_id: str, query: EventQuery = FIRST_EVENTS
    ) -> Page[Notification]:
        """One page of the notifications that BILL has sent."""
        path = path_of("v3", "events", "subscription", subscription_id)
        message = Message(
            "list_events", "GET", path, self._either(session), params=query.params(), events=True
        )
        return self._read(message, lambda document: page_of(document, Notification.found))

    def resend_event(self, *, session: Session, subscription_id: str, event_id: str) -> None:
        """Have BILL send a notification once more, under the same event id."""
        path = path_of("v3", "events", "subscription", subscription_id, "event", event_id)
        message = Message("resend_event", "POST", path, self._either(session), events=True)
        self._change(message, lambda document: None)

    def _once(self, session: Session, idempotent_key: UUID) -> Headers:
        """Who calls, and the name under which BILL does this once."""
        if idempotent_key.version != 4:
            raise ValueError("idempotent_key must be a random UUID (version 4).")
        headers = self._either(session)
        headers["X-Idempotent-Key"] = str(idempotent_key)
        return headers
