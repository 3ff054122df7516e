"""A row is begun once, whoever dies and whoever else begins rows; and only while it may."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from onboarding.models import ImportState, Onboarding, RowState, Step
from onboarding.services import imports
from onboarding.services.steps import Accepted, NotReady
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.executors import Killed, in_thread
from tests.onboarding.imports.files import checked, drive, fresh, row, rows_of, running, states
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def killed_at_statement(nth: int) -> Iterator[list[str]]:
    """Whoever is in the block dies before its n-th statement, if it comes that far."""
    seen: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        if len(seen) == nth:
            raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield seen


def test_row_is_begun_once_wherever_its_executor_dies(world: World) -> None:
    one = world.one
    import_ = running(one, [row(create_organization__name="Rice Cakes Inc")])
    died = 0
    while True:
        with killed_at_statement(died + 1):
            try:
                begun = imports.start_next_row(one.pk)
                break
            except Killed:
                died += 1
        with acting_for(one.pk):
            assert (Onboarding.objects.count(), Step.objects.count()) == (0, 0)
        assert states(one, import_) == [RowState.READY]

    assert died > 10
    assert begun is not None
    with acting_for(one.pk):
        assert (Onboarding.objects.count(), Step.objects.count()) == (1, 6)
    assert imports.start_next_row(one.pk) is None


def test_two_executors_never_begin_one_row_twice(world: World) -> None:
    one = world.one
    running(one, [row("create_organization") for _ in range(12)])
    together, begun = Barrier(3), list[UUID]()

    def begin() -> None:
        together.wait()
        while step_id := imports.start_next_row(one.pk):
            begun.append(step_id)

    for thread in [in_thread(begin) for _ in range(3)]:
        thread.join()

    with acting_for(one.pk):
        assert (len(begun), len(set(begun)), Onboarding.objects.count()) == (12, 12, 12)


def test_pause_in_the_middle_begins_nothing_more_until_it_is_resumed(world: World) -> None:
    one = world.one
    import_ = running(one, [row("create_organization") for _ in range(4)])
    imports.start_next_row(one.pk)

    assert imports.pause_import(actor=one.actor(), import_=import_) == Accepted()
    assert (drive(one), imports.tenants_with_rows_to_start()) == (0, [])
    assert world.sent("create_organization") == 1  # what had begun went on

    assert imports.resume_import(actor=one.actor(), import_=import_) == Accepted()
    assert imports.tenants_with_rows_to_start() == [one.pk]
    assert (drive(one), world.sent("create_organization")) == (3, 4)


def test_row_is_not_begun_once_pausing_was_answered(world: World) -> None:
    one = world.one
    import_ = running(one, [row("create_organization")])
    begun: list[UUID | None] = []

    with acting_for(one.pk):
        assert imports.pause_import(actor=one.actor(), import_=import_) == Accepted()
        # Its answer is on the way, and not committed yet: to the runner, the import runs.
        runner = in_thread(lambda: begun.append(imports.start_next_row(one.pk)))
        runner.join(0.5)
    runner.join()

    assert (begun, states(one, import_)) == ([None], [RowState.READY])


def test_cancelled_import_begins_nothing_more_and_stops_nothing(world: World) -> None:
    one = world.one
    import_ = running(one, [row("create_organization") for _ in range(3)])
    imports.start_next_row(one.pk)

    assert imports.cancel_import(actor=one.actor(), import_=import_) == Accepted()

    assert drive(one) == 0
    assert states(one, import_) == [RowState.STARTED, RowState.NOT_BEGUN, RowState.NOT_BEGUN]
    assert world.sent("create_organization") == 1
    assert isinstance(imports.resume_import(actor=one.actor(), import_=import_), NotReady)


def test_import_is_started_once(world: World) -> None:
    one = world.one
    import_ = running(one, [row()])

    assert isinstance(imports.start_import(actor=one.actor(), import_=import_), NotReady)
    assert one.tags().count("import.started") == 1


def test_import_without_a_row_that_can_begin_is_not_started(world: World) -> None:
    one = world.one
    import_ = checked(one, [row(create_organization__zip="x")])

    assert isinstance(imports.start_import(actor=one.actor(), import_=import_), NotReady)
    assert fresh(one, import_).state == ImportState.CHECKED


def test_import_of_somebody_who_may_not_any_more_pauses(world: World) -> None:
    one = world.one
    import_ = running(one, [row()])
    one.deactivate(Role.OPERATOR)

    assert imports.start_next_row(one.pk) is None

    paused = fresh(one, import_)
    assert (paused.state, "Somebody else can resume it" in paused.pause_reason) == (ImportState.PAUSED, True)
    imports.resume_import(actor=one.actor(Role.OWNER), import_=paused)
    assert drive(one) == 1
    (begun,) = rows_of(one, import_)
    assert begun.onboarding is not None
    assert begun.onboarding.created_by_id == one.staff[Role.OWNER].pk


def test_import_pauses_when_everything_is_refused_for_one_reason(world: World) -> None:
    one = world.one
    import_ = running(one, [row("create_organization") for _ in range(8)])
    world.simulator.arm("reject", "create_organization", times=None, status=422, code="BDC_1119")
    for _ in range(20):
        drive(one)

    paused = fresh(one, import_)
    assert (paused.state, world.sent("create_organization")) == (ImportState.PAUSED, 5)
    assert "were refused for one reason" in paused.pause_reason
    assert states(one, import_).count(RowState.READY) == 3

    world.simulator.disarm()
    imports.resume_import(actor=one.actor(), import_=import_)
    assert drive(one) == 3


def test_tenants_import_apart_from_each_other(world: World) -> None:
    one, two = world.one, world.two
    theirs = running(two, [row("create_organization")])

    assert imports.start_next_row(one.pk) is None
    assert imports.tenants_with_rows_to_start() == [two.pk]
    assert rows_of(one, theirs) == []
    imports.read_import(tenant_id=one.pk, import_id=theirs.pk)
    assert drive(two) == 1
