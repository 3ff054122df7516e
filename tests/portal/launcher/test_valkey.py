import os
import socket
from pathlib import Path

from portal.launcher import preflight, services, valkey
from portal.launcher.supervisor import Supervisor


def send(path: Path, command: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(command + b"\r\n")
        return client.recv(200)


def test_what_was_queued_outlives_a_kill(tmp_path: Path) -> None:
    sockets = preflight.make_directories(tmp_path)
    supervisor = Supervisor(dict(os.environ), tmp_path / "logs", say=lambda line: None)
    supervisor.stop_within = 2.0
    try:
        services.start_broker(supervisor, tmp_path, sockets)
        services.await_broker(supervisor, sockets)
        assert send(valkey.path(sockets), b"RPUSH queue message") == b":1\r\n"
        child = supervisor.children[0]
        assert child.running is not None
        first = child.running
        first.kill()

        supervisor.wait_until(
            lambda: child.running not in (None, first) and valkey.answers(sockets), "a restart", within=10
        )

        assert send(valkey.path(sockets), b"LRANGE queue 0 -1") == b"*1\r\n$7\r\nmessage\r\n"
    finally:
        supervisor.stop()


def test_absent_server_does_not_answer(tmp_path: Path) -> None:
    assert not valkey.answers(tmp_path)
