"""The database was put back: what BILL has is looked for before anything is sent."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from onboarding.models import Import, ImportState, Onboarding, RowState, Scan, ScanState
from onboarding.services import imports
from onboarding.states import StepState
from portal.lib.tenancy import acting_for
from tests.onboarding.imports.files import (
    create_at_bill,
    fresh,
    read_bills_list,
    row,
    rows_of,
    running,
    states,
)
from tests.onboarding.simulator.partner import Partner as Program
from tests.onboarding.steps.sent_organizations import create_by_hand
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "create_organization"


@pytest.fixture
def program(world: World) -> Iterator[Program]:
    """The first partner's own program, which calls BILL past the portal."""
    with closing(Program(world.simulator.api_url)) as made:
        yield made


def after_restore() -> str:
    out = StringIO()
    call_command("after_restore", stdout=out)
    return out.getvalue()


def test_create_that_was_done_after_the_copy_is_found(world: World, program: Program) -> None:
    onboarding = world.one.at(KEY)
    world.one.submit(onboarding, KEY)
    create_by_hand(program)
    assert "alpha: 1 steps" in after_restore()
    step = world.one.step(onboarding, KEY)
    assert (step.state, step.due_at is not None) == (StepState.UNKNOWN, True)

    world.drain_for(timedelta(minutes=5))
    assert world.one.step(onboarding, KEY).state == StepState.DONE
    assert world.organizations() == [world.one.fresh(onboarding).bill_organization_id]


def test_create_that_never_was_sent_is_sent_once_bill_was_looked_at(world: World) -> None:
    onboarding, other = world.one.at(KEY), world.two.at(KEY)
    world.one.submit(onboarding, KEY)
    assert "1 steps in all" in after_restore()
    world.drain_for(timedelta(minutes=5))
    assert world.organizations() == [world.one.fresh(onboarding).bill_organization_id]
    assert world.two.step(other, KEY).state == StepState.NOT_STARTED


def paused(partner: Partner, import_: Import) -> tuple[str, bool]:
    found = fresh(partner, import_)
    return found.state, "The database was restored" in found.pause_reason


def test_row_that_had_begun_before_its_login_is_looked_for(world: World, program: Program) -> None:
    one = world.one
    cells = row("create_organization")
    running(one, [cells])
    imports.start_next_row(one.pk)  # and the copy of the database is of this moment
    created = create_at_bill(program, cells)

    assert "alpha: 1 steps" in after_restore()
    world.drain_for(timedelta(minutes=6))

    assert (world.organizations(), world.sent(KEY)) == ([created], 1)
    with acting_for(one.pk):
        assert Onboarding.objects.get().bill_organization_id == created


def test_row_that_had_begun_and_was_not_sent_is_sent_after_a_look(world: World) -> None:
    one = world.one
    import_ = running(one, [row()])
    imports.start_next_row(one.pk)

    assert "alpha: 4 steps" in after_restore()
    world.drain_for(timedelta(minutes=20), every=timedelta(seconds=20))

    (begun,) = rows_of(one, import_)
    assert begun.onboarding is not None
    assert begun.onboarding.steps_done == 5
    assert (len(world.organizations()), world.sent(KEY), len(world.simulator.users)) == (1, 1, 1)
    assert one.tags(begun.onboarding).count("step.outcome_unknown") == 4


def test_import_goes_on_after_a_restore_only_when_bills_list_was_read(world: World, program: Program) -> None:
    one, two = world.one, world.two
    lost, new = row("create_organization"), row("create_organization")
    import_, theirs = running(one, [lost, new]), running(two, [lost])
    created = create_at_bill(program, lost)

    after_restore()
    assert (paused(one, import_), paused(two, theirs)) == ((ImportState.PAUSED, True),) * 2
    text = one.client().get(reverse("import", args=[import_.pk])).content.decode()
    assert f'href="{reverse("at_bill")}"' in text
    imports.resume_import(actor=one.actor(), import_=import_)
    world.drain()
    assert (paused(one, import_), world.organizations()) == ((ImportState.PAUSED, True), [created])

    for partner, mine in ((one, import_), (two, theirs)):
        read_bills_list(partner)
        imports.resume_import(actor=partner.actor(), import_=mine)
    world.drain()

    assert states(one, import_) == [RowState.HELD, RowState.STARTED]
    assert states(two, theirs) == [RowState.STARTED]
    assert len(world.organizations()) == 3  # of one partner the lost one and the new one, and the other's
    assert world.organizations(lost["create_organization.name"])[0] == created


def test_file_that_comes_after_a_restore_waits_for_the_list_as_well(world: World) -> None:
    one = world.one
    after_restore()

    import_ = running(one, [row("create_organization")])
    world.drain()

    assert (paused(one, import_), world.organizations()) == ((ImportState.PAUSED, True), [])


@pytest.mark.parametrize("state", [ScanState.HOLED, ScanState.TOO_LONG])
def test_rows_are_a_persons_decision_where_the_list_cannot_be_read_whole(
    world: World, state: ScanState
) -> None:
    one = world.one
    after_restore()
    read_bills_list(one)
    with acting_for(one.pk):
        Scan.objects.update(state=state.value)
    import_ = running(one, [row("create_organization")])
    world.drain()

    (held,) = rows_of(one, import_)
    assert (held.state, held.twins) == (RowState.HELD, [{"same": "unseen"}])
    text = one.client().get(reverse("import", args=[import_.pk])).content.decode()
    assert "list was not read whole" in text
    imports.keep_rows(actor=one.actor(), import_=import_, rows=[held.pk])
    world.drain()
    assert len(world.organizations()) == 1
