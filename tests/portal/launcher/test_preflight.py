import os
import shutil
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from portal.launcher import preflight, sockets
from portal.launcher.environment import ROOT, EnvironmentProblem
from portal.launcher.services import needs_postgres

Usage = namedtuple("Usage", "total used free")
UP = "import sys; from portal.launcher import up; sys.exit(up.main(['--no-demo']))"


def start(data_dir: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PORTAL_", "BILL_"))
    }
    environment |= {"PORTAL_DATA_DIR": str(data_dir), **settings}
    return subprocess.run(
        [sys.executable, "-c", UP], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def refusal(run: subprocess.CompletedProcess[str]) -> str:
    assert run.returncode == 1
    assert run.stdout == ""
    (line,) = run.stderr.splitlines()
    return line


def test_folder_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    line = refusal(start(tmp_path / "file" / "data"))

    assert line.startswith(f"portal: Cannot make {tmp_path}/file/data: Not a directory.")


def test_half_a_database_stops_the_start(tmp_path: Path) -> None:
    line = refusal(start(tmp_path, PORTAL_DATABASE_URL="postgresql://somewhere/portal"))

    assert (
        line
        == "portal: PORTAL_DATABASE_URL is set and PORTAL_DATABASE_OWNER_URL is not: set both, or neither."
    )


def test_malformed_bind_stops_the_start(tmp_path: Path) -> None:
    assert "PORTAL_BIND must be HOST:PORT" in refusal(start(tmp_path, PORTAL_BIND="everywhere"))


def test_second_start_names_the_first(tmp_path: Path) -> None:
    preflight.make_directories(tmp_path)
    preflight.claim(tmp_path, "http://localhost:8000")

    line = refusal(start(tmp_path, PORTAL_BIND="127.0.0.1:8001"))

    assert f"already runs with {tmp_path}: process {os.getpid()}, http://localhost:8000" in line


def test_claim_ends_with_its_process(tmp_path: Path) -> None:
    lock = preflight.claim(tmp_path, "http://localhost:8000")
    os.close(lock)  # as the end of a process does

    assert preflight.claim(tmp_path, "http://localhost:8001")
    assert (tmp_path / "lock").read_text() == f"process {os.getpid()}, http://localhost:8001\n"


def test_taken_port_is_told_with_the_setting_to_change() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        bind = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(EnvironmentProblem, match=f"{bind} is taken by another program.*PORTAL_BIND"):
            preflight.require_free_port("PORTAL_BIND", bind, patience_seconds=0)


def test_address_of_another_machine_is_told_at_once() -> None:
    with pytest.raises(EnvironmentProblem, match=r"Cannot listen on 192\.0\.2\.1:8000: Cannot assign"):
        preflight.require_free_port("PORTAL_BIND", "192.0.2.1:8000")


def test_free_port_is_accepted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    preflight.require_free_port("PORTAL_BIND", f"127.0.0.1:{port}")


def test_full_disk_is_told_in_megabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 10**9 - 3_000_000, 3_000_000))

    with pytest.raises(EnvironmentProblem, match="has 3 MB left; 200 MB are needed"):
        preflight.make_directories(tmp_path)


def test_long_path_puts_the_sockets_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)

    folder = sockets.socket_directory(deep)

    assert len(str(folder)) < 90
    assert folder != sockets.socket_directory(deep.parent / "other")
    assert folder == sockets.socket_directory(deep)


def test_socket_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o755)

    with pytest.raises(EnvironmentProblem, match="others may enter it"):
        preflight.make_socket_directory(tmp_path)


@pytest.mark.parametrize(
    ("given", "needed"),
    [({}, True), ({"PORTAL_DATABASE_URL": "a", "PORTAL_DATABASE_OWNER_URL": "b"}, False)],
)
def test_postgres_is_ours_unless_given(given: dict[str, str], needed: bool) -> None:
    assert needs_postgres(given) is needed
