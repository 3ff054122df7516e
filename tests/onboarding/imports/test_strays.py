"""A row that looks like an organization at BILL that no onboarding holds is begun only when a person says so."""

import pytest
from django.urls import reverse

from onboarding.models import ListedOrganization, RowState
from onboarding.services import imports
from portal.lib.tenancy import acting_for
from tests.onboarding.imports.files import (
    checked,
    create_at_bill,
    drive,
    read_bills_list,
    row,
    rows_of,
    running,
    states,
)
from tests.onboarding.simulator.partner import Partner as Program
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)


def company(name: str = "Old Client Inc", **values: str) -> dict[str, str]:
    return row("create_organization", create_organization__name=name, **values)


def listed(partner: Partner) -> ListedOrganization:
    with acting_for(partner.pk):
        return ListedOrganization.objects.get()


def test_row_that_bill_has_already_is_held_as_the_file_is_checked(world: World, program: Program) -> None:
    one, two = world.one, world.two
    cells = company()
    bill_id = create_at_bill(program, cells)
    for partner in world.partners:
        read_bills_list(partner)

    import_ = checked(one, [cells, company("Another Inc"), company(create_organization__line1="9 Other Way")])

    held, *others = rows_of(one, import_)
    assert (held.state, [other.state for other in others]) == (RowState.HELD, [RowState.READY] * 2)
    assert held.twins == [{"same": "at_bill", "listed": str(listed(one).pk), "bill_id": bill_id}]
    assert states(two, checked(two, [cells])) == [RowState.READY]  # it is another partner's at BILL


def test_row_that_bill_has_since_the_file_was_checked_is_held_before_it_begins(
    world: World, program: Program
) -> None:
    one, two = world.one, world.two
    cells = company()
    import_, theirs = running(one, [cells]), running(two, [cells])
    bill_id = create_at_bill(program, cells)
    read_bills_list(one)

    assert (drive(one), states(one, import_), world.organizations()) == (0, [RowState.HELD], [bill_id])
    assert (drive(two), states(two, theirs)) == (1, [RowState.STARTED])

    assert imports.keep_rows(actor=one.actor(), import_=import_, rows=None) == 1
    assert drive(one) == 1
    assert len(world.organizations("Old Client Inc")) == 3


def test_row_whose_organization_was_adopted_is_held_for_its_onboarding(
    world: World, program: Program
) -> None:
    one = world.one
    cells = company()
    create_at_bill(program, cells)
    read_bills_list(one)
    one.client().post(reverse("at_bill_organization", args=[listed(one).pk]), {"reason": "It is ours"})

    import_ = checked(one, [cells])

    (held,) = rows_of(one, import_)
    assert (held.state, {twin["same"] for twin in held.twins}) == (RowState.HELD, {"company"})


def test_correction_that_would_create_what_bill_has_is_held(world: World, program: Program) -> None:
    one = world.one
    world.simulator.arm("reject", "create_organization", status=422, code="BDC_1119")
    first = running(one, [company("Old Client")])
    drive(one)
    (refused,) = rows_of(one, first)
    cells = company()
    bill_id = create_at_bill(program, cells)
    read_bills_list(one)

    again = checked(one, [{**cells, "onboarding": str(refused.onboarding_id)}])
    assert states(one, again) == [RowState.HELD]
    imports.start_import(actor=one.actor(), import_=again)
    drive(one)

    assert world.organizations() == [bill_id]


def test_page_says_what_the_row_looks_like_and_leads_there(world: World, program: Program) -> None:
    one = world.one
    cells = company()
    create_at_bill(program, cells)
    read_bills_list(one)
    import_ = checked(one, [cells])

    text = one.client().get(reverse("import", args=[import_.pk])).content.decode()

    assert "No onboarding holds this organization at BILL:" in text
    assert reverse("at_bill_organization", args=[listed(one).pk]) in text
    assert f"{reverse('at_bill')}?environment=simulator" in text
    assert world.two.client().get(reverse("import", args=[import_.pk])).status_code == 404
