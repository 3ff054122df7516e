from datetime import timedelta

import pytest

from onboarding.services.login_as import request_login_as
from onboarding.services.steps import Accepted
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_journey_runs_from_login_to_login_as_user(world: World) -> None:
    one = world.one
    onboarding = one.at("login_as_user")
    assert world.organizations() == world.organizations("Rice Cakes Inc") == [onboarding.bill_organization_id]

    result = request_login_as(
        actor=one.actor(), onboarding=onboarding, reason="Check the set-up together", minutes="5"
    )
    world.drain()
    world.drain_for(timedelta(seconds=20))

    assert isinstance(result, Accepted)
    onboarding = one.fresh(onboarding)
    assert (onboarding.status, onboarding.decision, onboarding.steps_done) == ("done", "APPROVE", 6)
    assert "login_as.started" in one.tags(onboarding)
    assert world.two.tags(onboarding) == []
