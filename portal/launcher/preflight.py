"""What has to be true before anything is started; each refusal is one line."""

import errno
import fcntl
import os
import shutil
import socket
import time
from pathlib import Path

from portal.launcher.environment import EnvironmentProblem, host_and_port
from portal.launcher.sockets import socket_directory

# A new cluster takes 40 MB and its first write-ahead segments as much again.
SPACE_NEEDED = 200_000_000
# After a crash the web server's processes need a moment to notice that they are orphans.
PORT_PATIENCE = 3.0  # seconds


def make_directories(data_dir: Path) -> Path:
    """Create the data directory and what is in it, and return the folder of the sockets."""
    for folder in (data_dir, *(data_dir / name for name in ("logs", "beat", "simulator"))):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise EnvironmentProblem(f"Cannot make {folder}: {error.strerror}. {other_place()}") from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise EnvironmentProblem(f"Cannot write to {data_dir}. {other_place()}")
    free = shutil.disk_usage(data_dir).free
    if free < SPACE_NEEDED:
        needed = f"{SPACE_NEEDED // 1_000_000} MB are needed"
        raise EnvironmentProblem(
            f"The disk of {data_dir} has {free // 1_000_000} MB left; {needed}. {other_place()}"
        )
    return make_socket_directory(data_dir)


def other_place() -> str:
    """What a person can do about it."""
    return "Make room there, or set PORTAL_DATA_DIR to another folder."


def make_socket_directory(data_dir: Path) -> Path:
    """A folder that nobody else can enter; under the temporary one its name is known to all."""
    folder = socket_directory(data_dir)
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_mode & 0o077 or (os.geteuid() != 0 and found.st_uid != os.geteuid()):
        raise EnvironmentProblem(
            f"{folder} belongs to somebody else, or others may enter it: remove it and start again."
        )
    return folder


def claim(data_dir: Path, address: str) -> int:
    """Take the data directory until this process ends. Raises EnvironmentProblem, naming who has it."""
    lock = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(lock, 200).decode(errors="replace").strip() or "another process"
        os.close(lock)
        raise EnvironmentProblem(f"The portal already runs with {data_dir}: {holder}.") from error
    os.ftruncate(lock, 0)
    os.write(lock, f"process {os.getpid()}, {address}\n".encode())
    return lock


def require_free_port(name: str, bind: str, patience_seconds: float = PORT_PATIENCE) -> None:
    """Raise EnvironmentProblem unless the address can be listened on; `name` is the setting to blame."""
    host, port = host_and_port(name, bind)
    deadline = time.monotonic() + patience_seconds
    while problem := listening_problem(host, port):
        if problem.errno != errno.EADDRINUSE:
            raise EnvironmentProblem(
                f"Cannot listen on {bind}: {problem.strerror}. Set {name} to another address."
            )
        if time.monotonic() > deadline:
            raise EnvironmentProblem(
                f"{bind} is taken by another program. Stop it, or set {name} to another address."
            )
        time.sleep(0.1)


def listening_problem(host: str, port: int) -> OSError | None:
    """What the system answers when asked to listen there."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(place)
    except OSError as error:
        return error
    return None
