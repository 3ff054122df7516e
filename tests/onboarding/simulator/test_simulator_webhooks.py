import json
from typing import Any

import httpx
import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.partner import Partner
from tests.onboarding.simulator.receiver import (
    RISK,
    Receiver,
    Subscriber,
    as_organization,
    as_partner,
    happen,
    receiving,
)

START = "/v3/risk-verifications"


def test_decision_is_told_when_initiated_and_when_it_falls(
    simulator: Simulator, partner: Partner, subscriber: Subscriber, receiver: Receiver
) -> None:
    made = subscriber.subscribe(receiver.url).json()
    with partner.onboard("[hold]") as user:
        user.post(START)
    assert simulator.settle()
    simulator.advance(seconds=5)
    assert simulator.settle()

    assert receiver.decisions == ["IN_PROGRESS", "HOLD"]
    metadata = receiver.notifications[1]["metadata"]
    assert metadata == {
        "eventId": receiver.event_ids[1],
        "subscriptionId": made["id"],
        "organizationId": simulator.organizations[0].id,
        "eventType": RISK,
        "version": "1",
    }
    assert list(receiver.notifications[1]) == ["metadata", "risk-verification"]
    assert len(set(receiver.event_ids)) == 2


def test_decision_set_by_hand_is_told_instead_of_the_one_that_would_fall(
    simulator: Simulator, partner: Partner, subscriber: Subscriber, receiver: Receiver
) -> None:
    subscriber.subscribe(receiver.url)
    with partner.onboard() as user:
        user.post(START)
    simulator.decide(simulator.organizations[0].id, "DECLINE")
    simulator.advance(seconds=60)

    assert simulator.settle()
    assert receiver.decisions == ["IN_PROGRESS", "DECLINE"]


def test_decision_that_fell_before_it_was_set_by_hand_is_told_first(
    simulator: Simulator, partner: Partner, subscriber: Subscriber, receiver: Receiver
) -> None:
    subscriber.subscribe(receiver.url)
    with partner.onboard() as user:
        user.post(START)
    simulator.advance(seconds=60)
    simulator.decide(simulator.organizations[0].id, "HOLD")

    assert simulator.settle()
    assert receiver.decisions == ["IN_PROGRESS", "APPROVE", "HOLD"]


def test_restarted_verification_tells_its_own_decision_once(
    simulator: Simulator, partner: Partner, subscriber: Subscriber, receiver: Receiver
) -> None:
    simulator.change_settings(second_initiation="restart", risk_event_user_id=True)
    subscriber.subscribe(receiver.url)
    with partner.onboard() as user:
        user.post(START)
        user.post(START)
    simulator.advance(seconds=60)

    assert simulator.settle()
    assert receiver.decisions == ["IN_PROGRESS", "IN_PROGRESS", "APPROVE"]
    assert receiver.notifications[2]["risk-verification"]["userId"] == simulator.users[0].id


def test_signature_is_over_the_bytes_that_were_sent(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver
) -> None:
    key = subscriber.subscribe(receiver.url, "bill.created").json()["securityKey"]

    happen(simulator, "Zoë's €")

    assert simulator.settle()
    headers, body = receiver.arrived[0]
    assert receiver.is_signed_with(key)
    assert not receiver.is_signed_with("other")
    assert json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode() == body
    assert headers["content-type"] == "application/json"


def test_body_may_be_a_string_that_holds_the_object(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver
) -> None:
    simulator.change_settings(payload_form="escaped string")
    key = subscriber.subscribe(receiver.url, "bill.created").json()["securityKey"]

    happen(simulator)

    assert simulator.settle()
    whole = json.loads(receiver.arrived[0][1])
    assert json.loads(whole)["bill"] == {"id": "x"}
    assert receiver.is_signed_with(key)


@pytest.mark.parametrize(("seconds", "place"), [(0, 1), (60, 0)])
def test_old_key_stops_at_once_or_after_the_overlap(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver, seconds: int, place: int
) -> None:
    simulator.change_settings(old_key_seconds=seconds)
    made = subscriber.subscribe(receiver.url, "bill.created").json()
    renewed = subscriber.http.post(f"/v3/subscriptions/{made['id']}/security-key").json()
    keys = [made["securityKey"], renewed["securityKey"]]

    happen(simulator)
    assert simulator.settle()
    assert receiver.is_signed_with(keys[place])
    simulator.advance(seconds=61)
    happen(simulator)
    assert simulator.settle()
    assert receiver.is_signed_with(keys[1])


@pytest.mark.parametrize(("setting", "event", "name"), [
    ("bank-account", "bank-account.updated", "bank-account"), ("bankAccount", "bank-account.updated", "bankAccount"),
    ("bank-account", "vendor.archived", "vendor"), ("bank-account", "card-account.created", "card-account"),
])  # fmt: skip
def test_entity_is_named_after_its_family(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver, setting: str, event: str, name: str
) -> None:
    simulator.change_settings(bank_account_key=setting)
    subscriber.subscribe(receiver.url, event)

    happen(simulator, event=event)

    assert simulator.settle()
    assert receiver.notifications[0][name] == {"id": "x"}


def test_subscribers_hear_only_what_is_theirs(
    simulator: Simulator, partner: Partner, other_partner: Partner, subscriber: Subscriber, receiver: Receiver
) -> None:
    with receiving() as inside, receiving() as elsewhere, as_partner(simulator, other_partner) as other:
        subscriber.subscribe(receiver.url)
        other.subscribe(elsewhere.url)
        with partner.onboard("A") as first, partner.onboard("B", "bob") as second:
            with as_organization(simulator, first) as subscribed:
                subscribed.subscribe(inside.url)
            first.post(START)
            second.post(START)
            with other_partner.onboard("C") as third:
                third.post(START)

        assert simulator.settle()
        heard = [
            [one["metadata"]["organizationId"] for one in r.notifications]
            for r in (receiver, inside, elsewhere)
        ]
    a, b, c = (one.id for one in simulator.organizations)
    assert heard == [[a, b], [a], [c]]


def test_event_that_bill_does_not_have_is_a_mistake(simulator: Simulator) -> None:
    with pytest.raises(ValueError, match="no event"):
        happen(simulator, event="organization.created")


def test_duplicates_carry_the_same_event_id(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver, control: httpx.Client
) -> None:
    simulator.change_settings(duplicate_deliveries=True)
    subscriber.subscribe(receiver.url, "bill.created")
    happen(simulator)
    assert simulator.settle()
    simulator.change_settings(duplicate_deliveries=False)

    assert control.post("/webhooks/duplicates", json={"count": 1}).json() == {"sent": 1}
    assert control.post("/webhooks/duplicates", json={"eventId": receiver.event_ids[0]}).json() == {"sent": 1}
    assert simulator.settle()

    assert len(receiver.event_ids) == 4
    assert len(set(receiver.event_ids)) == 1


def test_reordered_notifications_arrive_newest_first(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver, control: httpx.Client
) -> None:
    subscriber.subscribe(receiver.url, "bill.created")
    answer = control.post("/webhooks/reorder", data={"count": "3", "back": "/webhooks"})
    assert answer.headers["location"] == "/webhooks"

    for name in "abcde":
        happen(simulator, name)
        assert simulator.settle()
    assert [one["bill"]["id"] for one in receiver.notifications] == ["c", "b", "a"]

    assert control.post("/webhooks/deliver", json={}).json() == {"sent": 2}
    assert simulator.settle()
    assert [one["bill"]["id"] for one in receiver.notifications][3:] == ["e", "d"]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("reorder", {}),
        ("reorder", {"count": "x"}),
        ("duplicates", {"count": 0}),
        ("duplicates", {"eventId": "x"}),
    ],
)
def test_wrong_wish_is_refused_with_a_sentence(
    control: httpx.Client, path: str, content: dict[str, Any]
) -> None:
    refused = control.post(f"/webhooks/{path}", json=content)

    assert (refused.status_code, bool(refused.json()["error"])) == (400, True)
