import socket
import ssl
import time
from pathlib import Path

import httpx
import pytest

from onboarding.bill.client import BillClient
from onboarding.bill.errors import (
    BillNotReached,
    BillOutcomeUnknown,
    BillRefused,
    LimitReached,
    SessionExpired,
    SessionUntrusted,
)
from onboarding.bill.inputs import Address, NewOrganization
from onboarding.bill.journal import Answer
from onboarding.bill.outputs import Organization
from onboarding.bill.sessions import Secret
from onboarding.bill.transport import Timeouts
from tests.onboarding.bill.wire import (
    CHILD,
    ORGANIZATION,
    PARTNER,
    MemoryJournal,
    Reaction,
    Wire,
    client_of,
    closes_after,
    drips,
    fails,
    never_answers,
    raw,
    resets_after,
    says,
)

HAPPY_TACO = NewOrganization(
    name="Happy Taco",
    address=Address(line1="1 Main St", city="San Jose", zip_or_postal_code="95002"),
    tax_id="12-3456789",
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"


def create(client: BillClient) -> None:
    client.create_organization(session=PARTNER, organization=HAPPY_TACO)


def only_answer(journal: MemoryJournal) -> Answer:
    (answer,) = journal.answers
    return answer


@pytest.mark.parametrize(
    "reaction",
    [
        closes_after(b""),
        resets_after(b""),
        closes_after(HEAD + b'{"id": "008'),
        resets_after(HEAD + b'{"id": "008'),
        closes_after(b"garbage\r\n\r\n"),
        raw(b"<html>maintenance</html>"),
        raw(b'{"id": "00801RUZ'),
        raw(b"\xff\xfe\x00"),
        raw(b"[" * 200_000),
        raw(b""),
        says({}),
        says({"id": ""}),
        says({"id": "0" * 41}),
        says({"id": "008 1"}),
        says({"id": 8}),
        says(["008"]),
        says([{"code": "BDC_1001", "message": "odd"}]),
        says("008"),
        says(None, 204),
        says({**ORGANIZATION, "industry": "x" * 1024 * 1024}),
        fails(500, "BDC_1001"),
        fails(503, "BDC_1144"),
        fails(408),
        raw(b"", 302, Location="/connect/v3/elsewhere"),
        raw(b"", 304),
    ],
)
def test_create_with_lost_or_unreadable_answer_is_unknown(
    wire: Wire, bill: BillClient, journal: MemoryJournal, reaction: Reaction
) -> None:
    wire.will(reaction)

    with pytest.raises(BillOutcomeUnknown) as caught:
        create(bill)

    answer = only_answer(journal)
    assert caught.value.may_have_happened
    assert (answer.request_sent, answer.may_have_happened, answer.bill_id) == (True, True, None)
    assert answer.error == "BillOutcomeUnknown"
    assert len(wire.requests) == 1


def test_refused_connection_is_not_reached(wire: Wire, bill: BillClient, journal: MemoryJournal) -> None:
    wire.refuse()

    with pytest.raises(BillNotReached) as caught:
        create(bill)

    answer = only_answer(journal)
    assert not caught.value.may_have_happened
    assert (answer.request_sent, answer.may_have_happened, answer.status) == (False, False, None)


def test_unknown_host_is_not_reached(journal: MemoryJournal) -> None:
    with client_of("http://bill.invalid/connect", journal) as client, pytest.raises(BillNotReached):
        create(client)


def test_plain_answer_to_tls_is_not_reached(wire: Wire, journal: MemoryJournal) -> None:
    url = wire.url.replace("http:", "https:")
    with client_of(url, journal, connect=0.3) as client, pytest.raises(BillNotReached):
        create(client)


def test_certificate_nobody_vouches_for_is_not_reached(tls_wire: Wire, journal: MemoryJournal) -> None:
    with client_of(tls_wire.url, journal) as client, pytest.raises(BillNotReached) as caught:
        create(client)

    assert "CERTIFICATE_VERIFY_FAILED" in str(caught.value.__cause__)
    assert tls_wire.requests == []


def test_verified_tls_is_capped_and_kept_alive(
    tls_wire: Wire, journal: MemoryJournal, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(httpx, "create_ssl_context", lambda **_: trusting)
    tls_wire.will(says({"hasPhone": True}), says(ORGANIZATION), drips(HEAD, b"y"))

    with client_of(tls_wire.url, journal, total=0.5) as client:
        assert client.get_risk_phone(session=CHILD)
        create(client)
        with pytest.raises(BillOutcomeUnknown):
            create(client)

    assert (tls_wire.connections, len(tls_wire.requests)) == (1, 3)


def over_another_transport(journal: MemoryJournal, timeouts: Timeouts) -> BillClient:
    return BillClient(
        base_url="http://x/connect",
        app_key=Secret("key"),
        dev_key=Secret("key"),
        journal=journal,
        transport=httpx.MockTransport(lambda request: httpx.Response(200, stream=httpx.ByteStream(b"{}"))),
        timeouts=timeouts,
    )


def test_slow_answer_over_another_transport_is_unknown(journal: MemoryJournal) -> None:
    with (
        over_another_transport(journal, Timeouts(total=0)) as client,
        pytest.raises(BillOutcomeUnknown) as caught,
    ):
        create(client)

    assert caught.value.reason == "answer too slow"


def test_nothing_is_sent_late_over_another_transport(journal: MemoryJournal) -> None:
    journal.seconds_to_send = -0.001

    with over_another_transport(journal, Timeouts()) as client, pytest.raises(BillNotReached):
        create(client)


def test_nothing_is_sent_after_send_by(wire: Wire, bill: BillClient, journal: MemoryJournal) -> None:
    journal.seconds_to_send = -0.001

    with pytest.raises(BillNotReached):
        create(bill)

    assert not only_answer(journal).request_sent
    assert wire.requests == []


def test_nothing_is_sent_when_connecting_outlasts_send_by(
    wire: Wire, bill: BillClient, journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.seconds_to_send = 0.1
    connect = socket.create_connection

    def connect_late(*args: object, **kwargs: object) -> socket.socket:
        time.sleep(0.15)
        return connect(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "create_connection", connect_late)
    with pytest.raises(BillNotReached):
        create(bill)
    monkeypatch.undo()

    assert not only_answer(journal).request_sent
    journal.seconds_to_send = 60
    wire.will(says(ORGANIZATION))
    create(bill)
    assert len(wire.requests) == 1


def test_nothing_is_sent_when_the_journal_refuses(
    wire: Wire, bill: BillClient, journal: MemoryJournal
) -> None:
    def refuse(call: object) -> None:
        raise RuntimeError("no database")

    journal.open = refuse  # type: ignore[method-assign,assignment]
    with pytest.raises(RuntimeError):
        create(bill)

    assert (wire.requests, journal.answers) == ([], [])


@pytest.mark.parametrize(
    "reaction",
    [
        never_answers,
        drips(b"HTTP/1.1 200 OK\r\nX: ", b"y"),
        drips(HEAD, b"y"),
        drips(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_whole_call_is_capped(wire: Wire, journal: MemoryJournal, reaction: Reaction) -> None:
    wire.will(reaction)
    started = time.monotonic()

    with client_of(wire.url, journal, total=0.3) as client, pytest.raises(BillOutcomeUnknown):
        create(client)

    assert 0.25 < time.monotonic() - started < 2
    assert only_answer(journal).may_have_happened


def test_silent_peer_ends_at_the_read_timeout(wire: Wire, journal: MemoryJournal) -> None:
    wire.will(never_answers)

    with client_of(wire.url, journal, read=0.1) as client, pytest.raises(BillOutcomeUnknown) as caught:
        create(client)

    assert caught.value.reason == "ReadTimeout"


@pytest.mark.parametrize(
    ("reaction", "error"),
    [
        (fails(400, "BDC_1108", "BDC_1119"), BillRefused),
        (fails(401, "BDC_1102"), BillRefused),
        (fails(403, "BDC_1150"), BillRefused),
        (fails(401, "BDC_1109"), SessionExpired),
        (raw(b"<html>no</html>", 401), SessionExpired),
        (fails(403, "BDC_1361"), SessionUntrusted),
        (fails(400, "BDC_1119", "BDC_1144"), LimitReached),
        (fails(429, "BDC_1322"), LimitReached),
        (raw(b"slow down", 429), LimitReached),
        (says({"message": "Forbidden"}, 403), BillRefused),
        (says(["one", "two"], 400), BillRefused),
        (says([1, None, [], {"code": {}, "message": 5}], 400), BillRefused),
        (raw(b"\x00\x01", 422), BillRefused),
    ],
)
def test_refusal_says_that_nothing_happened(
    wire: Wire, bill: BillClient, journal: MemoryJournal, reaction: Reaction, error: type[BillRefused]
) -> None:
    wire.will(reaction)

    with pytest.raises(BillRefused) as caught:
        create(bill)

    answer = only_answer(journal)
    assert type(caught.value) is error
    assert (answer.may_have_happened, answer.request_sent) == (False, True)
    assert (answer.codes, answer.status) == (caught.value.codes, caught.value.status)


def test_every_entry_of_the_error_array_is_kept(wire: Wire, bill: BillClient) -> None:
    wire.will(says([{"code": "BDC_1108", "message": "a"}, {"code": "BDC_1119", "message": "b"}, "c"], 400))

    with pytest.raises(BillRefused) as caught:
        create(bill)

    assert [problem.message for problem in caught.value.problems] == ["a", "b", "c"]
    assert caught.value.codes == ("BDC_1108", "BDC_1119")


def test_read_that_fails_is_unknown_and_leaves_no_record(
    wire: Wire, bill: BillClient, journal: MemoryJournal
) -> None:
    wire.will(raw(b"<html>maintenance</html>"))

    with pytest.raises(BillOutcomeUnknown) as caught:
        bill.list_partner_organizations(session=PARTNER)

    assert "maintenance" in caught.value.excerpt
    assert journal.calls == []


def test_interruption_closes_the_record(
    wire: Wire, bill: BillClient, journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(document: object) -> None:
        raise KeyboardInterrupt

    wire.will(says(ORGANIZATION))
    monkeypatch.setattr(Organization, "created", interrupt)
    with pytest.raises(KeyboardInterrupt):
        create(bill)

    assert (only_answer(journal).error, only_answer(journal).may_have_happened) == ("KeyboardInterrupt", True)


def test_connection_is_kept_for_the_next_call(wire: Wire, bill: BillClient) -> None:
    wire.will(says({"hasPhone": True}), fails(400, "BDC_1108"), says({"hasPhone": False}))

    assert bill.get_risk_phone(session=CHILD)
    with pytest.raises(BillRefused):
        create(bill)
    assert not bill.get_risk_phone(session=CHILD)

    assert wire.connections == 1


def test_cookie_of_one_session_is_not_sent_with_another(wire: Wire, bill: BillClient) -> None:
    wire.will(says({"hasPhone": True}, Set_Cookie="JSESSIONID=abc; Path=/"), says({"hasPhone": True}))

    bill.get_risk_phone(session=CHILD)
    bill.get_risk_phone(session=CHILD)

    assert "cookie" not in wire.requests[1].headers


def test_environment_proxy_is_ignored(
    wire: Wire, journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    wire.will(says({"hasPhone": True}))

    with client_of(wire.url, journal) as client:
        assert client.get_risk_phone(session=CHILD)
