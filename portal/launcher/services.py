"""Start the embedded servers that are not replaced by addresses from outside."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from portal.launcher import postgres, valkey
from portal.launcher.account import give, server_account
from portal.launcher.environment import EnvironmentProblem
from portal.launcher.supervisor import Supervisor

DATABASE_URLS = ("PORTAL_DATABASE_URL", "PORTAL_DATABASE_OWNER_URL")
BROKER_URL = "PORTAL_BROKER_URL"
START_WITHIN = 60.0


def needs_postgres(outside: Mapping[str, str]) -> bool:
    """Whether the database is ours to run. Raises EnvironmentProblem when only half of it is given."""
    given = [name for name in DATABASE_URLS if outside.get(name)]
    if len(given) == 1:
        missing = next(name for name in DATABASE_URLS if name not in given)
        raise EnvironmentProblem(f"{given[0]} is set and {missing} is not: set both, or neither.")
    return not given


def needs_broker(outside: Mapping[str, str]) -> bool:
    """Whether the broker is ours to run."""
    return not outside.get(BROKER_URL)


def start_broker(supervisor: Supervisor, data_dir: Path, sockets: Path) -> None:
    """Start Valkey; it is not awaited here."""
    supervisor.start(valkey.command(data_dir, sockets))


def await_broker(supervisor: Supervisor, sockets: Path) -> None:
    """Return once Valkey answers."""
    supervisor.wait_until(lambda: valkey.answers(sockets), "an answer from Valkey", within=START_WITHIN)


def start_postgres(
    supervisor: Supervisor,
    data_dir: Path,
    sockets: Path,
    *,
    settings: Sequence[str] = (),
    may_create_databases: bool = False,
) -> None:
    """Make the cluster if there is none, start it, and see to its database and roles."""
    account = server_account(postgres.program("postgres"), data_dir)
    give(sockets, account)
    if postgres.create_cluster(data_dir, account):
        supervisor.say("Made a new PostgreSQL cluster")
    cluster = data_dir / "postgres"
    supervisor.wait_until(
        lambda: postgres.release_lock(cluster, sockets),
        "the end of an earlier PostgreSQL",
        within=START_WITHIN,
    )
    supervisor.start(postgres.command(data_dir, sockets, account, settings))
    supervisor.wait_until(
        lambda: postgres.answers(data_dir, sockets), "an answer from PostgreSQL", within=START_WITHIN
    )
    urls = [supervisor.environment[name] for name in DATABASE_URLS]
    postgres.provision(data_dir, sockets, urls, may_create_databases=may_create_databases)
