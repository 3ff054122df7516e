"""A receiver of notifications: a small real HTTP server that records what arrives and answers as told."""

import base64
import hashlib
import hmac
import json
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from onboarding.simulator import Simulator
from onboarding.simulator.webhooks.events import announce
from tests.onboarding.simulator.partner import TLS, Partner

RISK = "risk-verification.updated"


@dataclass
class Receiver:
    """`answer` tells the status of each request; it may also wait, or raise to hang up."""

    url: str = ""
    answer: Callable[[], int] = lambda: 200
    headers: dict[str, str] = field(default_factory=dict)
    arrived: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def notifications(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.arrived]

    @property
    def event_ids(self) -> list[str]:
        return [one["metadata"]["eventId"] for one in self.notifications]

    @property
    def decisions(self) -> list[str]:
        return [one["risk-verification"]["decision"] for one in self.notifications]

    def is_signed_with(self, key: str, place: int = -1) -> bool:
        headers, body = self.arrived[place]
        expected = base64.b64encode(hmac.digest(key.encode(), body, hashlib.sha256)).decode()
        return headers["x-bill-sha-signature"] == expected


def own_certificate(folder: Path) -> ssl.SSLContext:
    """For a receiver whose certificate nobody has signed but itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1)
    ).sign(key, hashes.SHA256())
    file = folder / "own.pem"
    unencrypted = serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.arrived.append(({name.lower(): text for name, text in self.headers.items()}, body))
            self.send_response(receiver.answer())
            for name, text in receiver.headers.items():
                self.send_header(name, text)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, template: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    receiver.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}/hook?from=bill"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Subscriber:
    """A client of the webhooks API with the headers of a partner or of an organization's session."""

    def __init__(self, simulator: Simulator, headers: dict[str, str]) -> None:
        self.http = httpx.Client(base_url=simulator.events_url, headers=headers, timeout=10, verify=TLS)

    def subscribe(self, url: str, *types: str, key: str = "", **fields: Any) -> httpx.Response:
        body = {
            "name": "Mine",
            "status": {"enabled": True},
            "events": [{"type": one, "version": "1"} for one in types or (RISK,)],
            "notificationUrl": url,
        }
        headers = {"X-Idempotent-Key": key or str(uuid.uuid4())}
        return self.http.post("/v3/subscriptions", json=body | fields, headers=headers)

    def __enter__(self) -> "Subscriber":
        return self

    def __exit__(self, *args: object) -> None:
        self.http.close()


def as_partner(simulator: Simulator, partner: Partner) -> Subscriber:
    return Subscriber(simulator, partner.headers())


def as_organization(simulator: Simulator, user: httpx.Client) -> Subscriber:
    return Subscriber(simulator, {name: user.headers[name] for name in ("sessionId", "devKey")})


def happen(simulator: Simulator, entity_id: str = "x", *, event: str = "bill.created") -> None:
    """Something that an organization of the first partner did."""
    partner_id = simulator.world.store.all("partner")[0].id
    announce(simulator.world, event, {"id": entity_id}, partner_id=partner_id, organization_id="008a")


def attempts(simulator: Simulator, place: int = -1) -> list[int | None]:
    """The statuses that a notification was answered with; the newest one's."""
    return [one["status"] for one in simulator.notifications[place].body["attempts"]]
