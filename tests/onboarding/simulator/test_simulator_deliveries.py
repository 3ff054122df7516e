import socket
import threading
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from onboarding.simulator import Simulator
from onboarding.simulator.webhooks.posting import Letter, Postbox, connect
from tests.onboarding.simulator.partner import Partner
from tests.onboarding.simulator.receiver import (
    Receiver,
    Subscriber,
    as_partner,
    attempts,
    happen,
    own_certificate,
    receiving,
)

START = "/v3/risk-verifications"


def test_failures_are_retried_by_the_clock_and_then_end_the_subscription(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver
) -> None:
    receiver.answer = lambda: 500
    made = subscriber.subscribe(receiver.url, "bill.created").json()
    place = f"/v3/subscriptions/{made['id']}"
    happen(simulator)
    assert simulator.settle()

    for number, seconds in enumerate((2, 4, 8, 16), start=1):
        pending = simulator.world.store.all("delivery")[0].body
        tried = simulator.notifications[0].body["attempts"][-1]["time"]
        assert pending["due"] - seconds == pytest.approx(datetime.fromisoformat(tried).timestamp(), abs=0.002)
        assert len(receiver.arrived) == number
        assert subscriber.http.get(place).json()["status"] == {"enabled": True}
        simulator.advance(seconds=seconds)
        assert simulator.settle()

    assert attempts(simulator) == [500] * 5
    assert len(set(receiver.event_ids)) == 1
    assert subscriber.http.get(place).json()["status"] == {"enabled": False}
    simulator.advance(hours=1)
    happen(simulator)
    assert simulator.settle()
    assert len(receiver.arrived) == 5


@pytest.mark.parametrize(("setting", "arrived"), [("dropped", ["c"]), ("kept", ["a", "b", "c"])])
def test_enabled_again_it_sends_anew(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver, setting: str, arrived: list[str]
) -> None:
    simulator.change_settings(events_while_disabled=setting)
    place = f"/v3/subscriptions/{subscriber.subscribe(receiver.url, 'bill.created').json()['id']}"
    receiver.answer = lambda: 503
    happen(simulator, "a")
    for seconds in (0, 2, 4, 8, 16):
        simulator.advance(seconds=seconds)
        assert simulator.settle()
    happen(simulator, "b")
    receiver.answer, receiver.arrived = (lambda: 200), []

    assert subscriber.http.patch(place, json={"status": {"enabled": True}}).json()["status"] == {
        "enabled": True
    }
    happen(simulator, "c")

    assert simulator.settle()
    assert [one["bill"]["id"] for one in receiver.notifications] == arrived


@pytest.mark.parametrize("status", [201, 202, 204, 302, 404])
def test_only_200_is_a_success_and_redirects_are_not_followed(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver, status: int
) -> None:
    with receiving() as elsewhere:
        receiver.answer, receiver.headers = (lambda: status), {"location": elsewhere.url}
        subscriber.subscribe(receiver.url, "bill.created")
        happen(simulator)

        assert simulator.settle()
        assert attempts(simulator) == [status]
        assert (len(simulator.world.store.all("delivery")), elsewhere.arrived) == (1, [])


def test_answer_that_comes_too_late_is_a_failure(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver
) -> None:
    simulator.change_settings(delivery_seconds=0.2)
    hold = threading.Event()
    receiver.answer = lambda: 200 if hold.wait(10) else 500
    subscriber.subscribe(receiver.url, "bill.created")
    happen(simulator)

    assert simulator.settle()
    hold.set()
    assert simulator.notifications[0].body["attempts"][0]["error"] == "no answer within 0.2 s"


def test_answer_that_trickles_in_is_cut_off(simulator: Simulator, subscriber: Subscriber) -> None:
    simulator.change_settings(delivery_seconds=0.3)
    cut = threading.Event()

    def trickle(listening: socket.socket) -> None:
        connection = listening.accept()[0]
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nx-slow: ")
            while not cut.wait(0.02):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=trickle, args=(listening,), daemon=True)
        thread.start()
        subscriber.subscribe(f"http://127.0.0.1:{listening.getsockname()[1]}/", "bill.created")
        happen(simulator)

        assert simulator.settle(timeout=3)
        cut.set()
        thread.join()
    assert attempts(simulator) == [None]


@pytest.mark.parametrize(("checked", "status"), [(True, None), (False, 200)])
def test_certificate_is_checked_unless_set_otherwise(
    simulator: Simulator, subscriber: Subscriber, tmp_path: Path, checked: bool, status: int | None
) -> None:
    simulator.change_settings(delivery_checks_certificate=checked)
    with receiving(own_certificate(tmp_path)) as secure:
        subscriber.subscribe(secure.url, "bill.created")
        happen(simulator)

        assert simulator.settle()
        assert attempts(simulator) == [status]
        assert len(secure.arrived) == (0 if checked else 1)


def test_nobody_there_is_a_failure_with_a_reason(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver
) -> None:
    with receiving() as gone:
        url = gone.url
    subscriber.subscribe(url, "bill.created")
    happen(simulator)

    assert simulator.settle()
    assert simulator.notifications[0].body["attempts"][0]["error"] == "Connection refused"


def test_slow_receiver_blocks_neither_calls_nor_others(
    simulator: Simulator, partner: Partner, subscriber: Subscriber, receiver: Receiver
) -> None:
    began, hold = threading.Event(), threading.Event()
    with receiving() as slow:
        slow.answer = lambda: began.set() or (200 if hold.wait(10) else 500)  # type: ignore[func-returns-value]
        subscriber.subscribe(slow.url, "bill.created")
        subscriber.subscribe(receiver.url, "vendor.created")
        for _ in range(3):
            happen(simulator)
        assert began.wait(5)
        arrived = threading.Event()
        receiver.answer = lambda: arrived.set() or 200  # type: ignore[func-returns-value]

        happen(simulator, event="vendor.created")

        assert arrived.wait(5)
        assert partner.create().status_code == 200
        assert len(slow.arrived) == 1
        hold.set()
        assert simulator.settle()
        assert len(slow.arrived) == 3


def test_deliver_now_does_not_wait_for_the_next_try(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver, control: httpx.Client
) -> None:
    statuses = iter([500, 200])
    receiver.answer = lambda: next(statuses)
    subscriber.subscribe(receiver.url, "bill.created")
    happen(simulator)
    assert simulator.settle()
    shown = control.get("/webhooks").json()["notifications"][0]
    assert (shown["attempts"][0]["status"], shown["onTheWay"], bool(shown["nextTry"])) == (500, 1, True)

    control.post("/webhooks/deliver", data={"back": "/webhooks"})

    assert simulator.settle()
    assert attempts(simulator) == [500, 200]
    assert control.get("/webhooks", headers={"accept": "text/html"}).text.count("500") == 1


def test_restart_keeps_what_is_pending_and_what_is_scheduled(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answer = lambda: 500
    with Simulator(tmp_path) as simulator, closing(Partner(simulator.api_url)) as partner:
        with as_partner(simulator, partner) as subscriber:
            subscriber.subscribe(receiver.url)
        with partner.onboard("[review]") as user:
            user.post(START)
        assert simulator.settle()
    receiver.answer = lambda: 200

    with Simulator(tmp_path) as simulator:
        simulator.advance(seconds=60)
        assert simulator.settle()

    assert receiver.decisions == ["IN_PROGRESS", "IN_PROGRESS", "REVIEW"]
    assert receiver.event_ids[0] == receiver.event_ids[1]


def test_stop_does_not_wait_for_a_slow_receiver_and_sends_again_later(
    tmp_path: Path, receiver: Receiver
) -> None:
    arrived, hold = threading.Event(), threading.Event()
    receiver.answer = lambda: arrived.set() or (200 if hold.wait(20) else 500)  # type: ignore[func-returns-value]
    with Simulator(tmp_path) as simulator, closing(Partner(simulator.api_url)) as partner:
        with as_partner(simulator, partner) as subscriber:
            subscriber.subscribe(receiver.url, "bill.created")
        happen(simulator)
        assert arrived.wait(5)
        stopped = threading.Thread(target=simulator.stop)
        stopped.start()
        stopped.join(timeout=3)
        assert not stopped.is_alive()
    hold.set()

    with Simulator(tmp_path) as simulator:
        assert simulator.settle()
        assert attempts(simulator) == [200]


def test_deleted_subscription_leaves_nothing_behind(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver
) -> None:
    receiver.answer = lambda: 500
    made = subscriber.subscribe(receiver.url, "bill.created").json()
    happen(simulator)
    assert simulator.settle()

    subscriber.http.delete(f"/v3/subscriptions/{made['id']}")
    simulator.advance(seconds=60)

    assert simulator.settle()
    assert (len(receiver.arrived), simulator.notifications, simulator.world.store.all("delivery")) == (
        1,
        [],
        [],
    )


def test_proxy_of_the_environment_is_not_used(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        subscriber.subscribe(receiver.url, "bill.created")
        happen(simulator)

        assert simulator.settle()
        assert (len(receiver.arrived), len(proxy.arrived)) == (1, 0)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://[2001:db8::abcd]/hook", ("2001:db8::abcd", 443)),
        ("http://[::1]/hook", ("::1", 80)),
        ("http://[::1]:8080/hook", ("::1", 8080)),
        ("https://example.com/hook", ("example.com", 443)),
    ],
)
def test_receiver_is_found_at_any_kind_of_address(url: str, place: tuple[str, int]) -> None:
    connection = connect(url, 1, checked=False)

    assert (connection.host, connection.port) == place


def test_address_that_cannot_be_called_is_a_failed_delivery() -> None:
    outcome = Postbox().post(Letter("http://127.0.0.1:99999/hook", b"{}", ""), seconds=1, checked=True)

    assert (outcome.status, outcome.delivered, bool(outcome.error)) == (None, False, True)
