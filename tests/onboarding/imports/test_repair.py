"""Rows to fix come as a file, and what comes back corrects what exists instead of creating it twice."""

from uuid import uuid4

import pytest

from onboarding.models import Import, RowState
from onboarding.services import imports
from onboarding.services.steps import Page, submit
from onboarding.sheets.read import read_sheet
from onboarding.sheets.repair import repair
from onboarding.states import Status, StepState
from portal.lib.tenancy import acting_for
from tests.factories import INPUTS
from tests.onboarding.imports.files import (
    checked,
    drive,
    fresh,
    row,
    rows_of,
    running,
    states,
    without_acceptance,
    words,
)
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)


def repaired(partner: Partner, import_: Import, was: str, now: str) -> Import:
    """The repair file with one thing corrected, uploaded again and started."""
    content = repair("csv", fresh(partner, import_).header, imports.repair_rows(fresh(partner, import_)))
    again = checked(partner, content.replace(was.encode(), now.encode()))
    imports.start_import(actor=partner.actor(), import_=again)
    return again


def refused(world: World, operation: str, **values: str) -> Import:
    """An import of one row, of which BILL refused this."""
    world.simulator.arm("reject", operation, status=422, code="BDC_1119")
    import_ = running(world.one, [row(**values)])
    drive(world.one)
    return import_


def test_row_that_was_broken_is_begun_when_it_comes_back(world: World) -> None:
    one = world.one
    import_ = running(
        one, [row("create_organization", create_organization__state="Q9"), row("create_organization")]
    )
    drive(one)
    (broken,) = list(imports.repair_rows(fresh(one, import_)))
    assert (broken.number, broken.onboarding) == (2, "")
    assert any(text.startswith("State: ") for text in broken.words)

    again = repaired(one, import_, "Q9", "CA")

    assert (drive(one), states(one, again)) == (1, [RowState.STARTED])
    assert world.sent("create_organization") == 2


def test_what_bill_refused_is_corrected_where_it_is(world: World) -> None:
    one = world.one
    import_ = refused(world, "create_organization", create_organization__name="Rice Cake")
    (before,) = rows_of(one, import_)
    assert before.onboarding is not None
    assert before.onboarding.status == Status.NEEDS_YOU

    again = repaired(one, import_, "Rice Cake", "Rice Cakes Inc")
    drive(one)

    (after,) = rows_of(one, again)
    assert (after.onboarding_id, after.is_correction, after.state) == (
        before.onboarding_id,
        True,
        RowState.STARTED,
    )
    assert after.onboarding is not None
    assert (after.onboarding.name, after.onboarding.steps_done) == ("Rice Cakes Inc", 5)
    assert len(world.simulator.organizations) == 1
    assert "onboarding.corrected" in one.tags(after.onboarding)


def test_steps_that_are_done_stay_as_they_are(world: World) -> None:
    one = world.one
    import_ = refused(world, "create_partner_risk_phone", create_organization__name="Rice Cakes Inc")

    again = repaired(one, import_, "Rice Cakes Inc", "Another Name")
    drive(one)

    (after,) = rows_of(one, again)
    assert after.onboarding is not None
    assert (after.onboarding.steps_done, after.onboarding.name) == (5, "Rice Cakes Inc")
    assert (world.sent("create_organization"), world.sent("create_partner_user")) == (1, 1)
    assert one.step(after.onboarding, "create_organization").input["name"] == "Rice Cakes Inc"


def test_refused_price_plan_is_chosen_anew(world: World) -> None:
    one = world.one
    import_ = refused(world, "update_price_plan", create_organization__price_plan="PricePlan2")
    (broken,) = list(imports.repair_rows(fresh(one, import_)))
    assert any("Price plan: " in text for text in broken.words)

    repaired(one, import_, "PricePlan2", "PricePlan3")
    drive(one)

    assert world.sent("update_price_plan") == 2
    assert list(imports.repair_rows(fresh(one, import_))) == []


def test_acceptance_that_was_missing_comes_with_the_row(world: World) -> None:
    one = world.one
    import_ = running(one, [without_acceptance(row())])
    drive(one)
    (waits,) = rows_of(one, import_)
    assert waits.onboarding is not None
    assert waits.onboarding.status == Status.WAITING_ON_ADMIN

    again = checked(one, [{**row(), "onboarding": str(waits.onboarding_id)}])
    imports.start_import(actor=one.actor(), import_=again)
    drive(one)

    assert one.fresh(waits.onboarding).steps_done == 5
    assert len(world.simulator.users) == 1


def test_onboarding_of_another_tenant_is_not_known(world: World) -> None:
    one, two = world.one, world.two
    theirs = two.at("create_user")
    import_ = checked(one, [{**row(), "onboarding": str(theirs.pk)}, {**row(), "onboarding": str(uuid4())}])

    foreign, unknown = rows_of(one, import_)
    assert (foreign.state, foreign.onboarding_id) == (RowState.BROKEN, None)
    assert words(foreign) == words(unknown)
    assert "no onboarding with this id" in words(foreign)


@pytest.mark.parametrize("text", ["7", "Rice Cakes Inc", "'", "00000000-0000-0000-0000-00000000000g"])
def test_what_is_no_id_is_not_known_either(world: World, text: str) -> None:
    import_ = checked(world.one, [{**row(), "onboarding": text}])

    (only,) = rows_of(world.one, import_)
    assert "no onboarding with this id" in words(only)


def test_onboarding_that_needs_nothing_is_not_corrected(world: World) -> None:
    one = world.one
    done = running(one, [row()])
    drive(one)
    (through,) = rows_of(one, done)
    # It waits for a person's login; the file has nothing for that.
    import_ = checked(one, [{**row(), "onboarding": str(through.onboarding_id)}])

    (only,) = rows_of(one, import_)
    assert (only.state, bool(words(only))) == (RowState.BROKEN, True)


def test_onboarding_corrected_meanwhile_by_a_person_is_left_alone(world: World) -> None:
    one = world.one
    import_ = refused(world, "create_partner_user")
    (before,) = rows_of(one, import_)
    assert before.onboarding is not None
    again = repaired(one, import_, "tsoupsmith@example.com", "other@example.com")
    step = one.step(before.onboarding, "create_user")
    submit(actor=one.actor(), step=step, page=Page("test", step.version), values=INPUTS["create_user"])

    drive(one)

    (after,) = rows_of(one, again)
    assert (after.state, bool(words(after))) == (RowState.BROKEN, True)
    assert one.step(before.onboarding, "create_user").input["email"] == "tsoupsmith@example.com"


def test_two_rows_cannot_correct_one_onboarding(world: World) -> None:
    one = world.one
    import_ = refused(world, "create_partner_user")
    (before,) = rows_of(one, import_)
    corrected = {**row(), "onboarding": str(before.onboarding_id)}

    again = checked(one, [corrected, corrected])

    assert states(one, again) == [RowState.READY, RowState.BROKEN]
    assert "Another row" in words(rows_of(one, again)[1])


def test_outcomes_say_what_became_of_each_row(world: World) -> None:
    one = world.one
    import_ = refused(world, "create_partner_user")

    with acting_for(one.pk):
        (outcome,) = imports.outcomes(imports.rows(import_))

    assert (outcome.state, outcome.status, outcome.waits_for) == (RowState.STARTED, Status.NEEDS_YOU, "staff")
    (begun,) = rows_of(one, import_)
    assert begun.onboarding is not None
    step = one.step(begun.onboarding, "create_user")
    assert outcome.reason == f"{step.reason} BILL says: “{step.problems[0]['message']}” (BDC_1119)"
    with acting_for(one.pk):
        assert imports.row_of(begun.onboarding) == begun


def test_repair_file_has_every_cell_as_it_came(world: World) -> None:
    one = world.one
    odd = {"create_organization__name": '=SUM(1), "quoted"\nand 2 lines', "create_organization__zip": "x"}
    import_ = checked(one, [row("create_organization", **odd)])
    (kept,) = rows_of(one, import_)

    content = repair("csv", import_.header, imports.repair_rows(import_))
    lines = list(read_sheet("repair.csv", content).lines)

    assert list(lines[0].cells[: len(kept.cells) - 1]) == kept.cells[:-1]
    assert b"\n=SUM" not in content


def test_login_that_was_refused_is_tried_again(world: World) -> None:
    one = world.one
    import_ = refused(world, "partner_login")
    (before,) = rows_of(one, import_)
    assert before.onboarding is not None
    assert one.step(before.onboarding, "partner_login").state == StepState.REFUSED

    repaired(one, import_, "-", "-")
    drive(one)

    assert one.fresh(before.onboarding).steps_done == 5
