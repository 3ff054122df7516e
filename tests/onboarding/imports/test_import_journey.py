"""From a file to companies at BILL, over HTTP."""

import pytest

from onboarding.models import ImportState, RowState
from onboarding.services import imports
from onboarding.states import Status
from portal.lib.tenancy import acting_for
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
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_complete_row_runs_by_itself_to_the_verification(world: World) -> None:
    one = world.one
    import_ = running(one, [row(create_organization__name="Rice Cakes Inc")])

    drive(one)

    (begun,) = rows_of(one, import_)
    assert begun.onboarding is not None
    assert (begun.state, begun.onboarding.steps_done, begun.onboarding.is_bulk) == (RowState.STARTED, 5, True)
    assert begun.onboarding.name == "Rice Cakes Inc"
    assert begun.onboarding.bill_organization_id in world.organizations("Rice Cakes Inc")
    assert len(world.simulator.users) == 1


def test_row_stops_where_its_data_ends(world: World) -> None:
    one = world.one
    import_ = running(
        one,
        [row("create_organization"), without_acceptance(row()), row("create_user"), row("add_risk_phone")],
    )

    drive(one)

    begun = [about.onboarding for about in rows_of(one, import_)]
    assert [(o.status, o.current_step) for o in begun if o] == [
        (Status.READY, "create_user"),
        (Status.WAITING_ON_ADMIN, "create_user"),
        (Status.READY, "add_risk_phone"),
        (Status.READY, "start_verification"),
    ]
    assert world.sent("create_organization") == 4


def test_import_is_done_when_everything_begun_is_settled(world: World) -> None:
    one = world.one
    import_ = running(one, [row("create_organization"), row("create_organization")])

    assert imports.finish_settled() == 0
    drive(one)
    with acting_for(one.pk):
        reached = imports.progress(import_)
    assert (reached.begun, reached.settled, reached.to_start) == (2, 2, 0)
    assert imports.finish_settled() == 1
    assert fresh(one, import_).state == ImportState.DONE


def test_acceptance_and_permission_are_attested_by_whoever_started_it(world: World) -> None:
    one = world.one
    import_ = running(one, [row()])

    drive(one)

    (begun,) = rows_of(one, import_)
    with acting_for(one.pk):
        about = one.fresh(begun.onboarding) if begun.onboarding else None
        assert about is not None
        assert about.acceptance is not None
        assert about.grant is not None
        operator = str(one.actor().name)
        assert {str(about.acceptance.attested_by), str(about.grant.attested_by)} == {operator}
    assert one.tags(about)[:3] == ["terms.accepted", "grant.given", "onboarding.imported"]


def test_price_plan_of_a_row_is_set(world: World) -> None:
    one = world.one
    running(one, [row("create_organization", create_organization__price_plan="PricePlan2")])

    drive(one)

    assert world.sent("update_price_plan") == 1


def test_broken_rows_stay_behind_and_say_why(world: World) -> None:
    one = world.one
    import_ = running(one, [row(create_organization__zip="95"), row("create_organization")])

    assert drive(one) == 1

    broken, begun = rows_of(one, import_)
    assert (broken.state, begun.state) == (RowState.BROKEN, RowState.STARTED)
    assert "Five digits" in words(broken)


def test_name_of_3000_characters_is_a_problem_of_its_row(world: World) -> None:
    one = world.one
    import_ = checked(one, [row(create_organization__name="A" * 3000), row("create_organization")])

    (long, _) = rows_of(one, import_)
    assert (states(one, import_), len(long.name)) == ([RowState.BROKEN, RowState.READY], 100)
    assert "100 characters" in words(long)
    assert "A" * 3000 in long.cells


def test_nothing_is_sent_before_the_import_is_started(world: World) -> None:
    one = world.one
    checked(one, [row()])

    assert imports.start_next_row(one.pk) is None
    assert world.simulator.calls == []
