"""What was never checked is never sent, and nobody logs in for somebody else."""

from datetime import timedelta

import pytest
from django.urls import reverse

from onboarding.models import BillSession, Step
from onboarding.services.login_as import request_login_as
from onboarding.services.steps import NotReady, Page, retry, save_draft
from onboarding.states import StepState
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.factories import INPUTS
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
CREATE, LOGIN = "create_organization", "login_as_user"


def sessions(world: World) -> int:
    with acting_for(world.one.pk):
        return BillSession.objects.filter(purpose="staff").count()


def test_retry_sends_what_was_submitted_and_no_draft(world: World) -> None:
    one = world.one
    onboarding = one.at(CREATE)
    world.simulator.arm("error_before", CREATE, status=422)
    one.submit(onboarding, CREATE)
    world.drain()
    step = one.step(onboarding, CREATE)
    assert step.state == StepState.REFUSED

    save_draft(
        actor=one.actor(), step=step, page=Page("x", step.version), values={**INPUTS[CREATE], "zip": "nope"}
    )
    retry(actor=one.actor(), step=one.step(onboarding, CREATE))
    world.drain()

    (organization,) = world.simulator.organizations
    assert organization.body["address"]["zipOrPostalCode"] == INPUTS[CREATE]["zip"]


def test_login_is_neither_drafted_nor_retried(world: World) -> None:
    one = world.one
    onboarding = one.at(LOGIN)
    with acting_for(one.pk):
        Step.objects.filter(onboarding=onboarding, key=LOGIN).update(state=StepState.REFUSED.value)
    draft = reverse("onboarding_draft", args=[onboarding.pk, LOGIN])

    assert one.client().post(draft, {"version": "0", "minutes": "100000"}).status_code == 404
    assert isinstance(retry(actor=one.actor(), step=one.step(onboarding, LOGIN)), NotReady)


@pytest.mark.parametrize("given", [{"minutes": "100000"}, {"reason": "  "}, {"minutes": ""}])
def test_login_without_reason_or_limit_is_refused_by_the_step_itself(
    world: World, given: dict[str, str]
) -> None:
    one = world.one
    onboarding = one.at(LOGIN)
    asked = {"reason": "Look with the client", "minutes": "5", **given}

    request_login_as(actor=one.actor(), onboarding=onboarding, **asked)
    world.drain()

    assert (one.step(onboarding, LOGIN).state, sessions(world)) == (StepState.REFUSED, 0)


def test_login_asked_for_by_somebody_who_is_gone_is_not_carried_out(world: World) -> None:
    one = world.one
    onboarding = one.at(LOGIN)
    request_login_as(actor=one.actor(), onboarding=onboarding, reason="Look with the client", minutes="5")
    one.deactivate(Role.OPERATOR)
    world.drain()

    assert (one.step(onboarding, LOGIN).state, sessions(world)) == (StepState.REFUSED, 0)


def test_login_asked_for_long_ago_is_not_carried_out(world: World) -> None:
    one = world.one
    onboarding = one.at(LOGIN)
    request_login_as(actor=one.actor(), onboarding=onboarding, reason="Look with the client", minutes="5")
    world.later(timedelta(minutes=6))
    world.drain()

    assert (one.step(onboarding, LOGIN).state, sessions(world)) == (StepState.REFUSED, 0)
