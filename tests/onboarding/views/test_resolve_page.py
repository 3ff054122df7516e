"""The page on which a person decides what the portal cannot."""

from datetime import timedelta

import pytest
from django.test import Client

from onboarding.models import Onboarding
from onboarding.states import StepState
from portal.tenants.roles import Role
from tests.onboarding.views.html import message, page
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "create_organization"


def undecided(world: World) -> tuple[Onboarding, str]:
    """A lost answer, at a BILL that does not tell when an organization was created."""
    world.simulator.change_settings(times_shown=False)
    onboarding = world.one.at(KEY)
    world.simulator.arm("lose_reply", KEY)
    world.one.submit(onboarding, KEY)
    world.drain_for(timedelta(minutes=2))
    step = world.one.step(onboarding, KEY)
    assert (step.state, step.waits_for) == (StepState.UNKNOWN, "staff")
    return onboarding, world.one.url(onboarding, KEY, "onboarding_resolve")


def sees_comparison(client: Client, url: str) -> bool:
    return "Which one is ours?" in client.get(url).content.decode()


def test_candidates_stand_beside_what_was_sent(world: World) -> None:
    _, url = undecided(world)
    found = world.organizations()[0]

    shown = world.one.client().get(url)

    assert found in shown.content.decode()
    assert "Rice Cakes Inc" in shown.content.decode()
    assert "same" in shown.content.decode()
    assert [
        t.attributes["value"] for t in page(shown).all("input") if t.attributes.get("type") == "radio"
    ] == [
        found,
        "send_again",
    ]
    assert "999888777" not in shown.content.decode()


def test_chosen_candidate_is_adopted(world: World) -> None:
    onboarding, url = undecided(world)
    found, client = world.organizations()[0], world.one.client()

    client.post(url, {"choice": found, "reason": "Same address and day"})
    world.drain()
    again = client.post(url, {"choice": "send_again", "reason": "Pressed twice"})

    assert world.one.fresh(onboarding).bill_organization_id == found
    assert world.one.step(onboarding, KEY).state == StepState.DONE
    assert world.organizations() == [found]
    assert again.status_code == 302
    assert world.one.tags(onboarding).count("step.resolved") == 1
    assert not sees_comparison(client, url)


def test_none_of_them_sends_again(world: World) -> None:
    onboarding, url = undecided(world)

    world.one.client().post(url, {"choice": "send_again", "reason": "It is another company"})
    world.drain()

    assert len(world.organizations()) == 2
    assert world.one.fresh(onboarding).bill_organization_id in world.organizations()


def test_decision_needs_a_choice_that_was_offered_and_a_reason(world: World) -> None:
    onboarding, url = undecided(world)
    client, found = world.one.client(), world.organizations()[0]

    nothing = client.post(url, {"reason": "I like none"})
    no_reason = client.post(url, {"choice": found, "reason": ""})
    made_up = client.post(url, {"choice": "008MADEUP", "reason": "I know better"}, follow=True)

    assert nothing.status_code == no_reason.status_code == 422
    assert "Choose one of the candidates, or that none" in nothing.content.decode()
    assert page(no_reason).error("reason")
    assert message(made_up) == ["Choose one of the candidates."]
    assert world.one.fresh(onboarding).bill_organization_id == ""
    assert "step.resolved" not in world.one.tags(onboarding)


def test_only_those_who_work_decide(world: World) -> None:
    onboarding, url = undecided(world)
    step_url = world.one.url(onboarding, KEY)

    for role, may_decide in ((Role.OWNER, True), (Role.VIEWER, False), (Role.AUDITOR, False)):
        client = world.one.client(role)
        assert (client.get(url).status_code == 200) is may_decide
        assert ("Compare and decide" in client.get(step_url).content.decode()) is may_decide
    assert world.two.client(Role.OWNER).get(url).status_code == 404


def test_page_with_nothing_to_decide_leads_back(world: World) -> None:
    onboarding = world.one.at(KEY)
    client = world.one.client()

    response = client.get(world.one.url(onboarding, KEY, "onboarding_resolve"))

    assert response["Location"] == world.one.url(onboarding, KEY)
