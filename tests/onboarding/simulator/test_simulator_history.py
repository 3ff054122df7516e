import json
from typing import Any

import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.partner import Partner, codes
from tests.onboarding.simulator.receiver import RISK, Receiver, Subscriber, as_partner, happen


def test_history_is_listed_narrowed_and_sent_again(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver
) -> None:
    place = f"/v3/events/subscription/{subscriber.subscribe(receiver.url, 'bill.created').json()['id']}"
    for name in ("a", "b", "c"):
        happen(simulator, name)
        simulator.advance(minutes=1)
    assert simulator.settle()

    listed = subscriber.http.get(place, params={"max": 2}).json()
    rest = subscriber.http.get(place, params={"max": 2, "page": listed["nextPage"]}).json()
    one = subscriber.http.get(place, params={"entityId": "b"}).json()["results"]
    since = subscriber.http.get(place, params={"createdTimeFrom": one[0]["createdTime"]}).json()["results"]
    until = subscriber.http.get(place, params={"createdTimeTo": one[0]["createdTime"]}).json()["results"]

    ids = [
        [event["bill"]["id"] for event in events]
        for events in (listed["results"], rest["results"], since, until)
    ]
    assert ids == [["c", "b"], ["a"], ["c", "b"], ["b", "a"]]
    assert (one[0]["id"], one[0]["type"], one[0]["statusCode"]) == (
        receiver.event_ids[1],
        "bill.created",
        200,
    )
    assert json.loads(one[0]["payload"]) == receiver.notifications[1]
    assert subscriber.http.post(f"{place}/event/{one[0]['id']}").status_code == 200
    assert simulator.settle()
    assert receiver.event_ids[3] == receiver.event_ids[1]


@pytest.mark.parametrize(("form", "names"), [
    ("data", {"id", "type", "version", "subscriptionId", "payload", "createdTime", "statusCode"}),
    ("notification", {"metadata", "bill"}),
])  # fmt: skip
def test_history_form_follows_the_setting(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver, form: str, names: set[str]
) -> None:
    simulator.change_settings(history_form=form)
    place = f"/v3/events/subscription/{subscriber.subscribe(receiver.url, 'bill.created').json()['id']}"
    happen(simulator)
    assert simulator.settle()

    assert set(subscriber.http.get(place).json()["results"][0]) == names


def test_history_ends_after_its_days(
    simulator: Simulator, partner: Partner, subscriber: Subscriber, receiver: Receiver
) -> None:
    simulator.change_settings(idle_minutes=1_000_000)
    place = f"/v3/events/subscription/{subscriber.subscribe(receiver.url, 'bill.created').json()['id']}"
    happen(simulator)
    assert simulator.settle()
    simulator.advance(days=179)
    assert len(subscriber.http.get(place).json()["results"]) == 1
    simulator.advance(days=2)

    assert subscriber.http.get(place).json()["results"] == []
    assert codes(subscriber.http.post(f"{place}/event/{receiver.event_ids[0]}")) == ["BDC_1205"]


@pytest.mark.parametrize(
    "query",
    [{"createdTimeFrom": "x"}, {"createdTimeTo": ""}, {"createdTimeFrom": "0001-01-01T00:00:00+23:59"}],
)
def test_moment_that_is_none_is_refused(
    subscriber: Subscriber, receiver: Receiver, query: dict[str, str]
) -> None:
    place = f"/v3/events/subscription/{subscriber.subscribe(receiver.url).json()['id']}"

    refused = subscriber.http.get(place, params=query)

    assert (refused.status_code, codes(refused)) == (400, ["BDC_1129"])


def test_history_of_others_is_not_found(
    simulator: Simulator, other_partner: Partner, subscriber: Subscriber, receiver: Receiver
) -> None:
    place = f"/v3/events/subscription/{subscriber.subscribe(receiver.url, 'bill.created').json()['id']}"
    happen(simulator)
    assert simulator.settle()
    event = f"{place}/event/{receiver.event_ids[0]}"

    with as_partner(simulator, other_partner) as other:
        mine = other.subscribe(receiver.url, "bill.created").json()["id"]
        crossed = f"/v3/events/subscription/{mine}/event/{receiver.event_ids[0]}"
        answers = [other.http.get(place), other.http.post(event), other.http.post(crossed)]

    assert [codes(one) for one in answers] == [["BDC_1205"]] * 3


@pytest.mark.parametrize(
    ("content", "event", "entity"),
    [
        (None, "bill.created", {"id": "00001TESTEVENTITEM0z", "archived": False}),
        ({}, "bill.created", {"id": "00001TESTEVENTITEM0z", "archived": False}),
        ({"eventType": RISK, "version": "1"}, RISK, {"decision": "APPROVE"}),
        ({"eventType": RISK, "risk-verification": {"decision": "HOLD"}}, RISK, {"decision": "HOLD"}),
    ],
)
def test_test_event_is_sent_even_when_disabled(
    simulator: Simulator,
    partner: Partner,
    subscriber: Subscriber,
    receiver: Receiver,
    content: dict[str, Any] | None,
    event: str,
    entity: dict[str, Any],
) -> None:
    organization_id = partner.create_id()
    made = subscriber.subscribe(receiver.url, "bill.created", status={"enabled": False}).json()

    answer = subscriber.http.post(f"/v3/subscriptions/{made['id']}/test", json=content)

    assert answer.status_code == 200
    assert simulator.settle()
    assert receiver.is_signed_with(made["securityKey"])
    notification = receiver.notifications[0]
    assert (notification["metadata"]["eventType"], notification["metadata"]["organizationId"]) == (
        event,
        organization_id,
    )
    assert notification[event.rpartition(".")[0]] == entity


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"eventType": "nothing.happened"}, "BDC_1119"),
        ({"version": "1.0"}, "BDC_1119"),
        ({"eventType": 1}, "BDC_1124"),
        ({"eventType": None}, "BDC_1124"),
        ({"bill": "x"}, "BDC_1124"),
        ([], "BDC_1122"),
    ],
)
def test_test_event_of_another_shape_is_refused(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver, content: Any, code: str
) -> None:
    made = subscriber.subscribe(receiver.url, "bill.created").json()

    refused = subscriber.http.post(f"/v3/subscriptions/{made['id']}/test", json=content)

    assert (refused.status_code, codes(refused)) == (400, [code])
    assert simulator.notifications == []
