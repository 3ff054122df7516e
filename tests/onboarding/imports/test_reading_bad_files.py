"""A file that ends its reader does not come back for ever, and stops nobody else."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError, connection

from onboarding.models import Import, ImportState
from onboarding.services import imports
from onboarding.services.imports import reading
from onboarding.services.steps import Accepted, NotReady
from portal.lib.places import take_place
from portal.lib.tenancy import acting_for
from tests.onboarding.executors import Killed, in_thread
from tests.onboarding.imports.files import checked, csv_of, fresh, received, row, rows_of
from tests.onboarding.sheets.files import TOP, raw_workbook, text_row
from tests.onboarding.sheets.test_hostile_files import amplified, linked
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def before(statement: str, act: Callable[[], object], nth: int = 1) -> Iterator[None]:
    """Do this before the n-th statement that begins like this."""
    seen = 0

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        if sql.startswith(statement):
            seen += 1
            if seen == nth:
                act()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield


def raising(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def read(partner: Partner, import_: Import) -> Import:
    imports.read_import(tenant_id=partner.pk, import_id=import_.pk)
    return fresh(partner, import_)


STORING = 'INSERT INTO "onboarding_importrow"'
TOUCHING = 'UPDATE "onboarding_import" SET "touched_at"'


def test_file_that_nothing_foresaw_is_refused_and_logged_without_its_cells(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    one = world.one
    import_ = received(one, csv_of([row()]))

    with before(STORING, raising(ValueError("987-65-4321"))), caplog.at_level(logging.ERROR):
        found = read(one, import_)

    assert (found.state, found.content) == (ImportState.UNREADABLE, None)
    assert found.problem.startswith("This file cannot be read: something in it is not as in other files.")
    assert "ValueError" in caplog.text
    assert "_keep" in caplog.text
    assert "987-65-4321" not in caplog.text
    assert "import.unreadable" in one.tags()


def test_file_is_not_to_blame_for_the_database(world: World) -> None:
    one = world.one
    import_ = received(one, csv_of([row("create_organization")]))

    with before(STORING, raising(OperationalError("gone"))), pytest.raises(OperationalError):
        read(one, import_)
    assert fresh(one, import_).state == ImportState.READING

    assert read(one, import_).state == ImportState.CHECKED


def test_file_that_ends_its_reader_again_and_again_is_refused(world: World) -> None:
    one = world.one
    import_ = received(one, csv_of([row()]))
    with before(STORING, raising(Killed())), pytest.raises(Killed):
        read(one, import_)  # it was measured: that try came further
    for _ in range(reading.TRIES):
        assert fresh(one, import_).state == ImportState.READING
        with before(STORING, raising(Killed())), pytest.raises(Killed):
            read(one, import_)

    found = read(one, import_)

    assert (found.state, found.content, rows_of(one, import_)) == (ImportState.UNREADABLE, None, [])
    assert "reading it was interrupted 3 times" in found.problem


def test_reader_that_comes_further_may_be_interrupted_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH", 1)
    one = world.one
    import_ = received(one, csv_of([row("create_organization") for _ in range(reading.TRIES + 3)]))

    for _ in range(reading.TRIES + 2):  # each reader stores one row, and dies at the second
        with before(STORING, raising(Killed()), nth=2), pytest.raises(Killed):
            read(one, import_)

    assert read(one, import_).state == ImportState.CHECKED


def test_import_is_cancelled_before_it_is_read(world: World) -> None:
    one = world.one
    import_ = received(one, csv_of([row()]))

    assert imports.cancel_import(actor=one.actor(), import_=import_) == Accepted()

    found = read(one, import_)
    assert (found.state, found.content, rows_of(one, import_)) == (ImportState.CANCELLED, None, [])
    assert isinstance(imports.cancel_import(actor=one.actor(), import_=import_), NotReady)
    assert one.client().get(f"/imports/{import_.pk}/").status_code == 200


def test_reader_sees_while_it_measures_that_the_import_was_cancelled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LOOK_UP", 1)
    one = world.one
    import_ = received(one, csv_of([row() for _ in range(5)]))
    cancels = lambda: in_thread(lambda: imports.cancel_import(actor=one.actor(), import_=import_)).join()  # noqa: E731

    with before(TOUCHING, cancels, nth=4):
        found = read(one, import_)

    assert (found.state, found.row_count, found.content) == (ImportState.CANCELLED, 0, None)


def test_page_of_a_file_that_is_read_offers_to_cancel(world: World) -> None:
    one = world.one
    import_ = received(one, csv_of([row()]))
    client = one.client()

    assert f"/imports/{import_.pk}/cancel/" in client.get(f"/imports/{import_.pk}/").content.decode()
    assert client.post(f"/imports/{import_.pk}/cancel/").status_code == 302
    assert fresh(one, import_).state == ImportState.CANCELLED


def test_files_of_one_tenant_keep_so_many_readers_and_no_more(world: World) -> None:
    one, held, done = world.one, [Event(), Event()], Event()

    def hold(event: Event) -> None:
        take_place(f"reader of {one.pk}", reading.READERS)
        event.set()
        done.wait(20)

    threads = [in_thread(lambda event=event: hold(event)) for event in held]  # type: ignore[misc]
    try:
        assert all(event.wait(10) for event in held)
        import_ = received(one, csv_of([row("create_organization")]))
        assert (read(one, import_).state, fresh(one, import_).tries) == (ImportState.READING, 0)
        assert checked(world.two, csv_of([row("create_organization")])).state == ImportState.CHECKED
    finally:
        done.set()
        for thread in threads:
            thread.join()

    assert read(one, import_).state == ImportState.CHECKED


def test_one_text_in_every_cell_takes_little_of_the_database(world: World) -> None:
    one = world.one
    import_ = received(one, amplified(rows=120, length=32_767), "clients.xlsx")

    assert read(one, import_).row_count == 120
    with acting_for(one.pk), connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('onboarding_importrow')")
        assert cursor.fetchone()[0] < 8 * 1024**2


def test_day_beyond_the_calendar_is_no_end_of_reading(world: World) -> None:
    one = world.one
    dates = '<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>'
    far = TOP + '<row r="2"><c s="0"><v>2958465.999999999</v></c></row>'

    import_ = received(one, linked(far, ("styles", "s.xml"), xl__s=dates), "clients.xlsx")
    assert read(one, import_).state == ImportState.MAPPING

    import_ = received(
        one, raw_workbook(TOP + "<!--" + "A" * 3_000_000 + "-->" + text_row(2, "Rice")), "a.xlsx"
    )
    assert read(one, import_).state == ImportState.UNREADABLE
