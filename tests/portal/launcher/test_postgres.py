import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from portal.launcher import environment, postgres, preflight, services
from portal.launcher.environment import EnvironmentProblem
from portal.launcher.sockets import socket_directory
from portal.launcher.supervisor import Supervisor


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    data_dir = tmp_path_factory.mktemp("pg")
    sockets = preflight.make_directories(data_dir)
    values = environment.prepare(data_dir, {}) | {"PORTAL_DATA_DIR": str(data_dir)}
    supervisor = Supervisor(values, data_dir / "logs", say=lambda line: None)
    services.start_postgres(supervisor, data_dir, sockets)
    yield supervisor
    supervisor.stop()


def as_app(server: Supervisor) -> psycopg.Connection:
    return psycopg.connect(server.environment["PORTAL_DATABASE_URL"], autocommit=True)


def as_owner(server: Supervisor) -> psycopg.Connection:
    return psycopg.connect(server.environment["PORTAL_DATABASE_OWNER_URL"], autocommit=True)


def test_server_listens_on_no_network(server: Supervisor) -> None:
    with as_app(server) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        socket_folder = Path(connection.info.host)

    assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700


def test_wrong_password_is_refused(server: Supervisor) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.environment["PORTAL_DATABASE_URL"], password="wrong")


def test_machine_that_goes_without_a_word_is_given_up_within_half_a_minute(server: Supervisor) -> None:
    with as_app(server) as connection:
        found = connection.execute(
            "SELECT unnest(rolconfig) FROM pg_roles WHERE rolname = current_user"
        ).fetchall()

    values = dict(line.split("=") for (line,) in found)
    idle, interval, number = (int(values[f"tcp_keepalives_{name}"]) for name in ("idle", "interval", "count"))
    assert idle + interval * number <= 30


def test_case_does_not_depend_on_the_locale_of_the_machine(server: Supervisor) -> None:
    with as_app(server) as connection:
        assert connection.execute("SELECT upper('é')").fetchone() == ("É",)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine ()",
        "CREATE SCHEMA mine",
        "CREATE TEMPORARY TABLE mine ()",
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
        "SET ROLE portal_owner",
        "SET ROLE portal_finder",
        "SET ROLE portal_sealer",
        "ALTER ROLE portal_app BYPASSRLS",
    ],
)
def test_application_may_not(server: Supervisor, statement: str) -> None:
    with as_app(server) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_owner_hands_functions_to_the_finder_without_inheriting_from_it(server: Supervisor) -> None:
    with as_owner(server) as connection:
        connection.execute("SET ROLE portal_finder")
        connection.execute("RESET ROLE")
        inherits = connection.execute(
            "SELECT pg_has_role('portal_finder', 'USAGE') OR pg_has_role('portal_sealer', 'USAGE')"
        )
        assert inherits.fetchone() == (False,)


def test_setting_up_again_changes_nothing_but_the_passwords(server: Supervisor) -> None:
    data_dir = Path(server.environment["PORTAL_DATA_DIR"])
    sockets = socket_directory(data_dir)
    url, other = server.environment["PORTAL_DATABASE_URL"], "postgresql://portal_app:other@/portal"

    postgres.provision(data_dir, sockets, [other])
    with psycopg.connect(url, password="other") as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("portal_app",)
    postgres.provision(data_dir, sockets, [url])

    as_app(server).close()


def test_no_password_reaches_the_log_of_the_server(server: Supervisor) -> None:
    data_dir = Path(server.environment["PORTAL_DATA_DIR"])
    secret = postgres.password_file(data_dir).read_text()
    with postgres.connect(data_dir, socket_directory(data_dir), "portal") as connection:
        connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        connection.execute("SELECT pg_reload_conf()")
    url = server.environment["PORTAL_DATABASE_URL"]
    postgres.provision(data_dir, socket_directory(data_dir), [url])

    log = server.log("postgres").read_text()
    assert "ALTER ROLE" in log
    assert secret not in log and url.split(":")[2].split("@")[0] not in log


def test_what_was_committed_outlives_a_kill(server: Supervisor) -> None:
    with as_owner(server) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    child = server.children[0]
    assert child.running is not None
    first = child.running.pid
    os.kill(first, signal.SIGKILL)

    data_dir = Path(server.environment["PORTAL_DATA_DIR"])
    sockets = socket_directory(data_dir)
    server.wait_until(
        lambda: child.running is not None and child.running.pid != first, "a restart", within=10
    )
    server.wait_until(lambda: postgres.answers(data_dir, sockets), "an answer", within=30)

    with as_owner(server) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_lock_of_a_live_server_is_respected(server: Supervisor) -> None:
    data_dir = Path(server.environment["PORTAL_DATA_DIR"])

    assert not postgres.release_lock(data_dir / "postgres", socket_directory(data_dir))


def test_lock_that_names_another_program_is_removed(tmp_path: Path) -> None:
    lock = tmp_path / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n")

    assert postgres.release_lock(tmp_path, tmp_path)
    assert not lock.exists()


@pytest.mark.parametrize("content", [None, "", "no number\n"])
def test_lock_that_names_nobody_is_no_hindrance(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "postmaster.pid").write_text(content)

    assert postgres.release_lock(tmp_path, tmp_path)


def test_lost_password_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match=r"postgres\.password is missing"):
        postgres.answers(tmp_path, tmp_path)
