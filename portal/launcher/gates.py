"""`manage.py test`: every gate, against servers of its own that are thrown away afterwards."""

import contextlib
import importlib.util
import os
import signal
import sys
import sysconfig
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portal.launcher import browser, environment, preflight, services
from portal.launcher.bootstrap import LAUNCHED_AT
from portal.launcher.child import spawn
from portal.launcher.environment import ROOT, EnvironmentProblem
from portal.launcher.supervisor import Stopped, Supervisor

SOURCES = ("manage.py", "portal", "onboarding", "tests")
# Data that lives for one run need not survive a power cut.
UNSAFE_BUT_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
DEPLOYED = {"PORTAL_PUBLIC_URL": "https://portal.example", "PORTAL_ALLOWED_HOSTS": "portal.example"}
COVERAGE = ("--cov=portal", "--cov=onboarding", "--cov-branch")
REPORT = "--cov-report=term:skip-covered"
# A file of tests at a time, on as many processors as there are, and not more than PostgreSQL has connections for.
SIDE_BY_SIDE = ("-n", "auto", "--maxprocesses", "4", "--dist", "loadfile", "-m", "not alone")
# What crashes the server that all of them share.
ALONE = ("-m", "alone")
STOP_WITHIN = 10.0


@dataclass(frozen=True)
class Gate:
    """One check: a command that has to end with 0."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def gates() -> list[Gate]:
    """What has to hold, cheapest first."""
    python, manage = (sys.executable, "-m"), (sys.executable, str(ROOT / "manage.py"))
    lint_imports = str(Path(sysconfig.get_path("scripts")) / "lint-imports")
    return [
        Gate("ruff check", [*python, "ruff", "check", "."]),
        Gate("ruff format", [*python, "ruff", "format", "--check", "."]),
        Gate("mypy", [*python, "mypy", *SOURCES]),
        Gate("import directions", [lint_imports]),
        Gate("templates: format", [*python, "djlint", "--check", "templates"]),
        Gate("templates: lint", [*python, "djlint", "--lint", "templates"]),
        Gate("migrations complete", [*manage, "makemigrations", "--check", "--dry-run", "--no-input"]),
        Gate("deployment check", [*manage, "check", "--deploy", "--fail-level", "WARNING"], DEPLOYED),
        Gate("tests", [*python, "pytest", *SIDE_BY_SIDE, *COVERAGE, "--cov-report="]),
        Gate("tests that run alone", [*python, "pytest", *ALONE, *COVERAGE, "--cov-append", REPORT]),
    ]


def main(arguments: Sequence[str]) -> int:
    """Run every gate, or with arguments only pytest with these; 0 when all that ran passed."""
    os.environ.pop(LAUNCHED_AT, None)
    if importlib.util.find_spec("pytest") is None:
        print("portal: pytest is not installed here: pip install -e '.[dev]'", file=sys.stderr)
        return 1
    chosen = [Gate("tests", [sys.executable, "-m", "pytest", *arguments])] if arguments else gates()
    try:
        with tempfile.TemporaryDirectory(prefix="portal-test-") as folder:
            return run_beside_servers(Path(folder), chosen)
    except EnvironmentProblem as problem:
        print(f"portal: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run_beside_servers(data_dir: Path, chosen: Sequence[Gate]) -> int:
    """Start what is not given from outside, run the gates, and stop it again."""
    outside = {name: value for name, value in os.environ.items() if value}
    sockets = preflight.make_directories(data_dir)
    values = environment.prepare(data_dir, outside) | outside | browser_setting()
    values["PORTAL_DATA_DIR"] = str(data_dir)
    supervisor = Supervisor(values, data_dir / "logs")
    supervisor.listen()
    failed: list[str] = ["stopped before the end"]
    try:
        with contextlib.suppress(Stopped):
            start_servers(supervisor, data_dir, sockets, outside)
            failed = run_all(supervisor, chosen)
    finally:
        supervisor.stop()
    return 1 if failed else 0


def start_servers(supervisor: Supervisor, data_dir: Path, sockets: Path, outside: Mapping[str, str]) -> None:
    """A PostgreSQL and a Valkey for this run."""
    if services.needs_broker(outside):
        services.start_broker(supervisor, data_dir, sockets)
        services.await_broker(supervisor, sockets)
    if services.needs_postgres(outside):
        services.start_postgres(
            supervisor, data_dir, sockets, settings=UNSAFE_BUT_FAST, may_create_databases=True
        )


def browser_setting() -> dict[str, str]:
    """PORTAL_TEST_BROWSER, where a browser can be had."""
    path = browser.find_or_install()
    if path is None:
        print("No Chromium here, and none could be installed: the browser tests cannot run.", flush=True)
        return {}
    return {"PORTAL_TEST_BROWSER": path}


def run_all(supervisor: Supervisor, chosen: Sequence[Gate]) -> list[str]:
    """Run each gate under a header, print the summary, and return the names of those that failed."""
    summary, failed = [], []
    for gate in chosen:
        print(f"\n=== {gate.name} ===", flush=True)
        started = time.monotonic()
        code = run(supervisor, gate)
        if code:
            failed.append(gate.name)
        summary.append(f"{'FAILED' if code else 'passed'}  {time.monotonic() - started:6.1f} s  {gate.name}")
    print("\n=== summary ===", *summary, sep="\n", flush=True)
    return failed


def run(supervisor: Supervisor, gate: Gate) -> int:
    """The exit code of a gate. Raises Stopped."""
    child = spawn(
        gate.argv, cwd=ROOT, environment={**supervisor.environment, **gate.environment}, foreground=True
    )
    while child.poll() is None:
        supervisor.mind()
        if supervisor.stop_asked:
            # Ctrl-C has reached it as well; a signal to the launcher alone has not.
            child.send_signal(signal.SIGINT)
            deadline = time.monotonic() + STOP_WITHIN
            while child.poll() is None and time.monotonic() < deadline:
                time.sleep(0.1)
            child.kill()
            raise Stopped
        time.sleep(0.1)
    return child.returncode
