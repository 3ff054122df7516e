"""One notification over HTTP: straight to its receiver, through no proxy, and with one limit for all of it."""

import ssl
import threading
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import monotonic
from urllib.parse import urlsplit

from onboarding.simulator.wire.listener import cut

SIGNATURE = "x-bill-sha-signature"
MOST_READ = 1 << 16


@dataclass(frozen=True)
class Outcome:
    """`status` is None when there was no answer; `error` then says why in a few words."""

    status: int | None
    error: str = ""

    @property
    def delivered(self) -> bool:
        """BILL takes 200 alone for a success, and follows no redirect."""
        return self.status == HTTPStatus.OK


@dataclass(frozen=True)
class Letter:
    url: str
    body: bytes
    signature: str


@cache
def certificates(*, checked: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not checked:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Postbox:
    def __init__(self) -> None:
        self._open: set[HTTPConnection] = set()
        self._lock = threading.Lock()

    def post(self, letter: Letter, *, seconds: float, checked: bool) -> Outcome:
        started = monotonic()
        try:
            connection = connect(letter.url, seconds, checked=checked)
        except (OSError, HTTPException, ValueError) as error:
            return Outcome(None, reason(error))
        # A timeout of the socket starts anew with every byte that arrives; the timer does not.
        limit = threading.Timer(seconds, cut_connection, [connection])
        limit.daemon = True
        with self._lock:
            self._open.add(connection)
        limit.start()
        try:
            outcome = exchange(connection, letter)
        except (OSError, HTTPException, ValueError) as error:
            outcome = Outcome(None, reason(error))
        finally:
            limit.cancel()
            with self._lock:
                self._open.discard(connection)
            connection.close()
        late = monotonic() - started >= seconds
        return Outcome(None, f"no answer within {seconds:g} s") if late else outcome

    def cut(self) -> None:
        with self._lock:
            for connection in self._open:
                cut_connection(connection)


def connect(url: str, seconds: float, *, checked: bool) -> HTTPConnection:
    parts = urlsplit(url)
    # Without a port http.client would look for one in the host, and find it in the end of an IPv6 address.
    host, port = parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443)
    # 0 would make the socket a non-blocking one.
    timeout = max(seconds, 0.001)
    if parts.scheme == "http":
        return HTTPConnection(host, port, timeout=timeout)
    return HTTPSConnection(host, port, timeout=timeout, context=certificates(checked=checked))


def exchange(connection: HTTPConnection, letter: Letter) -> Outcome:
    parts = urlsplit(letter.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"content-type": "application/json", SIGNATURE: letter.signature, "user-agent": "BILL-webhooks"}
    connection.request("POST", target, body=letter.body, headers=headers)
    response = connection.getresponse()
    response.read(MOST_READ)
    return Outcome(response.status)


def cut_connection(connection: HTTPConnection) -> None:
    if connection.sock:
        cut(connection.sock)


def reason(error: Exception) -> str:
    told = error.strerror if isinstance(error, OSError) else ""
    return (told or type(error).__name__)[:120]
