"""What was to be fixed and came again is no longer asked for where it stood first."""

import pytest
from django.urls import reverse

from onboarding.models import Import, RowState
from onboarding.services import imports
from onboarding.sheets.repair import repair
from tests.onboarding.imports.files import checked, drive, fresh, row, rows_of, running, states
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
BROKEN = {"create_organization__state": "Q9"}


def again(partner: Partner, import_: Import, was: str = "Q9", now: str = "CA") -> Import:
    """The repair file with one thing corrected, uploaded and checked."""
    import_ = fresh(partner, import_)
    content = repair("csv", import_.header, imports.repair_rows(import_))
    return checked(partner, content.replace(was.encode(), now.encode()))


def to_fix(partner: Partner, import_: Import) -> int:
    return len(list(imports.repair_rows(fresh(partner, import_))))


def test_row_that_came_again_leaves_what_is_to_be_fixed(world: World) -> None:
    one = world.one
    import_ = running(one, [row("create_organization", **BROKEN), row("create_organization")])
    drive(one)
    assert to_fix(one, import_) == 1

    later = again(one, import_)

    assert states(one, import_) == [RowState.AGAIN, RowState.STARTED]
    assert to_fix(one, import_) == 0
    text = one.client().get(reverse("import", args=[import_.pk])).content.decode()
    assert "It came again as row 2 of" in text
    assert "Nothing to fix so far" in text
    assert reverse("import", args=[later.pk]) in text
    imports.start_import(actor=one.actor(), import_=later)
    assert (drive(one), world.sent("create_organization")) == (1, 2)


def test_row_that_came_again_broken_is_to_be_fixed_in_the_later_file(world: World) -> None:
    one = world.one
    import_ = checked(one, [row("create_organization", **BROKEN)])

    second = again(one, import_, now="Q8")
    assert (to_fix(one, import_), to_fix(one, second)) == (0, 1)
    third = again(one, second, was="Q8")

    assert (to_fix(one, second), states(one, third)) == (0, [RowState.READY])
    assert [found.repeats_id for found in rows_of(one, third)] == [rows_of(one, second)[0].pk]


def test_row_is_to_be_fixed_again_when_the_later_import_is_cancelled(world: World) -> None:
    one = world.one
    import_ = checked(one, [row("create_organization", **BROKEN)])
    content = repair("csv", import_.header, imports.repair_rows(import_))
    both = [checked(one, content), checked(one, content)]

    imports.cancel_import(actor=one.actor(), import_=both[0])
    assert to_fix(one, import_) == 0  # the other file has it still
    imports.cancel_import(actor=one.actor(), import_=both[1])

    assert (to_fix(one, import_), states(one, import_)) == (1, [RowState.BROKEN])


def test_rows_of_others_are_not_taken_over(world: World) -> None:
    one, two = world.one, world.two
    theirs = checked(two, [row("create_organization", **BROKEN)])
    mine = checked(one, [row("create_organization")])
    (foreign,), (ready,) = rows_of(two, theirs), rows_of(one, mine)
    ids = [str(foreign.pk), str(ready.pk), "12", "'"]

    import_ = checked(one, [row("create_organization", repeats=text) for text in ids])

    assert states(one, import_) == [RowState.READY] * 4
    assert [found.repeats_id for found in rows_of(one, import_)] == [None, ready.pk, None, None]
    assert (states(two, theirs), states(one, mine)) == ([RowState.BROKEN], [RowState.READY])
