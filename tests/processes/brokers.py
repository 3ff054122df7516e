"""The brokers that the portal runs with, as children of the test run, with addresses and folders of their own."""

import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from portal.launcher import valkey
from portal.launcher.supervisor import Command, Supervisor, end_group
from tests.walks.stack import free_port

START_WITHIN = 60.0
# Debian's own starter in the PATH would change to an account of its own, which cannot reach the folder of a test.
DEBIAN_RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


class NotInstalled(Exception):
    """The program of that name is not on this machine."""


@dataclass(frozen=True)
class Broker:
    """A server that can be killed and started again at the same address."""

    url: str
    command: Command
    answers: Callable[[], bool]
    supervisor: Supervisor

    def start(self) -> None:
        """Return once it answers."""
        self.supervisor.start(self.command)
        self.supervisor.wait_until(self.answers, f"an answer from {self.command.name}", within=START_WITHIN)

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """It keeps its connections, and answers nothing meanwhile: a full disk, a fork, a machine that swaps."""
        running = self.supervisor.children[-1].running
        assert running is not None
        os.killpg(running.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(running.pid, signal.SIGCONT)

    def kill(self) -> None:
        """As the kernel does when memory runs out."""
        child = self.supervisor.children.pop()
        assert child.running is not None
        end_group(child.running)


@contextmanager
def running(name: str, folder: Path) -> Iterator[Broker]:
    """The broker of that name while it is needed. Raises NotInstalled."""
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    broker = MAKERS[name](folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.supervisor.stop()


def _valkey(folder: Path) -> Broker:
    """The embedded one, as `manage.py up` runs it: what it was told is on disk."""
    supervisor = Supervisor(os.environ, folder / "logs")
    url = f"redis+socket://{valkey.path(folder)}"
    return Broker(url, valkey.command(folder, folder), lambda: valkey.answers(folder), supervisor)


def _redis(folder: Path) -> Broker:
    """One that keeps nothing: what was queued when it was killed is lost."""
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    command = Command("redis", [_program("redis-server"), *options, "--appendonly", "no"])
    supervisor = Supervisor(os.environ, folder / "logs")
    answers = _speaks(port, b"PING\r\n", b"+PONG")
    return Broker(f"redis://127.0.0.1:{port}/0", command, answers, supervisor)


def _rabbitmq(folder: Path) -> Broker:
    """With a name server of its own: one that Erlang starts by itself would be left behind."""
    server = DEBIAN_RABBITMQ if DEBIAN_RABBITMQ.exists() else _program("rabbitmq-server")
    port, names = free_port(), str(free_port())
    (folder / "enabled_plugins").write_text("[].")
    mine = {
        "HOME": str(folder),
        "ERL_EPMD_PORT": names,
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": "portal@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "logs"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "no-config"),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        # Or its shell would stay between us and the server, and the server would outlive a killed test run.
        "RUNNING_UNDER_SYSTEMD": "true",
    }
    supervisor = Supervisor({**os.environ, **mine}, folder / "logs")
    supervisor.start(Command("epmd", [_program("epmd"), "-port", names, "-address", "127.0.0.1"]))
    answers = _speaks(port, b"AMQP\x00\x00\x09\x01", b"\x01\x00\x00")
    return Broker(
        f"amqp://guest:guest@127.0.0.1:{port}//", Command("rabbitmq", [server]), answers, supervisor
    )


def _program(name: str) -> Path:
    found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if found is None:
        raise NotInstalled(f"there is no {name}")
    return Path(found)


def _speaks(port: int, hello: bytes, answer: bytes) -> Callable[[], bool]:
    def ask() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as client:
            client.sendall(hello)
            return client.recv(64).startswith(answer)
        return False

    return ask


MAKERS: Mapping[str, Callable[[Path], Broker]] = {"valkey": _valkey, "redis": _redis, "rabbitmq": _rabbitmq}
