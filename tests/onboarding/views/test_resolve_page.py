"""The page on which a person decides what the portal cannot."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.engine.timing import QUIET_PERIOD
from onboarding.models import Onboarding
from onboarding.states import Status, StepState
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.factories import INPUTS
from tests.onboarding.executors import drive_step
from tests.onboarding.simulator.partner import Partner as Program
from tests.onboarding.steps.sent_organizations import create_by_hand
from tests.onboarding.views.html import message, page
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "create_organization"


@pytest.fixture
def program(world: World) -> Iterator[Program]:
    """The first partner's own program, which calls BILL past the portal."""
    with closing(Program(world.simulator.api_url)) as made:
        yield made


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
        "give_up",
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

    shown = {"seen": world.organizations()}
    world.one.client().post(url, {"choice": "send_again", "reason": "It is another company", **shown})
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
    assert "Choose what is to be done." in nothing.content.decode()
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


def unknown(world: World) -> tuple[Onboarding, str]:
    """A create that never took effect, and nobody knows."""
    onboarding = world.one.at(KEY)
    world.simulator.arm("cut_before", KEY)
    world.one.submit(onboarding, KEY)
    world.drain()
    assert world.one.step(onboarding, KEY).state == StepState.UNKNOWN
    return onboarding, world.one.url(onboarding, KEY, "onboarding_resolve")


def test_step_that_the_portal_still_looks_for_can_be_decided_now(world: World) -> None:
    onboarding, url = unknown(world)
    client = world.one.client()

    assert url in client.get(world.one.url(onboarding, KEY)).content.decode()
    shown = client.get(url)
    assert "Decide without BILL's answer" in shown.content.decode().replace("&#x27;", "'")
    assert "disabled" in page(shown).named("choice").attributes
    refused = client.post(url, {"choice": "send_again", "reason": "It cannot be there"}, follow=True)

    (why,) = message(refused)
    assert "It can be sent again from" in why
    assert "step.resolved" not in world.one.tags(onboarding)
    world.later(QUIET_PERIOD)
    world.simulator.arm("error_before", "list_partner_organizations", times=3)
    world.drain()
    client.post(url, {"choice": "send_again", "reason": "It cannot be there"})
    world.drain_for(timedelta(minutes=2))
    assert len(world.organizations()) == 1


def test_giving_up_cancels_and_says_what_may_be_there(world: World) -> None:
    onboarding, url = undecided(world)
    client = world.one.client()

    client.post(url, {"choice": "give_up", "reason": "The client has left"})
    again = client.post(url, {"choice": "give_up", "reason": "Pressed twice"})

    assert world.one.fresh(onboarding).status == Status.CANCELLED
    assert world.one.tags(onboarding).count("onboarding.cancelled") == 1
    assert again.status_code == 302
    shown = client.get(world.one.url(onboarding, KEY)).content.decode()
    assert "It may exist at BILL all the same" in shown
    assert "The client has left" in shown
    world.drain_for(timedelta(minutes=4))
    assert len(world.organizations()) == 1


def test_candidate_that_another_onboarding_took_meanwhile_is_not_offered(world: World) -> None:
    onboarding, url = undecided(world)
    (found,) = world.organizations()
    other = world.one.start("Another Inc")
    with acting_for(world.one.pk):
        Onboarding.objects.filter(pk=other.pk).update(bill_organization_id=found)
    client = world.one.client()

    shown = client.get(url)
    assert reverse("onboarding", args=[other.pk]) in shown.content.decode()
    radios = [t.attributes["value"] for t in page(shown).all("input") if t.attributes.get("type") == "radio"]
    assert radios == ["send_again", "give_up"]
    refused = client.post(url, {"choice": found, "reason": "I do not look"}, follow=True)
    assert message(refused) == ["Another onboarding holds this one already."]
    assert world.one.fresh(onboarding).bill_organization_id == ""


def test_every_field_is_compared_in_words(world: World) -> None:
    world.simulator.change_settings(tax_id_shown="last four")
    onboarding, url = undecided(world)
    with acting_for(world.one.pk):
        step = world.one.step(onboarding, KEY)
        step.input = {**step.input, "phone": "4155550000"}
        step.save(update_fields=["input"])

    shown = world.one.client().get(url).content.decode()

    for label in (
        "Company name",
        "Street address",
        "ZIP code",
        "Company phone",
        "Tax id",
        "Owner&#x27;s name",
    ):
        assert label in shown
    assert shown.count('class="differs"') == 1
    assert "•••• 8777" in shown
    assert "999888777" not in shown
    assert "BILL does not say. First seen" in shown


def test_time_of_a_candidate_stands_against_that_of_the_attempt(world: World, program: Program) -> None:
    one = world.one
    onboarding = one.at(KEY)
    world.simulator.arm("lose_reply", KEY)
    one.submit(onboarding, KEY)
    drive_step(one, onboarding, KEY)
    world.simulator.clock.advance(timedelta(seconds=30))
    create_by_hand(program)
    world.drain_for(timedelta(seconds=40))

    shown = one.client().get(one.url(onboarding, KEY, "onboarding_resolve")).content.decode()
    assert "as we sent it first" in shown
    assert "s after we sent it first" in shown


def test_user_that_cannot_be_told_apart_is_decided_by_a_person(world: World, program: Program) -> None:
    one = world.one
    world.simulator.change_settings(username_shown=False, external_reference_shown=False)
    onboarding = one.at("create_user")
    program.create_user(
        onboarding.bill_organization_id, username="bob1", email=INPUTS["create_user"]["email"]
    )
    world.simulator.arm("lose_reply", "create_partner_user")
    one.submit(onboarding, "create_user")
    world.drain_for(timedelta(seconds=10))
    step, url = one.step(onboarding, "create_user"), one.url(onboarding, "create_user", "onboarding_resolve")
    assert (step.state, step.waits_for) == (StepState.UNKNOWN, "staff")
    ours = world.simulator.users[-1].id

    client = one.client()
    assert ours in client.get(url).content.decode()
    client.post(url, {"choice": ours, "reason": "By its time"})

    assert one.fresh(onboarding).bill_user_id == ours
    assert one.fresh(onboarding).current_step == "add_risk_phone"


def test_list_that_is_too_long_is_sent_again_by_a_persons_word(
    world: World, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onboarding.gateway.scans.MOST_PAGES", 1)
    for number in range(150):
        program.create(f"Another {number}")
    onboarding, url = unknown(world)
    world.drain_for(timedelta(minutes=4))
    assert world.one.step(onboarding, KEY).waits_for == "staff"
    client = world.one.client()
    assert "Nothing that the portal could see" in client.get(world.one.url(onboarding, KEY)).content.decode()

    client.post(url, {"choice": "send_again", "reason": "I looked in BILL myself"})
    world.drain_for(timedelta(minutes=1))

    assert world.organizations("Rice Cakes Inc") == [world.one.fresh(onboarding).bill_organization_id]
