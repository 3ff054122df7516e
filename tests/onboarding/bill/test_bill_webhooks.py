from uuid import UUID, uuid1, uuid4

import pytest

from onboarding.bill.client import BillClient
from onboarding.bill.errors import BillOutcomeUnknown, BillRefused
from onboarding.bill.inputs import (
    FIRST_EVENTS,
    FIRST_PAGE,
    EventRef,
    NewSubscription,
    SubscriptionChanges,
    SubscriptionReplacement,
)
from onboarding.bill.paging import every_page
from tests.onboarding.bill.documented.webhooks import ANSWERED, DECISIONS, NOTIFICATION, SENT, URL
from tests.onboarding.bill.wire import CHILD, PARTNER, MemoryJournal, Wire, client_of, fails, raw, says

NEW = NewSubscription("Decisions", DECISIONS, URL)


def test_subscription_of_a_lost_answer_is_found_by_its_address(wire: Wire, bill: BillClient) -> None:
    other = {**ANSWERED, "id": "other", "notificationUrl": "https://elsewhere.example"}
    wire.will(raw(b"", 502), says({"results": [other], "nextPage": "n"}), says({"results": [ANSWERED]}))
    with pytest.raises(BillOutcomeUnknown):
        bill.create_subscription(session=PARTNER, subscription=NEW, idempotent_key=uuid4())

    pages = every_page(
        lambda query: bill.list_subscriptions(session=PARTNER, query=query), FIRST_PAGE, "list_subscriptions"
    )

    assert [found.id for page in pages for found in page.items if found.notification_url == URL] == ["3f1b"]
    assert wire.requests[2].path == "/connect-events/v3/subscriptions?max=100&page=n"


def test_same_key_can_be_sent_again(wire: Wire, bill: BillClient) -> None:
    key = uuid4()
    wire.will(raw(b"", 502), says({"id": "3f1b", "securityKey": "k"}))

    with pytest.raises(BillOutcomeUnknown):
        bill.create_subscription(session=PARTNER, subscription=NEW, idempotent_key=key)
    bill.create_subscription(session=PARTNER, subscription=NEW, idempotent_key=key)

    assert [request.headers["x-idempotent-key"] for request in wire.requests] == [str(key)] * 2


@pytest.mark.parametrize("key", [uuid1(), UUID(int=0)])
def test_key_that_is_not_random_is_refused(bill: BillClient, journal: MemoryJournal, key: UUID) -> None:
    with pytest.raises(ValueError, match="version 4"):
        bill.create_subscription(session=PARTNER, subscription=NEW, idempotent_key=key)

    assert journal.calls == []


def test_key_in_an_answer_of_another_shape_is_not_kept(wire: Wire, bill: BillClient) -> None:
    wire.will(says({"id": "3f1b", "signing": {"value": "canary"}}), says(["canary"]))

    with pytest.raises(BillOutcomeUnknown) as created:
        bill.create_subscription(session=PARTNER, subscription=NEW, idempotent_key=uuid4())
    with pytest.raises(BillOutcomeUnknown) as renewed:
        bill.create_security_key(session=PARTNER, subscription_id="3f1b", idempotent_key=uuid4())

    assert "canary" not in f"{created.value.__dict__} {renewed.value.__dict__}"


def test_events_address_keeps_what_stands_before_connect(wire: Wire, journal: MemoryJournal) -> None:
    url = wire.url.removesuffix("/connect") + "/gateway/connect/"
    wire.will(says({"events": []}), says({"hasPhone": True}))

    with client_of(url, journal) as client:
        client.event_catalog(session=CHILD)
        client.get_risk_phone(session=CHILD)

    assert [request.path for request in wire.requests] == [
        "/gateway/connect-events/v3/events/catalog",
        "/gateway/connect/v3/risk-verifications/phone",
    ]


def test_id_cannot_climb_out_of_the_events_address(wire: Wire, bill: BillClient) -> None:
    wire.will(fails(404, "BDC_1120"))

    with pytest.raises(BillRefused):
        bill.get_subscription(session=PARTNER, subscription_id="../../x?y#z")

    assert wire.requests[0].path == "/connect-events/v3/subscriptions/..%2F..%2Fx%3Fy%23z"


@pytest.mark.parametrize(
    "document", [SENT["events"], {"results": SENT["events"]}, {"events": SENT["events"]}]
)
def test_catalog_is_read_in_any_plausible_shape(wire: Wire, bill: BillClient, document: object) -> None:
    wire.will(says(document))

    assert bill.event_catalog(session=PARTNER) == DECISIONS


def test_history_is_followed_to_the_end(wire: Wire, bill: BillClient) -> None:
    later = {**NOTIFICATION, "metadata": {"eventId": "e-2", "eventType": "vendor.created"}}
    wire.will(says({"results": [NOTIFICATION], "nextPage": "n"}), says({"results": [later]}))

    pages = every_page(
        lambda query: bill.list_events(session=PARTNER, subscription_id="3f1b", query=query),
        FIRST_EVENTS,
        "list_events",
    )

    assert [event.event_id for page in pages for event in page.items] == ["e-1", "e-2"]


@pytest.mark.parametrize(
    "url",
    ["http://portal.example/n", "ftp://portal.example", "https:///n", "portal.example", "", "http://[::2]/n"],
)
def test_address_without_https_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        NewSubscription("Decisions", DECISIONS, url)
    with pytest.raises(ValueError, match="https"):
        SubscriptionChanges(notification_url=url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/n", "http://[::1]/n", "http://localhost/n"])
def test_address_of_this_machine_needs_no_https(url: str) -> None:
    assert NewSubscription("Decisions", DECISIONS, url).payload()["notificationUrl"] == url


@pytest.mark.parametrize(
    "events", [(), (EventRef("vendor.created", "1.0"),), (EventRef(""),), (EventRef("vendor.created", ""),)]
)
def test_event_of_another_form_is_refused(events: tuple[EventRef, ...]) -> None:
    with pytest.raises(ValueError, match="event"):
        NewSubscription("Decisions", events, URL)
    with pytest.raises(ValueError, match="event"):
        SubscriptionReplacement(events)


def test_subscription_can_be_disabled_alone() -> None:
    assert SubscriptionChanges(enabled=False).payload() == {"status": {"enabled": False}}
