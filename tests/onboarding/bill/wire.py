"""A peer on a real socket that does to each request what the test says, and a journal that only remembers."""

import json
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from onboarding.bill.client import BillClient
from onboarding.bill.journal import Answer, Call, Ticket
from onboarding.bill.sessions import OrganizationSession, PartnerSession, Secret
from onboarding.bill.transport import Timeouts

APP_KEY = "canary-app-key-5f1d"
DEV_KEY = "canary-dev-key-77aa"
PARTNER = PartnerSession(id=Secret("canary-partner-session-9c3e"))
CHILD = OrganizationSession(
    id=Secret("canary-child-session-0b2d"), organization_id="00801ORG", user_id="00601USER"
)
ORGANIZATION = {"id": "00801RUZOYHLZZUA81kc", "name": "Happy Taco", "archived": False}

Reaction = Callable[[socket.socket], bool]


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> object:
        return json.loads(self.body)


@dataclass
class MemoryJournal:
    seconds_to_send: float = 60
    calls: list[Call] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def open(self, call: Call) -> Ticket:
        self.calls.append(call)
        return Ticket(send_by=time.monotonic() + self.seconds_to_send, key=str(len(self.calls)))

    def close(self, ticket: Ticket, answer: Answer) -> None:
        assert ticket.key == str(len(self.answers) + 1)
        self.answers.append(answer)


class Wire:
    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.script: deque[Reaction] = deque()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._tls = tls
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}/connect"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.refuse()
        for connection in self._open:
            connection.close()

    def refuse(self) -> None:
        """Listen no more."""
        if self._listener.fileno() >= 0:
            # Closing alone leaves the accepting thread inside accept().
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()

    def will(self, *reactions: Reaction) -> None:
        self.script.extend(reactions)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as lines:
                while line := lines.readline():
                    method, path, _ = line.decode().split(" ", 2)
                    headers = dict(_header(line) for line in iter(lines.readline, b"\r\n"))
                    body = lines.read(int(headers.get("content-length", "0")))
                    self.requests.append(Request(method, path, headers, body))
                    if not self.script.popleft()(connection):
                        return
        except (OSError, ValueError):
            # The client has gone, or never spoke HTTP.
            return


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode().partition(":")
    return name.lower(), value.strip()


def says(document: object, status: int = 200, **headers: str) -> Reaction:
    return raw(json.dumps(document).encode(), status, **headers)


def raw(body: bytes, status: int = 200, **headers: str) -> Reaction:
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    answer = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode() + body

    def react(connection: socket.socket) -> bool:
        connection.sendall(answer)
        return True

    return react


def fails(status: int, *codes: str, message: str = "No.") -> Reaction:
    return says([{"code": code, "message": message, "severity": "ERROR"} for code in codes], status)


def closes_after(sent: bytes) -> Reaction:
    def react(connection: socket.socket) -> bool:
        connection.sendall(sent)
        return False

    return react


def resets_after(sent: bytes) -> Reaction:
    def react(connection: socket.socket) -> bool:
        connection.sendall(sent)
        # A linger time of nought turns the close into a reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return react


def drips(first: bytes, drop: bytes, every: float = 0.02) -> Reaction:
    def react(connection: socket.socket) -> bool:
        connection.sendall(first)
        while True:
            connection.sendall(drop)
            time.sleep(every)

    return react


def never_answers(connection: socket.socket) -> bool:
    connection.recv(1)
    return False


def client_of(url: str, journal: MemoryJournal, **timeouts: float) -> BillClient:
    return BillClient(
        base_url=url,
        app_key=Secret(APP_KEY),
        dev_key=Secret(DEV_KEY),
        journal=journal,
        timeouts=Timeouts(**timeouts),
    )
