from datetime import timedelta

import pytest

from onboarding.gateway.industries import is_choosable
from onboarding.models import Connection
from onboarding.states import StepState
from portal.lib.tenancy import acting_for
from tests.factories import organization_input
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def known(world: World) -> list[str]:
    with acting_for(world.one.pk):
        return list(Connection.objects.get(pk=world.one.connection.pk).industries)


def test_industries_are_learnt_once_by_a_session_that_is_open_anyway(world: World) -> None:
    world.simulator.change_settings(industries="Bakery,Juggling school")
    world.one.at("login_as_user")
    world.drain_for(timedelta(seconds=30))
    world.one.at("login_as_user", "Second Inc")
    world.drain_for(timedelta(seconds=30))

    assert known(world) == ["Bakery", "Juggling school"]
    assert world.sent("list_industries") == 1
    with acting_for(world.two.pk):
        assert Connection.objects.get(pk=world.two.connection.pk).industries == []


def test_industries_that_cannot_be_read_stop_nothing(world: World) -> None:
    world.simulator.arm("error_before", "list_industries", times=None)
    onboarding = world.one.at("login_as_user")
    world.drain_for(timedelta(minutes=1))

    assert known(world) == []
    world.simulator.disarm()
    world.later(timedelta(hours=1))
    world.one.at("login_as_user", "Second Inc")
    world.drain_for(timedelta(minutes=1))
    assert "Software" in known(world)
    assert world.one.fresh(onboarding).decision == "APPROVE"
    assert world.one.step(onboarding, "follow_decision").state == StepState.DONE


def test_form_takes_any_words_until_the_list_is_known_and_only_the_list_after(world: World) -> None:
    one, client = world.one, world.one.client()
    onboarding = one.at("create_organization")
    url = one.url(onboarding, "create_organization")
    assert '<input type="text" name="industry"' in client.get(url).content.decode()
    client.post(
        one.url(onboarding, "create_organization", "onboarding_draft"),
        {"industry": "Jugglers", "version": "0"},
    )
    with acting_for(one.pk):
        Connection.objects.filter(pk=one.connection.pk).update(industries=["Bakery"])

    page = client.get(url).content.decode()
    assert '<option value="Bakery">' in page
    assert '<option value="Jugglers" selected>Jugglers (not one of BILL&#x27;s)' in page
    refused = client.post(url, {**organization_input(), "industry": "Jugglers", "version": "1"})
    assert refused.status_code == 422
    assert "Choose one of its list." in refused.content.decode()
    taken = client.post(url, {**organization_input(), "industry": "Bakery", "version": "1"})
    assert taken.status_code == 302
    world.drain()
    assert [one.body["industry"] for one in world.simulator.organizations] == ["Bakery"]


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("Bakery <b>&", True),
        ("مخبز", True),
        ("I" * 500, True),
        ("I" * 501, False),
        ("two\nlines", False),
        ("tab\t", False),
        (" Bakery", False),
        ("\u202eBakery", False),
    ],
)
def test_industry_is_offered_when_a_browser_sends_it_back_unchanged(name: str, good: bool) -> None:
    assert is_choosable(name) is good
