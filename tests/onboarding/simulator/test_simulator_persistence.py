import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from onboarding.simulator import Simulator
from onboarding.simulator.clock import Clock
from onboarding.simulator.store import FILE_NAME, StoreError
from onboarding.simulator.wire.listener import PortTaken
from tests.onboarding.simulator.partner import TLS, Partner

MANAGE = str(Path(__file__).parents[3] / "manage.py")


def free_port() -> int:
    with Simulator() as simulator:
        return httpx.URL(simulator.api_url).port or 0


def command(data: Path, port: int, *more: str) -> list[str]:
    options = ["--data", str(data), "--port", str(port), "--control-port", "0"]
    return [sys.executable, MANAGE, "bill_simulator", *options, *more]


@contextmanager
def running(data: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command's process and the address of its control page."""
    process = subprocess.Popen(command(data, port), stdout=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert line.startswith(f"BILL simulator: API http://127.0.0.1:{port}/connect, control page http")
            yield process, line.split()[-1]
        finally:
            process.kill()


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    with Simulator(tmp_path) as simulator, closing(Partner(simulator.api_url)) as partner:
        with partner.onboard("Taco [hold]") as user:
            user.post("/v3/risk-verifications")
        simulator.change_settings(create_status=201)
        simulator.arm("error_before", times=7)
        simulator.advance(days=1)
        before = simulator.organizations, simulator.users, simulator.phones, simulator.faults, simulator.calls
        ahead = simulator.clock.offset

    with Simulator(tmp_path) as simulator:
        now = simulator.organizations, simulator.users, simulator.phones, simulator.faults, simulator.calls
        assert now == before
        assert simulator.clock.offset == ahead
        assert simulator.settings.create_status == 201
        assert list(simulator.decisions.values()) == ["HOLD"]


def test_session_lives_on_after_a_restart(tmp_path: Path) -> None:
    with Simulator(tmp_path) as simulator, closing(Partner(simulator.api_url)) as partner:
        headers = partner.headers()

    with Simulator(tmp_path) as simulator, closing(Partner(simulator.api_url)) as partner:
        assert partner.http.get("/v3/partner/organizations", headers=headers).status_code == 200


def test_spent_magic_value_stays_spent_after_a_restart(tmp_path: Path) -> None:
    with Simulator(tmp_path) as simulator, closing(Partner(simulator.api_url)) as partner:
        assert partner.create("[error-500]").status_code == 500

    with Simulator(tmp_path) as simulator, closing(Partner(simulator.api_url)) as partner:
        assert partner.create("[error-500]").status_code == 200


def test_sigkill_loses_no_organization_that_was_answered(tmp_path: Path) -> None:
    answered: list[str] = []
    port = free_port()
    with running(tmp_path, port) as (process, _), closing(Partner(api_url(port))) as partner:
        threading.Timer(0.5, process.kill).start()
        with pytest.raises(httpx.TransportError):
            create_until_it_fails(partner, answered)

    with Simulator(tmp_path) as simulator:
        kept = [organization.id for organization in simulator.organizations]
    assert len(answered) > 10
    assert kept[: len(answered)] == answered
    assert len(kept) - len(answered) <= 1


def create_until_it_fails(partner: Partner, answered: list[str]) -> None:
    while True:
        answered.append(partner.create_id(f"Taco {len(answered)}"))


def api_url(port: int) -> str:
    return f"http://127.0.0.1:{port}/connect"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command_ends_cleanly_while_a_call_hangs(tmp_path: Path, number: int) -> None:
    port = free_port()
    with running(tmp_path, port) as (process, control_url), httpx.Client(verify=TLS) as client:
        client.post(f"{control_url}faults", json={"kind": "hang", "seconds": 60}).raise_for_status()
        with pytest.raises(httpx.ReadTimeout):
            client.get(f"{api_url(port)}/v3/health", timeout=0.3)

        os.kill(process.pid, number)

        assert process.wait(timeout=5) == 0


@pytest.mark.parametrize("trouble", ["port", "folder", "file", "number"])
def test_command_that_cannot_start_says_why_in_one_line(tmp_path: Path, trouble: str) -> None:
    with Simulator(tmp_path / "used") as simulator:
        port = {"port": httpx.URL(simulator.api_url).port or 0, "number": 70_000}.get(trouble, 0)
        data = {"folder": tmp_path / "used", "file": tmp_path / "file" / "x"}.get(trouble, tmp_path / "free")
        (tmp_path / "file").touch()
        ended = subprocess.run(command(data, port), capture_output=True, text=True, timeout=20, check=False)

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "Traceback" not in ended.stderr


def test_folder_is_used_by_one_simulator_at_a_time(tmp_path: Path) -> None:
    with Simulator(tmp_path), pytest.raises(StoreError, match="another simulator uses it"):
        Simulator(tmp_path)


def test_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database, but long enough to be looked at " * 50)

    with pytest.raises(StoreError, match="not a data file"):
        Simulator(tmp_path)


def test_taken_port_leaves_nothing_open(tmp_path: Path) -> None:
    with Simulator() as other:
        taken = Simulator(tmp_path, port=httpx.URL(other.api_url).port or 0)
        with pytest.raises(PortTaken, match="in use"):
            taken.start()

    with Simulator(tmp_path):
        assert (tmp_path / FILE_NAME).exists()


def test_clock_refuses_to_go_back() -> None:
    clock = Clock()

    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))
