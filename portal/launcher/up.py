"""`manage.py up`: everything the portal needs, in one process tree, until Ctrl-C."""

import argparse
import contextlib
import http.client
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from portal.launcher import environment, preflight, services
from portal.launcher.bootstrap import LAUNCHED_AT
from portal.launcher.environment import ROOT, EnvironmentProblem
from portal.launcher.supervisor import Command, Stopped, Supervisor

MANAGE = (sys.executable, str(ROOT / "manage.py"))
FIRST_ANSWER_WITHIN = 60.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def main(arguments: Sequence[str]) -> int:
    """Run until stopped; the exit code is 0 after a stop that was asked for, 1 after a refusal to start."""
    parser = argparse.ArgumentParser(prog="manage.py up", description="Start the portal; Ctrl-C stops it.")
    parser.add_argument("--no-demo", action="store_true", help="no demo tenants and no simulator of BILL")
    options = parser.parse_args(arguments)
    launched_at = float(os.environ.pop(LAUNCHED_AT, time.time()))
    os.umask(0o077)
    try:
        start(with_demo=not options.no_demo, launched_at=launched_at)
    except EnvironmentProblem as problem:
        print(f"portal: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def start(*, with_demo: bool, launched_at: float) -> None:
    """Check, start in order, say where it is, mind it, and stop in the reverse order."""
    outside = {name: value for name, value in os.environ.items() if value}
    data_dir = environment.data_dir(outside)
    needs_postgres = services.needs_postgres(outside)
    sockets = preflight.make_directories(data_dir)
    bind = (environment.load(data_dir) | outside).get("PORTAL_BIND") or environment.DEFAULT_BIND
    lock = preflight.claim(data_dir, environment.local_url(bind))
    values = environment.prepare(data_dir, outside) | outside
    values |= {"PORTAL_BIND": bind, "PORTAL_DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1"}
    simulator = simulator_command(values, data_dir) if with_demo else None
    preflight.require_free_port("PORTAL_BIND", bind)

    supervisor = Supervisor(values, data_dir / "logs", say=say)
    supervisor.listen()
    try:
        with contextlib.suppress(Stopped):  # a stop before all is up ends like any other
            if simulator is not None:
                supervisor.start(simulator)
            start_servers(supervisor, data_dir, sockets, with_postgres=needs_postgres)
            sign_ins = start_portal(supervisor, data_dir, with_demo=with_demo)
            announce(supervisor, sign_ins, simulator, time.time() - launched_at)
            supervisor.watch()
    finally:
        say("Stopping")
        supervisor.stop()
        os.close(lock)


def start_servers(supervisor: Supervisor, data_dir: Path, sockets: Path, *, with_postgres: bool) -> None:
    """PostgreSQL and Valkey, where they are ours to run."""
    with_broker = services.needs_broker(os.environ)
    if with_broker:
        services.start_broker(supervisor, data_dir, sockets)
    if with_postgres:
        say("Starting PostgreSQL")
        services.start_postgres(supervisor, data_dir, sockets)
    if with_broker:
        services.await_broker(supervisor, sockets)


def start_portal(supervisor: Supervisor, data_dir: Path, *, with_demo: bool) -> str:
    """The portal's own programs; returns what the demo says of its sign-ins."""
    say("Bringing the database up to date and starting the web server")
    bind = supervisor.environment["PORTAL_BIND"]
    # Both at once: the web server needs as long to load as the database to be looked through.
    supervisor.start(web_command(bind))
    demo = ["--demo"] if with_demo else []
    sign_ins = supervisor.run("database", [sys.executable, "-m", "portal.launcher.database", *demo])
    supervisor.wait_until(
        lambda: web_answers(bind), "an answer from the web server", within=FIRST_ANSWER_WITHIN
    )
    # Last, because the first page needs neither: what is queued until then is not lost.
    supervisor.start(worker_command())
    supervisor.start(beat_command(data_dir))
    return sign_ins


def web_command(bind: str) -> Command:
    """No access log: addresses of pages may carry a one-time link."""
    options = ["-b", bind, "--preload", "-w", "2", "-k", "gthread", "--threads", "4", "--timeout", "60"]
    options += ["--graceful-timeout", "5", "--keep-alive", "15", "--no-control-socket"]
    return Command("web", [sys.executable, "-m", "gunicorn", "portal.wsgi", *options])


def worker_command() -> Command:
    """There is one worker, so it need not look for others."""
    options = ["--pool", "threads", "-c", "8", "-l", "INFO", "--without-mingle", "--without-gossip"]
    return Command("worker", [sys.executable, "-m", "celery", "-A", "portal.celery", "worker", *options])


def beat_command(data_dir: Path) -> Command:
    """The clock behind the sweeper."""
    schedule = str(data_dir / "beat" / "schedule")
    return Command(
        "beat", [sys.executable, "-m", "celery", "-A", "portal.celery", "beat", "-s", schedule, "-l", "INFO"]
    )


def simulator_command(values: Mapping[str, str], data_dir: Path) -> Command | None:
    """The simulator of BILL, when its address is on this machine."""
    address = urlsplit(values["BILL_SIMULATOR_URL"])
    if address.hostname not in LOOPBACK:
        return None
    port = address.port or 80
    for listener in (port, port + 1):  # the API and its control page
        preflight.require_free_port("BILL_SIMULATOR_URL", f"{address.hostname}:{listener}")
    folder = str(data_dir / "simulator")
    return Command("simulator", [*MANAGE, "bill_simulator", "--port", str(port), "--data", folder])


def web_answers(bind: str) -> bool:
    """Whether a page comes back that is not an error of the server."""
    host, port = environment.host_and_port("PORTAL_BIND", bind)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", "/", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def announce(supervisor: Supervisor, sign_ins: str, simulator: Command | None, seconds: float) -> None:
    """Where it is and how to get in."""
    say(f"Ready in {seconds:.1f} s: {supervisor.environment['PORTAL_PUBLIC_URL']}/")
    for line in sign_ins.splitlines():
        say(line)
    if simulator is not None:
        address = urlsplit(supervisor.environment["BILL_SIMULATOR_URL"])
        say(f"The simulator of BILL: http://{address.hostname}:{(address.port or 80) + 1}/")
    say("Ctrl-C stops it.")


def say(line: str) -> None:
    """Print a line; a terminal that has gone away must not keep the children from being stopped."""
    try:
        print(line, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
