"""Handing over, cancelling, and the organization's permission."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from onboarding.models import Grant, Onboarding
from onboarding.states import StepState
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.factories import INPUTS
from tests.onboarding.views.html import message, page
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)


def address(name: str, onboarding: Onboarding) -> str:
    return reverse(f"onboarding_{name}", args=[onboarding.pk])


def state(partner: Partner, onboarding: Onboarding, key: str) -> str:
    return partner.step(onboarding, key).state


def test_onboarding_is_handed_over_to_a_colleague(world: World) -> None:
    one = world.one
    onboarding, client = one.start(), one.client()

    response = client.post(address("owner", onboarding), {"to": str(one.staff[Role.OWNER].pk)}, follow=True)

    assert "Handed over to" in message(response)[0]
    assert one.fresh(onboarding).owner_id == one.staff[Role.OWNER].pk
    assert one.tags(onboarding)[-1] == "onboarding.handed_over"


def test_onboarding_goes_to_nobody_outside_the_team(world: World) -> None:
    one = world.one
    onboarding, client = one.start(), one.client()
    one.deactivate(Role.OWNER)
    choices = page(client.get(address("owner", onboarding))).all("option")

    idle = (one.staff[Role.OWNER].pk, one.staff[Role.VIEWER].pk, one.staff[Role.AUDITOR].pk)
    for to in (world.two.staff[Role.OPERATOR].pk, *idle, uuid4(), "", "nobody"):
        assert client.post(address("owner", onboarding), {"to": str(to)}).status_code == 422
    assert len(choices) == 2  # "Choose" and the operator: who is active and may work on onboardings
    assert one.fresh(onboarding).owner_id == one.staff[Role.OPERATOR].pk
    assert "onboarding.handed_over" not in one.tags(onboarding) + world.two.tags()


def test_onboarding_is_cancelled_with_a_reason(world: World) -> None:
    one = world.one
    onboarding, client = one.at("create_user"), one.client()
    asked = client.get(address("cancel", onboarding)).content.decode()
    refused = client.post(address("cancel", onboarding), {"reason": "no"})

    response = client.post(address("cancel", onboarding), {"reason": "The client left"}, follow=True)
    again = client.post(address("cancel", onboarding), {"reason": "The client left"}, follow=True)

    assert "At BILL: Organization." in asked
    assert refused.status_code == 422
    assert page(refused).error("reason")
    assert message(response) == ["The onboarding is cancelled. What exists at BILL stays there."]
    assert message(again) == ["This onboarding has ended already."]
    assert one.fresh(onboarding).status == "cancelled"
    assert one.tags(onboarding).count("onboarding.cancelled") == 1
    assert "Hand over" not in response.content.decode()


def test_onboarding_is_not_cancelled_while_its_outcome_is_unknown(world: World) -> None:
    one = world.one
    onboarding, client = one.at("create_organization"), one.client()
    world.simulator.arm("lose_reply", "create_organization")
    one.submit(onboarding, "create_organization")
    world.drain()
    assert state(one, onboarding, "create_organization") == StepState.UNKNOWN

    response = client.post(address("cancel", onboarding), {"reason": "The client left"}, follow=True)

    assert "Settle that first." in message(response)[0]
    assert one.fresh(onboarding).status == "unknown"
    world.drain_for(timedelta(minutes=2))
    assert state(one, onboarding, "create_organization") == StepState.DONE
    assert len(world.organizations()) == 1


def test_onboarding_is_not_cancelled_while_bill_is_asked(world: World) -> None:
    one = world.one
    onboarding, client = one.at("create_organization"), one.client()
    with acting_for(one.pk):
        one.step(onboarding, "create_organization")
        Onboarding.objects.get(pk=onboarding.pk).steps.filter(key="create_organization").update(
            state=StepState.RUNNING.value, lease_token=uuid4(), lease_until=onboarding.created_at
        )

    response = client.post(address("cancel", onboarding), {"reason": "The client left"}, follow=True)

    assert "BILL is being asked right now" in message(response)[0]
    assert "onboarding.cancelled" not in one.tags(onboarding)


def test_onboarding_whose_steps_have_all_ended_is_not_cancelled(world: World) -> None:
    one, client = world.one, world.one.client()
    onboarding = one.at("login_as_user", "Rice Cakes [hold]")
    theirs = world.two.at("login_as_user", "Rice Cakes [hold]")
    world.drain_for(timedelta(seconds=10))
    before = client.get(reverse("onboarding_step", args=[onboarding.pk, "login_as_user"]))
    asked = {"reason": "Check the set-up with the client", "minutes": "15"}
    client.post(address("login_as", onboarding), asked)
    world.drain()

    after = client.get(reverse("onboarding_step", args=[onboarding.pk, "login_as_user"]))
    answers = [
        client.post(address("cancel", onboarding), {"reason": "The client left"}, follow=True)
        for _ in range(2)
    ]
    world.simulator.decide(onboarding.bill_organization_id, "APPROVE")
    world.drain_for(timedelta(hours=1), every=timedelta(minutes=10))

    shown = [address("cancel", onboarding) in page.content.decode() for page in (before, after)]
    assert shown == [True, False]
    said = ["Every step has ended already: there is nothing left to cancel."]
    assert [message(answer) for answer in answers] == [said, said]
    assert "onboarding.cancelled" not in one.tags(onboarding)
    assert one.fresh(onboarding).status == "done"
    assert world.two.fresh(theirs).status == "waiting_on_admin"


def test_permission_is_recorded_once_for_one_word(world: World) -> None:
    one = world.one
    onboarding, client = one.at("create_user"), one.client()
    given = INPUTS["start_verification"]

    for _ in range(2):
        response = client.post(address("permission", onboarding), given, follow=True)
        assert message(response) == ["The organization's permission is on record."]

    with acting_for(one.pk):
        assert Grant.objects.filter(onboarding=onboarding).count() == 1
    assert one.tags(onboarding).count("grant.given") == 1
    wrong = client.post(address("permission", onboarding), {**given, "given_on": "2999-01-01"})
    assert wrong.status_code == 422
    assert "in the future" in page(wrong).error("given_on")


def test_refused_permission_ends_the_login_and_a_later_one_lets_it_go_on(world: World) -> None:
    one = world.one
    onboarding, client = one.at("start_verification"), one.client()
    given = INPUTS["start_verification"]

    client.post(address("permission", onboarding), {**given, "scope": "nothing"})
    assert state(one, onboarding, "login_as_user") == StepState.NOT_PERMITTED
    assert state(one, onboarding, "start_verification") == StepState.NOT_PERMITTED
    assert "grant.refused" in one.tags(onboarding)

    client.post(address("permission", onboarding), given)
    assert state(one, onboarding, "login_as_user") == StepState.NOT_STARTED
    assert state(one, onboarding, "start_verification") == StepState.READY
    world.drain()
    assert state(one, onboarding, "start_verification") == StepState.DONE
    assert world.two.tags(onboarding) == []
