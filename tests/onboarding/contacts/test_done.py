"""The admin's last page: where the set-up stands, and whether anything is left for them to do."""

import pytest

from onboarding.models import Onboarding
from onboarding.states import Decision
from portal.lib.tenancy import acting_for
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.deciding import agreed
from tests.onboarding.contacts.pages import decide, read_details, shown
from tests.onboarding.views.rows import make_mfa
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
DONE = "/company/done/"
NOTHING = "You have nothing to do meanwhile."


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (Decision.IN_PROGRESS, "BILL checks the company."),
        (Decision.REVIEW, "People at BILL look at the company."),
    ],
)
def test_nobody_who_has_something_to_do_is_told_otherwise(
    world: World, visit: Visiting, decision: Decision, words: str
) -> None:
    one, two = world.one, world.two
    onboarding, admin = agreed(world, visit, one)
    _, other = agreed(world, visit, two, "create_user")
    with acting_for(one.pk):
        Onboarding.objects.filter(pk=onboarding.pk).update(decision=decision.value)

    before = shown(admin.get(DONE))
    read_details(admin)
    decide(admin, "no")
    make_mfa(one, onboarding)
    after = shown(admin.get(DONE))

    assert "Something is left to do" in before
    assert (words in before, NOTHING in before) == (True, False)
    assert "Thank you, you are done" in after
    assert (words in after, NOTHING in after) == (True, True)
    assert words not in shown(other.get(DONE))
