"""The portal's own programs as processes, on the database, the broker and the BILL of the running test."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from django.db import connections

from portal.launcher.supervisor import Command, Supervisor
from portal.launcher.up import beat_command, web_command, worker_command

START_WITHIN = 60.0
LAST_LINES = 60


@dataclass(frozen=True)
class Stack:
    """Where the programs run: one folder for their logs, the environment that they get, and their addresses."""

    folder: Path
    environment: dict[str, str]
    port: int
    bill_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def web(self) -> Iterator[None]:
        """The web server, once it answers."""
        with self._programs() as programs:
            programs.start(web_command(f"127.0.0.1:{self.port}"))
            programs.wait_until(self.is_alive, "an answer from the web server", within=START_WITHIN)
            yield

    @contextmanager
    def workers(self, *, with_beat: bool = True, number: int = 1) -> Iterator[Supervisor]:
        """So many workers, once they take messages, and the clock of the sweeper."""
        with self._programs() as programs:
            if with_beat:
                programs.start(beat_command(self.folder))
            commands = [worker_command(), *(another_worker(n) for n in range(2, number + 1))]
            for command in commands:
                programs.start(command)
            logs = [programs.log(command.name) for command in commands]
            programs.wait_until(
                lambda: all(" ready." in log.read_text(errors="replace") for log in logs),
                "the workers",
                within=START_WITHIN,
            )
            yield programs

    def is_alive(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    @contextmanager
    def _programs(self) -> Iterator[Supervisor]:
        """Programs that are stopped at the end; pytest shows what they wrote when the test failed."""
        programs = Supervisor(self.environment, self.folder / "logs")
        for old in programs.logs.glob("*.log"):
            if old.stem != "web":
                old.unlink()
        try:
            yield programs
        finally:
            names = [child.command.name for child in programs.children]
            programs.stop()
            for name in names:
                self.show_log(name)

    def show_log(self, name: str) -> None:
        lines = (self.folder / "logs" / f"{name}.log").read_text(errors="replace").splitlines()
        print(f"--- {name} ---", *lines[-LAST_LINES:], sep="\n")


def another_worker(number: int) -> Command:
    """As on a machine of its own: workers of one broker need names that differ."""
    command = worker_command()
    return replace(command, name=f"worker-{number}", argv=[*command.argv, "-n", f"worker{number}@%h"])


LIMITS = ("BILL_CALLS_PER_HOUR", "BILL_LOGINS_PER_HOUR", "BILL_MESSAGES_PER_MINUTE", "BILL_CALLS_AT_ONCE")


def make_stack(folder: Path, **environment: str) -> Stack:
    """A stack of its own ports; `environment` replaces settings."""
    for name in ("logs", "beat"):
        (folder / name).mkdir()
    port, bill_port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    mine = {
        "PORTAL_DATA_DIR": str(folder),
        "PORTAL_DATABASE_URL": on_test_database("PORTAL_DATABASE_URL", "default"),
        "PORTAL_DATABASE_OWNER_URL": on_test_database("PORTAL_DATABASE_OWNER_URL", "owner"),
        "PORTAL_PUBLIC_URL": url,
        "PORTAL_ALLOWED_HOSTS": "127.0.0.1",
        "BILL_SIMULATOR_URL": f"http://127.0.0.1:{bill_port}/connect",
        "PYTHONUNBUFFERED": "1",
        # Only the tests of the limits run with limits.
        **dict.fromkeys(LIMITS, "0"),
    }
    return Stack(folder, {**os.environ, **mine, **environment}, port, bill_port)


def on_test_database(setting: str, alias: str) -> str:
    """The setting's address, with the name of the database that the tests run on."""
    name = connections[alias].settings_dict["NAME"]
    return urlsplit(os.environ[setting])._replace(path=f"/{name}").geturl()


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
    return port
