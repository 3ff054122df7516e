"""The table of cells is total: each is tried, or says why it is not."""

from itertools import product

import pytest

from onboarding.steps import REGISTRY
from tests.crashes.cells import INJURIES, Cell, F, cells_of, why_empty
from tests.crashes.rehearsal import rehearse
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
NAMED = {
    "partner_login",
    "create_organization",
    "create_partner_user",
    "create_partner_risk_phone",
    "login_as_user",
    "initiate_risk_verification",
}


def test_every_failure_point_of_every_call_is_tried_or_says_why_not(stormy: World) -> None:
    calls = [call for key in REGISTRY for call in rehearse(stormy, key).calls]
    assert {call.operation for call in calls} >= NAMED
    assert {call.step for call in calls} == set(REGISTRY)

    cells = [Cell(*cell) for cell in product(F, calls, INJURIES)]
    tried = cells_of(calls)
    assert all((why_empty(cell) == "") == (cell in tried) for cell in cells)
    assert all(len(why_empty(cell)) > 20 for cell in cells if cell not in tried)
    for call in calls:
        points = {cell.point for cell in tried if cell.call == call}
        assert points >= set(F) - (
            {F.EDITED, F.RESTORED, F.INTENT_COMMITTED, F.LANDS_LATE, F.NOBODY_WOKEN}
        ), call
    print(f"{len(tried)} cells are tried, {len(cells) - len(tried)} say why they are not")
