"""What looks like another is shown before anything is sent, and begun only when a person says so."""

from threading import Barrier
from uuid import UUID

import pytest
from django.urls import reverse

from onboarding.models import ImportState, RowState
from onboarding.services import imports
from onboarding.services.advance import advance_step
from onboarding.sheets.columns import COLUMNS
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


def refused(world: World) -> UUID:
    """An onboarding of an import, of which BILL refused the organization."""
    world.simulator.arm("reject", "create_organization", status=422, code="BDC_1119")
    import_ = running(world.one, [row("create_organization", create_organization__name="Rice Cake")])
    drive(world.one)
    (begun,) = rows_of(world.one, import_)
    assert begun.onboarding_id is not None
    return begun.onboarding_id


@pytest.mark.parametrize("is_first", [True, False])
def test_correction_and_new_row_of_one_company_create_it_once(world: World, is_first: bool) -> None:
    one = world.one
    new = row("create_organization", **ADDRESS)
    correction = {**new, "onboarding": str(refused(world))}
    import_ = checked(one, [correction, new] if is_first else [new, correction])

    expected = [RowState.READY, RowState.HELD] if is_first else [RowState.HELD, RowState.READY]
    assert states(one, import_) == expected
    imports.start_import(actor=one.actor(), import_=import_)
    drive(one)
    assert len(world.organizations("Rice Cakes Inc")) == 1


def test_correction_into_a_company_that_is_here_already_is_held(world: World) -> None:
    one = world.one
    known = one.at("create_user")
    new = row("create_organization", **ADDRESS)

    import_ = checked(one, [{**new, "onboarding": str(refused(world))}])

    (held,) = rows_of(one, import_)
    assert held.state == RowState.HELD
    assert held.twins == [{"same": "company", "onboarding": str(known.pk)}]


def test_correction_is_not_held_for_what_it_corrects(world: World) -> None:
    one = world.one
    world.simulator.arm("reject", "create_organization", status=422, code="BDC_1119")
    import_ = running(one, [same_tax(**ADDRESS)])
    drive(one)
    (begun,) = rows_of(one, import_)

    again = checked(one, [{**same_tax(**ADDRESS), "onboarding": str(begun.onboarding_id)}])
    assert states(one, again) == [RowState.READY]
    imports.start_import(actor=one.actor(), import_=again)
    drive(one)

    assert (states(one, again), len(world.organizations())) == ([RowState.STARTED], 1)


def test_correction_of_later_steps_is_held_by_nothing(world: World) -> None:
    one = world.one
    world.simulator.arm("reject", "create_partner_user", status=422, code="BDC_1119")
    import_ = running(one, [row(**ADDRESS)])
    drive(one)
    (begun,) = rows_of(one, import_)

    again = checked(one, [{**row(**ADDRESS), "onboarding": str(begun.onboarding_id)}])

    assert states(one, again) == [RowState.READY]


def test_onboarding_that_became_the_same_company_after_the_file_was_checked_is_seen(world: World) -> None:
    one = world.one
    world.simulator.arm("reject", "create_organization", status=422, code="BDC_1119")
    import_ = running(one, [row("create_organization"), row("create_organization", **ADDRESS)])
    imports.pause_import(actor=one.actor(), import_=import_)
    imports.resume_import(actor=one.actor(), import_=import_)
    step_id = imports.start_next_row(one.pk)
    assert step_id is not None
    advance_step(tenant_id=one.pk, step_id=step_id)
    begun = rows_of(one, import_)[0].onboarding
    assert begun is not None
    given = {**INPUTS["create_organization"], "name": "Rice Cakes Inc"}
    one.submit(begun, "create_organization", **given)  # by hand, on the page of the onboarding

    drive(one)

    assert states(one, import_) == [RowState.STARTED, RowState.HELD]
    assert len(world.organizations("Rice Cakes Inc")) == 1


def test_what_was_decided_about_a_row_is_taken_back_until_it_begins(world: World) -> None:
    one, two = world.one, world.two
    import_ = checked(one, [same_tax(), same_tax(), same_tax()])
    first, second, third = rows_of(one, import_)
    imports.keep_rows(actor=one.actor(), import_=import_, rows=[second.pk])
    imports.skip_rows(actor=one.actor(), import_=import_, rows=[third.pk])
    client, decide = one.client(), reverse("import_decide", args=[import_.pk])
    text = client.get(reverse("import", args=[import_.pk])).content.decode()
    assert [f'id="undo-{one.number}"' in text for one in (first, second, third)] == [False, True, True]

    two.client().post(decide, {"choice": "undo", "row": str(second.pk)})
    assert states(one, import_) == [RowState.READY, RowState.READY, RowState.SKIPPED]
    for found in (first, second, third):
        client.post(decide, {"choice": "undo", "row": str(found.pk)})

    assert states(one, import_) == [RowState.READY, RowState.HELD, RowState.HELD]
    assert not any(found.is_kept for found in rows_of(one, import_))
    imports.start_import(actor=one.actor(), import_=import_)
    assert (drive(one), imports.hold_rows(actor=one.actor(), import_=import_, rows=[first.pk])) == (1, 0)


def test_example_of_the_template_holds_nothing_and_cannot_be_begun(world: World) -> None:
    one = world.one
    example = {column.key: column.example for column in COLUMNS}
    import_ = checked(one, [example, example])

    ids = [found.pk for found in rows_of(one, import_)]
    assert imports.hold_rows(actor=one.actor(), import_=import_, rows=ids) == 0
    assert states(one, import_) == [RowState.SKIPPED, RowState.SKIPPED]
