import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from onboarding.simulator import Simulator
from onboarding.simulator.route import BASE
from onboarding.simulator.routes import ROUTES
from tests.onboarding.simulator.partner import ORGANIZATION, TLS, USER, Partner, codes

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3)
    ),
    max_leaves=8,
)
FAST = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def shared() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def caller(shared: Simulator) -> Iterator[Partner]:
    partner = Partner(shared.api_url)
    yield partner
    partner.close()


@pytest.fixture(scope="module")
def organization_id(caller: Partner) -> str:
    return caller.create_id()


def exchange(simulator: Simulator, sent: bytes) -> bytes:
    """All that comes back when these bytes are sent and nothing more."""
    address = httpx.URL(simulator.api_url)
    with socket.create_connection((address.host, address.port or 0), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionResetError:
            # The simulator closed with bytes of ours still unread.
            return received
        return received


def assert_is_an_error_array(body: bytes) -> None:
    entries = json.loads(body)
    assert entries
    assert all(entry["code"].startswith("BDC_") and "Traceback" not in entry["message"] for entry in entries)


@FAST
@example(sent=b"POST\t\x00\tHTTP/1.1\n\n\x00")
@given(
    sent=st.binary(max_size=200)
    | st.binary(max_size=60).map(lambda tail: b"POST /connect/v3/login HTTP/1.1\r\n" + tail)
)
def test_any_bytes_are_answered_with_an_error_array_or_nothing(shared: Simulator, sent: bytes) -> None:
    received = exchange(shared, sent)

    # What is left after one request is taken for the next one, and answered too.
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 ")
        found = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        length = int(found[1]) if found and b"HEAD" not in sent.upper() else 0
        body, received = rest[:length], rest[length:]
        if length:
            assert_is_an_error_array(body)


@FAST
@given(body=st.binary(max_size=100))
def test_any_body_is_answered_with_json(caller: Partner, body: bytes) -> None:
    response = caller.http.post("/v3/partner/organizations", content=body, headers=caller.headers())

    assert response.status_code == 400
    assert_is_an_error_array(response.content)


@FAST
@given(
    change=st.dictionaries(
        st.sampled_from([*ORGANIZATION, *USER, "companyOwner", "taxId", "roleId"]), ANYTHING
    )
)
@pytest.mark.parametrize(
    "path", ["/v3/partner/organizations", "/v3/partner/users", "/v3/partner/login-as-user"]
)
def test_any_json_is_answered_or_refused(
    caller: Partner, organization_id: str, path: str, change: dict[str, Any]
) -> None:
    body = json.dumps(ORGANIZATION | USER | change).encode()

    response = caller.http.post(path, content=body, headers=caller.headers(organization_id))

    assert response.status_code in (200, 400, 404, 422)
    assert response.json()


@FAST
@given(query=st.dictionaries(st.sampled_from(["max", "page", "sort", "filters"]), st.text(max_size=30)))
def test_any_query_is_answered_or_refused(caller: Partner, query: dict[str, str]) -> None:
    response = caller.get("/v3/partner/organizations", **query)

    assert response.status_code in (200, 400)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_every_operation_refuses_a_stranger(caller: Partner, route: Any) -> None:
    path = route.path.replace("{", "").replace("}", "")
    url = str(caller.http.base_url).removesuffix(f"{BASE}/") + route.base + path

    response = caller.http.request(
        route.method, url, headers={"sessionId": "x", "appKey": "x", "devKey": "x"}
    )

    assert response.status_code == (200 if route.operation == "health" else response.status_code)
    assert route.operation == "health" or codes(response) in (["BDC_1102"], ["BDC_1109"], ["BDC_1122"])


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b'{"name": NaN}', b"\xff", b'{"name": "\\ud800"}', b"[" * 50_000]
)
def test_body_that_is_no_json_object(caller: Partner, body: bytes) -> None:
    response = caller.http.post("/v3/partner/organizations", content=body, headers=caller.headers())

    assert (response.status_code, codes(response)) == (400, ["BDC_1122"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v3/nothing"),
        ("DELETE", "/v3/partner/organizations"),
        ("PUT", "/v3/login"),
        ("BREW", "/v3/health"),
    ],
)
def test_unknown_path_or_method(caller: Partner, method: str, path: str) -> None:
    response = caller.http.request(method, path)

    assert (response.status_code, codes(response)) == (404, ["BDC_1121"])


def test_path_outside_of_connect(shared: Simulator) -> None:
    base = shared.api_url.removesuffix("/connect")

    assert codes(httpx.get(f"{base}/v3/health", verify=TLS)) == ["BDC_1121"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (b"Content-Length: 9999999\r\n", b"413"),
        (b"Content-Length: -1\r\n", b"400"),
        (b"Content-Length: ten\r\n", b"400"),
        (b"Transfer-Encoding: gzip, chunked\r\n", b"404"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"400"),
        (b"Transfer-Encoding: chunked\r\n\r\nnope\r\n", b"400"),
        (b"Transfer-Encoding: chunked\r\n\r\n4\r\n{}", b"400"),
        (b"Transfer-Encoding: chunked\r\n\r\nffffff\r\n", b"413"),
        (b"Content-Length: 5\r\n", b"400"),
        (b"X: " + b"y" * 70_000 + b"\r\n", b"431"),
    ],
)
def test_unreadable_body(shared: Simulator, headers: bytes, status: bytes) -> None:
    received = exchange(shared, b"POST /connect/v3/login HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n")

    assert received.startswith(b"HTTP/1.1 " + status)
    assert_is_an_error_array(received.partition(b"\r\n\r\n")[2])


def test_body_in_chunks_is_read_whole_and_the_next_call_after_it(shared: Simulator) -> None:
    head = b"POST /connect/v3/partner/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    login = b'{"username":"partner.one@example.com","password":"simulator-one","appKey":"SIM-APP-KEY-ONE"}'
    chunks = b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in (login[:10], login[10:]))
    health = b"GET /connect/v3/health HTTP/1.1\r\nHost: x\r\n\r\n"

    received = exchange(shared, head + chunks + b"0\r\nTrailer: x\r\n\r\n" + health)

    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert b"sessionId" in received


def test_connection_is_kept_for_the_next_call(shared: Simulator) -> None:
    call = b"GET /connect/v3/health HTTP/1.1\r\nHost: x\r\n\r\n"

    assert exchange(shared, call * 3).count(b"HTTP/1.1 200 OK") == 3
