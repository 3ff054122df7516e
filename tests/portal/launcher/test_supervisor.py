import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.launcher.environment import ROOT, EnvironmentProblem
from portal.launcher.supervisor import LOG_LIMIT, Child, Command, Stopped, Supervisor, has_ended

FOREVER = ["sleep", "600"]


def eventually(condition: Callable[[], bool], within: float = 10.0) -> bool:
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def supervisor(tmp_path: Path, now: list[float]) -> Iterator[Supervisor]:
    supervisor = Supervisor(dict(os.environ), tmp_path, say=lambda line: None, clock=lambda: now[0])
    supervisor.stop_within = 1.0
    yield supervisor
    supervisor.stop()


def started(supervisor: Supervisor, name: str, argv: list[str]) -> Child:
    supervisor.start(Command(name, argv))
    return supervisor.children[-1]


def die(child: Child) -> None:
    assert child.running is not None
    running = child.running
    assert eventually(lambda: has_ended(running))


def test_killed_child_is_started_again(supervisor: Supervisor, now: list[float]) -> None:
    child = started(supervisor, "web", FOREVER)
    assert child.running is not None
    first = child.running.pid
    os.kill(first, signal.SIGKILL)
    die(child)

    supervisor.mind()
    now[0] += 0.25
    supervisor.mind()

    assert child.running.pid != first
    assert not has_ended(child.running)


def test_delay_doubles_while_a_child_keeps_failing(supervisor: Supervisor, now: list[float]) -> None:
    child = started(supervisor, "web", ["false"])
    delays = []
    for _ in range(9):
        die(child)
        supervisor.mind()
        delays.append(child.start_at - now[0])
        now[0] = child.start_at
        supervisor.mind()

    assert delays == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30]


def test_delay_starts_over_after_a_long_run(supervisor: Supervisor, now: list[float]) -> None:
    child = started(supervisor, "web", ["false"])
    child.failures = 6
    now[0] += 31
    die(child)

    supervisor.mind()

    assert child.start_at - now[0] == 0.25


def test_stop_goes_backwards(supervisor: Supervisor, tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    script = "trap 'echo $0 >> \"$1\"; exit' TERM; echo up; while :; do sleep 0.05; done"
    for name in ("first", "second", "third"):
        started(supervisor, name, ["sh", "-c", script, name, str(ended)])
        assert eventually(lambda name=name: supervisor.log(name).read_text() == "up\n")  # type: ignore[misc]

    supervisor.stop()

    assert ended.read_text().split() == ["third", "second", "first"]


def test_child_that_ignores_the_stop_is_killed_with_its_group(supervisor: Supervisor) -> None:
    child = started(supervisor, "deaf", ["sh", "-c", "trap '' TERM; sleep 600 & echo $!; wait; wait"])
    assert eventually(lambda: supervisor.log("deaf").read_text().strip().isdigit())
    grandchild = int(supervisor.log("deaf").read_text())
    assert child.running is not None
    pid = child.running.pid

    supervisor.stop()

    assert eventually(lambda: is_gone(pid) and is_gone(grandchild))


def test_group_of_a_dead_child_goes_with_it(supervisor: Supervisor) -> None:
    child = started(supervisor, "parent", ["sh", "-c", "sleep 600 & echo $!; wait"])
    assert eventually(lambda: supervisor.log("parent").read_text().strip().isdigit())
    assert child.running is not None
    os.kill(child.running.pid, signal.SIGKILL)
    die(child)

    supervisor.mind()

    assert eventually(lambda: is_gone(int(supervisor.log("parent").read_text())))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_killed_launcher_leaves_nothing_behind(tmp_path: Path) -> None:
    script = (
        "import os, sys, time; from pathlib import Path\n"
        "from portal.launcher.supervisor import Command, Supervisor\n"
        "supervisor = Supervisor(dict(os.environ), Path(sys.argv[1]))\n"
        "supervisor.start(Command('web', ['sleep', '600']))\n"
        "print(supervisor.children[0].running.pid, flush=True); supervisor.watch()\n"
    )
    launcher = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert launcher.stdout is not None
    child = int(launcher.stdout.readline())
    assert not is_gone(child)

    launcher.kill()
    launcher.communicate()

    assert eventually(lambda: is_gone(child))


def test_child_that_does_not_stay_up_is_reported_in_its_own_words(tmp_path: Path) -> None:
    supervisor = Supervisor(dict(os.environ), tmp_path, say=lambda line: None)
    supervisor.clock = iter(range(0, 100_000, 10)).__next__  # the delays pass at once
    supervisor.start(Command("web", ["sh", "-c", "echo PORTAL_BIND is malformed >&2; exit 1"]))

    with pytest.raises(EnvironmentProblem, match="web does not stay up: PORTAL_BIND is malformed"):
        supervisor.wait_until(lambda: False, "an answer", within=50_000)


def test_wait_ends_when_its_time_is_over(supervisor: Supervisor) -> None:
    supervisor.clock = iter(range(100)).__next__

    with pytest.raises(EnvironmentProblem, match="an answer did not happen within 5 s"):
        supervisor.wait_until(lambda: False, "an answer", within=5)


def test_wait_ends_when_the_stop_is_asked_for(supervisor: Supervisor) -> None:
    supervisor.stop_asked = True

    with pytest.raises(Stopped):
        supervisor.wait_until(lambda: False, "an answer", within=5)


def test_run_returns_the_output_and_keeps_it_out_of_the_log(supervisor: Supervisor) -> None:
    assert supervisor.run("demo", ["sh", "-c", "echo password; echo remark >&2"]) == "password\n"
    assert supervisor.log("demo").read_text() == "remark\n"


def test_run_that_fails_is_reported_in_its_last_words(supervisor: Supervisor) -> None:
    with pytest.raises(EnvironmentProblem, match="`migrate` failed: no such table"):
        supervisor.run("migrate", ["sh", "-c", "echo Traceback >&2; echo no such table >&2; exit 1"])


def test_run_that_is_interrupted_ends_its_group(supervisor: Supervisor, tmp_path: Path) -> None:
    pid = tmp_path / "pid"

    def stop_once_it_runs() -> float:
        supervisor.stop_asked = pid.exists() and pid.read_text().endswith("\n")
        return 0.0

    supervisor.clock = stop_once_it_runs
    with pytest.raises(Stopped):
        supervisor.run("migrate", ["sh", "-c", f"echo $$ > {pid}; sleep 600 & wait"])

    assert eventually(lambda: is_gone(int(pid.read_text())))


def test_large_log_is_set_aside_at_the_start(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.log("web").write_bytes(b"x" * (LOG_LIMIT + 1))

    started(supervisor, "web", FOREVER)

    assert supervisor.log("web").stat().st_size == 0
    assert (tmp_path / "web.log.1").stat().st_size == LOG_LIMIT + 1
