"""A wire to BILL on which a request can be held up: its sender is cut off, and it arrives when the test says so."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx


class Wire(ThreadingHTTPServer):
    """Passes requests on; after `hold`, the next one with this number of calls before it waits for `land`."""

    daemon_threads = True

    def __init__(self, api_url: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.base = urlsplit(api_url)
        self.bill = httpx.Client(base_url=f"http://{self.base.netloc}")
        self.holds = -1
        self.held: httpx.Request | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{self.base.path}"

    def hold(self, after: int) -> None:
        """Hold the call that comes after this many others."""
        self.holds = after

    def land(self) -> httpx.Response:
        """The request that was held takes effect; nobody hears its answer."""
        assert self.held is not None, "nothing was held"
        return self.bill.send(self.held)


class Handler(BaseHTTPRequestHandler):
    server: Wire
    protocol_version = "HTTP/1.1"

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        request = self.server.bill.build_request(self.command, self.path, headers=headers, content=body)
        self.server.holds -= 1
        if self.server.holds == -1:
            self.server.held = request
            self.close_connection = True
            return
        answer = self.server.bill.send(request)
        self.send_response_only(answer.status_code)
        self.send_header("Content-Type", answer.headers["content-type"])
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = do_PATCH = do_PUT = pass_on  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """The simulator keeps the log of calls."""


@contextmanager
def wire_to(api_url: str) -> Iterator[Wire]:
    with Wire(api_url) as wire:
        thread = threading.Thread(target=wire.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield wire
        finally:
            wire.shutdown()
            thread.join()
            wire.bill.close()
