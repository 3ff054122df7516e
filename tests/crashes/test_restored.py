"""Our database is put back to an earlier point, and BILL is not."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connections
from psycopg import sql

from onboarding.gateway.clients import close_connections
from onboarding.services.restore import look_before_sending
from onboarding.steps import REGISTRY
from tests.crashes.cells import cells_of
from tests.crashes.injuries import Kill
from tests.crashes.rehearsal import rehearse
from tests.crashes.scenes import bring_to
from tests.crashes.truth import problems_of, problems_of_world
from tests.crashes.watching import Watch
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
COPY = "copy_of_an_earlier_point"


@contextmanager
def server() -> Iterator[psycopg.Connection]:
    """The owner's connection to another database of the server, with nobody left in ours."""
    connections.close_all()
    parameters = connections["owner"].get_connection_params()
    names = ("user", "password", "host", "port")
    given = {name: parameters[name] for name in names if name in parameters}
    with psycopg.connect(dbname="postgres", autocommit=True, **given) as connection:
        yield connection


def keep() -> None:
    """Copy the database as it is now."""
    ours = sql.Identifier(connections["owner"].settings_dict["NAME"])
    with server() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(COPY)))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(COPY), ours))


def put_back() -> None:
    """Replace the database by its copy."""
    ours = sql.Identifier(connections["owner"].settings_dict["NAME"])
    with server() as connection:
        connection.execute(sql.SQL("DROP DATABASE {}").format(ours))
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(COPY), ours))


@pytest.mark.parametrize("is_begun", [True, False], ids=["call under way", "nothing sent yet"])
@pytest.mark.parametrize("key", REGISTRY)
def test_step_whose_database_was_restored_ends_well(stormy: World, key: str, is_begun: bool) -> None:
    rehearsal = rehearse(stormy, key)
    tried = cells_of(rehearsal.calls, "restored")
    wrong = []
    for exchange in rehearsal.exchanges:
        if not any(cell.call == exchange.call for cell in tried):
            continue
        scene = bring_to(stormy, stormy.one, key)
        if is_begun:
            scene.drive(Watch(Kill(), exchange.answered))
        keep()
        scene.calm()
        put_back()
        # What the README asks for after a restore, before the workers are started.
        for partner in stormy.partners:
            look_before_sending(partner.pk)
        scene.see_it_through()
        wrong += [f"{exchange.call}: {problem}" for problem in problems_of(scene)]
    close_connections()
    assert wrong + problems_of_world(stormy, stormy.partners) == []
