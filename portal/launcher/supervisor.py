"""Keep children running until told to stop, then stop them all."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from portal.launcher.child import spawn
from portal.launcher.environment import ROOT, EnvironmentProblem

LOG_LIMIT = 5_000_000
FIRST_DELAY, LONGEST_DELAY = 0.25, 30.0
SETTLED_AFTER = 30.0
POLL_EVERY = 0.1
TOO_MANY_FAILURES = 5


class Stopped(Exception):
    """A person asked for the stop while something was awaited."""


@dataclass(frozen=True)
class Command:
    """A program to keep running. It gets `stop_signal` from us, `death_signal` should we be killed."""

    name: str
    argv: Sequence[str | Path]
    stop_signal: int = signal.SIGTERM
    # With the launcher gone nobody would escalate, and no child may depend on a clean end.
    death_signal: int = signal.SIGKILL
    become: Callable[[], None] | None = None
    cwd: Path = ROOT


@dataclass
class Child:
    """A command and its present run, if any."""

    command: Command
    running: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    failures: int = 0


@dataclass
class Supervisor:
    """Starts, restarts and stops children; the last started is stopped first."""

    environment: Mapping[str, str]
    logs: Path
    say: Callable[[str], None] = print
    clock: Callable[[], float] = time.monotonic
    children: list[Child] = field(default_factory=list)
    stop_within: float = 12.0
    stop_asked: bool = False

    def listen(self) -> None:
        """Let SIGINT, SIGTERM and a closed terminal ask for the stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stop_asked = True

    def start(self, command: Command) -> None:
        """Start a command and keep it running from now on."""
        rotate(self.log(command.name))
        child = Child(command)
        self.children.append(child)
        self._run(child)

    def log(self, name: str) -> Path:
        """The file that takes the output of the child of that name."""
        return self.logs / f"{name}.log"

    def _run(self, child: Child) -> None:
        command = child.command
        with self.log(command.name).open("ab") as log:
            child.running = spawn(
                command.argv,
                cwd=command.cwd,
                environment=self.environment,
                output=log,
                death_signal=command.death_signal,
                become=command.become,
            )
        child.started_at = self.clock()

    def mind(self) -> None:
        """Notice the dead, and start them again once their delay is over."""
        for child in self.children:
            if child.running is not None and has_ended(child.running):
                code = end_group(child.running)
                child.running = None
                if self.clock() - child.started_at > SETTLED_AFTER:
                    child.failures = 0
                delay = min(LONGEST_DELAY, FIRST_DELAY * 2**child.failures)
                child.failures += 1
                child.start_at = self.clock() + delay
                self.say(f"{child.command.name} ended ({ending(code)}); starting it again in {delay:g} s")
            elif child.running is None and self.clock() >= child.start_at:
                self._run(child)

    def watch(self) -> None:
        """Mind the children until the stop is asked for."""
        while not self.stop_asked:
            self.mind()
            time.sleep(POLL_EVERY)

    def wait_until(self, ready: Callable[[], bool], what: str, within: float) -> None:
        """Mind the children until `ready`. Raises EnvironmentProblem, or Stopped."""
        deadline = self.clock() + within
        while not ready():
            if self.stop_asked:
                raise Stopped
            self.mind()
            for child in self.children:
                if child.failures >= TOO_MANY_FAILURES:
                    raise EnvironmentProblem(
                        f"{child.command.name} does not stay up: {self._last_words(child.command.name)}"
                    )
            if self.clock() > deadline:
                raise EnvironmentProblem(f"{what} did not happen within {within:g} s; see {self.logs}.")
            time.sleep(POLL_EVERY / 4)

    def run(self, name: str, argv: Sequence[str | Path]) -> str:
        """Run a command to its end and return what it printed. Raises EnvironmentProblem, or Stopped."""
        rotate(self.log(name))
        # What it prints may be secret and stays out of the log; what it complains of does not.
        with tempfile.TemporaryFile() as output, self.log(name).open("ab") as log:
            run = spawn(argv, cwd=ROOT, environment=self.environment, output=output, errors=log)
            try:
                self.wait_until(lambda: has_ended(run), f"the end of `{name}`", within=600)
            finally:
                code = end_group(run)
            if code:
                raise EnvironmentProblem(f"`{name}` failed: {self._last_words(name)}")
            output.seek(0)
            return output.read().decode(errors="replace")

    def _last_words(self, name: str) -> str:
        with self.log(name).open("rb") as log:
            log.seek(max(0, self.log(name).stat().st_size - 4000))
            lines = [
                line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()
            ]
        return f"{lines[-1] if lines else 'it said nothing'} (all of it: {self.log(name)})"

    def stop(self) -> None:
        """Stop the children, last one first, by force where asking does not help in time."""
        deadline = time.monotonic() + self.stop_within
        for child in reversed(self.children):
            if child.running is None:
                continue
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(child.running.pid, child.command.stop_signal)
            patience = max(time.monotonic() + 0.5, min(deadline, time.monotonic() + self.stop_within / 2))
            while not has_ended(child.running) and time.monotonic() < patience:
                time.sleep(POLL_EVERY / 4)
            end_group(child.running)
            child.running = None
        self.children.clear()


def has_ended(run: subprocess.Popen[bytes]) -> bool:
    """Whether the process is over; it is left unreaped, so that its number still names its group."""
    if run.returncode is not None:
        return True
    return os.waitid(os.P_PID, run.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def end_group(run: subprocess.Popen[bytes]) -> int:
    """Kill what is left of the process and its group, reap it, and return its exit code."""
    if run.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says so of a zombie
            os.killpg(run.pid, signal.SIGKILL)
    return run.wait()


def ending(code: int) -> str:
    """An exit code in words."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def rotate(log: Path) -> None:
    """Keep one older file once the log has grown large."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
