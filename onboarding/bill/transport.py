"""One request over the wire, capped in time and size.

httpx limits single operations only: a peer that sends a byte a second keeps a call alive for ever. So each
socket operation here gets no more than what is left of the whole call, and nothing leaves after `send_by`.
"""

import contextlib
import ssl
import time
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass

import httpcore
import httpx

from onboarding.bill.errors import BillNotReached, BillOutcomeUnknown

LARGEST_BODY = 1024 * 1024

# Raised before the first byte of a request is handed over; every other transport error can come after it.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds for single operations, and in `total` for a whole call from sending to the last byte."""

    connect: float = 5
    write: float = 5
    read: float = 20
    pool: float = 5
    total: float = 30

    def for_httpx(self) -> httpx.Timeout:
        """The limits that httpx knows."""
        return httpx.Timeout(connect=self.connect, read=self.read, write=self.write, pool=self.pool)


@dataclass(frozen=True, slots=True)
class Received:
    """An answer with its whole body."""

    status: int
    retry_after: str
    body: bytes


@dataclass(slots=True)
class _Window:
    """The time in which the current call may send, and must end."""

    send_by: float
    ends_at: float
    has_begun: bool = False

    def check_sending(self) -> None:
        # Waiting for a connection can take long, so this is asked at the first byte and not only before.
        if not self.has_begun and time.monotonic() > min(self.send_by, self.ends_at):
            raise httpcore.ConnectTimeout("too late to send")
        self.has_begun = True

    def seconds_left(self) -> float:
        return self.ends_at - time.monotonic()


# The pool hands a connection from call to call, so the window belongs to the calling thread, not to it.
_current: ContextVar[_Window] = ContextVar("bill_call_window")


def exchange(
    client: httpx.Client, request: httpx.Request, *, operation: str, send_by: float, total: float
) -> Received:
    """Send the request and read the answer; raises BillNotReached or BillOutcomeUnknown."""
    window = _Window(send_by=send_by, ends_at=time.monotonic() + total)
    token = _current.set(window)
    try:
        if time.monotonic() > send_by:
            raise BillNotReached(operation, reason="too late to send")
        with contextlib.closing(client.send(request, stream=True)) as response:
            return Received(
                status=response.status_code,
                retry_after=response.headers.get("retry-after", ""),
                body=_body(response, window, operation),
            )
    except _NOT_SENT as error:
        raise BillNotReached(operation, reason=type(error).__name__) from error
    except httpx.HTTPError as error:
        raise BillOutcomeUnknown(operation, reason=type(error).__name__) from error
    finally:
        _current.reset(token)


def _body(response: httpx.Response, window: _Window, operation: str) -> bytes:
    body = bytearray()
    # Raw: no compression was asked for, and a decoder would unpack without a limit.
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise BillOutcomeUnknown(operation, status=response.status_code, reason="answer too large")
        if window.seconds_left() <= 0:
            raise BillOutcomeUnknown(operation, status=response.status_code, reason="answer too slow")
    return bytes(body)


class CappedTransport(httpx.HTTPTransport):
    """HTTP/1.1 over verified TLS, without proxies, and with every wait capped by the current call."""

    def __init__(self) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        # httpx offers no way to pass a network backend; the tests of slow answers fail if this name moves.
        self._pool: httpcore.ConnectionPool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=20,
            max_keepalive_connections=20,
            # Short: a connection that BILL closes just as we send makes an unknown outcome.
            keepalive_expiry=5,
            network_backend=_CappedBackend(),
        )


class _CappedBackend(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        capped = _capped(timeout, httpcore.ConnectTimeout)
        stream = self._backend.connect_tcp(host, port, capped, local_address, socket_options)
        return _CappedStream(stream)


class _CappedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _capped(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        _current.get().check_sending()
        self._stream.write(buffer, _capped(timeout, httpcore.WriteTimeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        capped = _capped(timeout, httpcore.ConnectTimeout)
        return _CappedStream(self._stream.start_tls(ssl_context, server_hostname, capped))

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        self._stream.close()


def _capped(timeout: float | None, too_late: type[Exception]) -> float:
    left = _current.get().seconds_left()
    if left <= 0:
        raise too_late("the call has taken its whole time")
    return left if timeout is None else min(timeout, left)
