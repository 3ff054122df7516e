"""HTTP/1.1 on a port that can be closed and opened again: whole requests in, whole answers out."""

import logging
import re
import selectors
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from onboarding.simulator.wire.messages import Answer, Delivery, Request

logger = logging.getLogger("simulator")
LARGEST_BODY = 1 << 20
IDLE_SECONDS = 75
LONGEST_LINE, MOST_TRAILERS = 1024, 20
CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]{1,6}")


class PortTaken(Exception):
    """The address cannot be listened on; the message is one line for the operator."""


class Unreadable(Exception):
    """The request's body cannot be read; carries the status to answer."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class Listener:
    """`deliver` answers a request; `malformed` answers what is no proper request."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        deliver: Callable[[Request], Delivery],
        malformed: Callable[[int], Answer],
        stopping: threading.Event,
    ) -> None:
        self.host, self.port = host, port
        self.deliver, self.malformed, self.stopping = deliver, malformed, stopping
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def is_open(self) -> bool:
        return self._server is not None

    def open(self) -> None:
        try:
            server = Server(self)
        except (OSError, OverflowError) as error:
            raise PortTaken(f"cannot listen on {self.host} port {self.port}: {reason(error)}") from error
        # Port 0 means any free one; after closing it must be the same again.
        self.port = server.server_address[1]
        self._server = server
        self._thread = threading.Thread(target=server.serve, name=f"port {self.port}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Refuse connections and cut the open ones."""
        server, self._server = self._server, None
        if server is None:
            return
        server.wake.send(b"stop")
        if self._thread:
            self._thread.join()
        server.server_close()
        server.cut_connections()


def reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    # A caller that hangs up before it is accepted must not hold up the loop.
    timeout = 0
    server_address: tuple[str, int]

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.connections: dict[socket.socket, threading.Thread] = {}
        self.connections_lock = threading.Lock()
        self.cutting = False
        if ":" in listener.host:
            self.address_family = socket.AF_INET6
        super().__init__((listener.host, listener.port), Handler)
        self.wake, self.woken = socket.socketpair()

    def serve(self) -> None:
        """Accept until woken; unlike serve_forever this neither polls nor takes a moment to stop."""
        with selectors.DefaultSelector() as selector, self.wake, self.woken:
            selector.register(self, selectors.EVENT_READ)
            selector.register(self.woken, selectors.EVENT_READ)
            while all(key.fileobj is self for key, _ in selector.select()):
                self.handle_request()

    def server_bind(self) -> None:
        # HTTPServer's own version asks the DNS for the host's full name, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.listener.host, self.server_address[1]

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        with self.connections_lock:
            self.connections[request] = threading.current_thread()
            if self.cutting:
                cut(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self.connections_lock:
                del self.connections[request]

    def cut_connections(self) -> None:
        with self.connections_lock:
            self.cutting = True
            open_now = list(self.connections.items())
        for connection, _ in open_now:
            cut(connection)
        for _, thread in open_now:
            if thread is not threading.current_thread():
                thread.join(timeout=1)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):
            logger.exception("a connection failed")


def cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        logger.debug("the caller was gone already")


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def serve(self) -> None:
        try:
            request = self._read()
        except Unreadable as unreadable:
            self.send_error(unreadable.status)
            return
        delivery = self.server.listener.deliver(request)
        try:
            if delivery.wait_seconds and self.server.listener.stopping.wait(delivery.wait_seconds):
                delivery = replace(delivery, answer=None)
        finally:
            # Not after writing: a caller that has its answer may make its next call at once.
            delivery.release()
        if delivery.answer is None:
            self.close_connection = True
            cut(self.connection)
            return
        self._write(delivery.answer, truncated=delivery.truncated)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = serve  # noqa: N815

    def _read(self) -> Request:
        body = self._chunks() if "transfer-encoding" in self.headers else self._counted()
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value.strip() for name, value in self.headers.items()}
        return Request(self.command, path, query, headers, body)

    def _counted(self) -> bytes:
        length = self.headers.get("content-length", "0").strip()
        if not (length.isascii() and length.isdigit()):
            raise Unreadable(HTTPStatus.BAD_REQUEST)
        if len(length) > 12 or int(length) > LARGEST_BODY:
            raise Unreadable(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise Unreadable(HTTPStatus.BAD_REQUEST)
        return body

    def _chunks(self) -> bytes:
        """A body in chunks (RFC 9112, section 7.1). With a length as well nobody can tell where it ends."""
        if self.headers["transfer-encoding"].strip().lower() != "chunked":
            raise Unreadable(HTTPStatus.NOT_IMPLEMENTED)
        if "content-length" in self.headers:
            raise Unreadable(HTTPStatus.BAD_REQUEST)
        body = b""
        while size := self._chunk_size():
            if len(body) + size > LARGEST_BODY:
                raise Unreadable(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            chunk = self.rfile.read(size)
            if len(chunk) < size or self.rfile.read(2) != b"\r\n":
                raise Unreadable(HTTPStatus.BAD_REQUEST)
            body += chunk
        for _ in range(MOST_TRAILERS):
            if self.rfile.readline(LONGEST_LINE) == b"\r\n":
                return body
        raise Unreadable(HTTPStatus.BAD_REQUEST)

    def _chunk_size(self) -> int:
        line = self.rfile.readline(LONGEST_LINE)
        size = line.partition(b";")[0].strip()
        if not line.endswith(b"\r\n") or not CHUNK_SIZE.fullmatch(size):
            raise Unreadable(HTTPStatus.BAD_REQUEST)
        return int(size, 16)

    def _write(self, answer: Answer, *, truncated: bool = False) -> None:
        """Head and body in one write: two would wait for each other's acknowledgement, 40 ms a call."""
        lines = [
            f"HTTP/1.1 {answer.status} {phrase(answer.status)}",
            f"Date: {self.date_time_string()}",
            f"Content-Type: {answer.content_type}",
            f"Content-Length: {len(answer.body)}",
            *(f"{name}: {value}" for name, value in answer.headers.items()),
        ]
        if truncated or self.close_connection:
            self.close_connection = True
            lines.append("Connection: close")
        body = answer.body[: len(answer.body) // 2] if truncated else answer.body
        if self.command == "HEAD":
            body = b""
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Also called by the base class for what it cannot parse; its own page would be HTML."""
        self.close_connection = True
        self.command = getattr(self, "command", None) or ""
        self._write(self.server.listener.malformed(int(code)))

    def log_message(self, format: str, *args: Any) -> None:
        logger.debug(format, *args)


def phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
