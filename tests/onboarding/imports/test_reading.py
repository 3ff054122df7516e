"""A reader that is killed loses and doubles nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from onboarding.models import Import, ImportRow, ImportState, RowState
from onboarding.services import imports
from onboarding.services.imports import checking, reading
from onboarding.services.steps import Accepted, NotReady
from portal.lib.tenancy import acting_for
from tests.onboarding.executors import Killed, in_thread
from tests.onboarding.imports.files import (
    MAPPING,
    UNNAMED,
    checked,
    csv_of,
    fresh,
    received,
    row,
    rows_of,
    states,
)
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BATCH", 2)
    monkeypatch.setattr(checking, "BATCH", 2)


@contextmanager
def killed_at(table: str, nth: int) -> Iterator[None]:
    """Whoever writes rows of this table for the n-th time dies before it is done."""
    seen = 0

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        if sql.startswith(f'INSERT INTO "{table}"'):
            seen += 1
            if seen == nth:
                raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch), pytest.raises(Killed):
        yield


@pytest.mark.parametrize("nth", range(1, 7))
def test_reader_killed_anywhere_is_followed_by_another(world: World, nth: int) -> None:
    """Five rows in batches of two: three writes as they are read, three as they are checked."""
    one = world.one
    import_ = received(one, csv_of([row("create_organization") for _ in range(5)]))
    with killed_at("onboarding_importrow", nth):
        imports.read_import(tenant_id=one.pk, import_id=import_.pk)

    imports.read_import(tenant_id=one.pk, import_id=import_.pk)

    read = fresh(one, import_)
    assert (read.state, read.row_count, read.read_count, read.checked_count) == (ImportState.CHECKED, 5, 5, 5)
    assert [about.number for about in rows_of(one, import_)] == [2, 3, 4, 5, 6]
    assert set(states(one, import_)) == {RowState.READY}


def test_two_readers_at_once_make_each_row_once(world: World) -> None:
    one = world.one
    import_ = received(one, csv_of([row("create_organization") for _ in range(7)]))
    together = Barrier(2)

    def read() -> None:
        together.wait()
        imports.read_import(tenant_id=one.pk, import_id=import_.pk)

    for thread in [in_thread(read), in_thread(read)]:
        thread.join()

    assert fresh(one, import_).state == ImportState.CHECKED
    assert [about.number for about in rows_of(one, import_)] == list(range(2, 9))


def test_reading_that_nobody_goes_on_with_is_found(world: World) -> None:
    received(world.one, csv_of([row()]))

    assert imports.read_stuck() == 0
    world.later(timedelta(seconds=61))
    assert imports.read_stuck() == 1
    assert imports.read_stuck() == 0  # somebody was just told of it


def test_file_that_breaks_off_is_refused_as_a_whole(world: World) -> None:
    one = world.one
    import_ = checked(one, csv_of([row(), row()])[:-40] + b'"')

    with acting_for(one.pk):
        kept = list(ImportRow.objects.filter(import_of=import_).values_list("state", flat=True))
    # Either the whole file is refused, or its last row is named: nothing of it is taken silently.
    assert import_.state == ImportState.UNREADABLE or RowState.BROKEN in kept
    assert import_.problem or kept


def test_file_of_another_kind_says_so(world: World) -> None:
    import_ = checked(world.one, b"%PDF-1.7 nothing of ours")

    assert (import_.state, bool(import_.problem), import_.content) == (ImportState.UNREADABLE, True, None)
    assert "import.unreadable" in world.one.tags()


def test_empty_file_is_not_received(world: World) -> None:
    one = world.one
    answer = imports.receive_import(
        actor=one.actor(), connection=one.connection, name="empty.csv", content=b""
    )

    assert answer == NotReady("The file is empty.")


def test_file_is_sealed_and_gone_once_it_is_rows(world: World) -> None:
    one = world.one
    import_ = received(one, csv_of([row(create_organization__tax_id="987654321")]))
    assert sealed(one, import_)
    assert b"987654321" not in sealed(one, import_)

    imports.read_import(tenant_id=one.pk, import_id=import_.pk)

    assert fresh(one, import_).content is None


def sealed(partner: Partner, import_: Import) -> bytes:
    with acting_for(partner.pk), connection.cursor() as cursor:
        cursor.execute("SELECT content FROM onboarding_import WHERE id = %s", [import_.pk])
        return bytes(cursor.fetchone()[0])


def test_columns_that_nobody_knows_wait_for_a_person(world: World) -> None:
    one = world.one
    import_ = checked(one, UNNAMED)
    assert (import_.state, states(one, import_)) == (ImportState.MAPPING, [RowState.NEW])

    short = dict(list(MAPPING.items())[:3])
    assert isinstance(imports.remap(actor=one.actor(), import_=import_, mapping=short), NotReady)
    assert imports.remap(actor=one.actor(), import_=import_, mapping=MAPPING) == Accepted()
    imports.read_import(tenant_id=one.pk, import_id=import_.pk)

    assert (fresh(one, import_).state, states(one, import_)) == (ImportState.CHECKED, [RowState.READY])


def test_columns_are_chosen_once_for_files_with_the_same_names(world: World) -> None:
    one = world.one
    imports.remap(actor=one.actor(), import_=checked(one, UNNAMED), mapping=MAPPING)

    again = checked(one, UNNAMED.replace(b"Rice", b"Cake"))

    assert (again.state, again.mapping) == (ImportState.CHECKED, MAPPING)
    assert checked(world.two, UNNAMED).state == ImportState.MAPPING


@pytest.mark.parametrize("at", [-1, 7])
def test_column_that_the_file_does_not_have_cannot_be_chosen(world: World, at: int) -> None:
    one = world.one
    import_ = checked(one, UNNAMED)
    mapping = {**MAPPING, "create_organization.tax_id": at}

    assert isinstance(imports.remap(actor=one.actor(), import_=import_, mapping=mapping), NotReady)
