"""What looks like another is shown before anything is sent, and begun only when a person says so."""

from threading import Barrier

import pytest

from onboarding.models import ImportState, RowState
from onboarding.services import imports
from portal.lib.tenancy import acting_for
from tests.factories import INPUTS
from tests.onboarding.executors import in_thread
from tests.onboarding.imports.files import checked, csv_of, drive, fresh, row, rows_of, running, states
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = {
    "create_organization__name": "Rice Cakes Inc",
    "create_organization__line1": "123 Main Street",
    "create_organization__zip": "95002",
}


def same_tax(**values: str) -> dict[str, str]:
    return row("create_organization", create_organization__tax_id="99-9888777", **values)


def test_rows_with_one_tax_id_are_named_beside_each_other(world: World) -> None:
    one = world.one
    import_ = checked(one, [same_tax(), row("create_organization"), same_tax()])

    first, other, second = rows_of(one, import_)
    assert (first.state, other.state, second.state) == (RowState.READY, RowState.READY, RowState.HELD)
    assert (first.twins, other.twins) == ([{"same": "tax_id", "row": 4}], [])
    assert second.twins == [{"same": "tax_id", "row": 2}]


def test_same_name_and_address_are_one_company_however_they_are_typed(world: World) -> None:
    one = world.one
    again = {
        "create_organization__name": "RICE CAKES, INC.",
        "create_organization__line1": "123  main street",
        "create_organization__zip": "95002-1234",
    }
    import_ = checked(one, [row("create_organization", **ADDRESS), row("create_organization", **again)])

    assert states(one, import_) == [RowState.READY, RowState.HELD]
    assert rows_of(one, import_)[1].twins == [{"same": "company", "row": 2}]


def test_twin_that_is_broken_is_shown_all_the_same(world: World) -> None:
    one = world.one
    import_ = checked(one, [same_tax(create_organization__state="XX"), same_tax()])

    broken, held = rows_of(one, import_)
    assert (broken.state, held.state) == (RowState.BROKEN, RowState.HELD)
    assert (broken.twins, held.twins) == ([{"same": "tax_id", "row": 3}], [{"same": "tax_id", "row": 2}])


def test_onboarding_of_this_tenant_is_found_by_tax_id_and_by_address(world: World) -> None:
    one = world.one
    known = one.at("create_user")
    tax_id = str(INPUTS["create_organization"]["tax_id"])
    import_ = checked(
        one,
        [
            row("create_organization", create_organization__tax_id=tax_id),
            row("create_organization", **ADDRESS),
        ],
    )

    assert states(one, import_) == [RowState.HELD, RowState.HELD]
    assert [about.twins for about in rows_of(one, import_)] == [
        [{"same": "tax_id", "onboarding": str(known.pk)}],
        [{"same": "company", "onboarding": str(known.pk)}],
    ]


def test_another_tenants_company_is_not_told_of(world: World) -> None:
    one, two = world.one, world.two
    two.at("create_user")
    tax_id = str(INPUTS["create_organization"]["tax_id"])

    import_ = checked(one, [row("create_organization", create_organization__tax_id=tax_id, **ADDRESS)])

    (alone,) = rows_of(one, import_)
    assert (alone.state, alone.twins) == (RowState.READY, [])


def test_held_row_is_begun_only_when_it_is_kept(world: World) -> None:
    one = world.one
    import_ = running(one, [same_tax(), same_tax(), same_tax()])
    _, second, third = rows_of(one, import_)
    assert drive(one) == 1

    assert imports.keep_rows(actor=one.actor(), import_=import_, rows=[second.pk]) == 1
    assert imports.skip_rows(actor=one.actor(), import_=import_, rows=[third.pk]) == 1

    assert drive(one) == 1
    assert states(one, import_) == [RowState.STARTED, RowState.STARTED, RowState.SKIPPED]
    assert world.sent("create_organization") == 2


def test_keeping_a_row_of_an_import_that_is_done_lets_it_run_again(world: World) -> None:
    one = world.one
    import_ = running(one, [same_tax(), same_tax()])
    drive(one)
    imports.finish_settled()
    assert fresh(one, import_).state == ImportState.DONE

    assert imports.keep_rows(actor=one.actor(), import_=import_, rows=None) == 1

    assert (fresh(one, import_).state, drive(one)) == (ImportState.RUNNING, 1)


def test_same_file_twice_is_said_and_begins_nothing_a_second_time(world: World) -> None:
    one = world.one
    content = csv_of([row("create_organization"), row("create_organization")])
    first = checked(one, content)
    imports.start_import(actor=one.actor(), import_=first)
    drive(one)

    again = checked(one, content)

    with acting_for(one.pk):
        assert imports.earlier_uploads(again) == [first]
        assert imports.earlier_uploads(first) == []
    assert states(one, again) == [RowState.HELD, RowState.HELD]


def test_same_file_checked_twice_before_either_is_started_begins_each_company_once(world: World) -> None:
    one = world.one
    content = csv_of([row("create_organization"), row("create_organization")])
    first, second = checked(one, content), checked(one, content)
    assert states(one, second) == [RowState.READY, RowState.READY]
    for import_ in (first, second):
        imports.start_import(actor=one.actor(), import_=import_)

    assert drive(one) == 2
    assert states(one, second) == [RowState.HELD, RowState.HELD]
    assert world.sent("create_organization") == 2


def test_two_imports_of_one_file_that_begin_at_once_begin_each_company_once(world: World) -> None:
    one = world.one
    content = csv_of([row("create_organization") for _ in range(6)])
    both = [checked(one, content), checked(one, content)]
    for import_ in both:
        imports.start_import(actor=one.actor(), import_=import_)
    together = Barrier(3)

    def begin() -> None:
        together.wait()
        while imports.start_next_row(one.pk):
            pass

    for thread in [in_thread(begin) for _ in range(3)]:
        thread.join()

    begun = [state for import_ in both for state in states(one, import_)]
    assert (begun.count(RowState.STARTED), begun.count(RowState.HELD)) == (6, 6)


def test_decision_about_another_tenants_rows_changes_nothing(world: World) -> None:
    one, two = world.one, world.two
    theirs = running(two, [same_tax(), same_tax()])
    mine = running(one, [row("create_organization")])

    held = rows_of(two, theirs)[1]
    assert imports.keep_rows(actor=one.actor(), import_=mine, rows=[held.pk]) == 0
    assert states(two, theirs) == [RowState.READY, RowState.HELD]
