import pytest
from django.test import Client
from django.urls import reverse

from onboarding.models import Connection, Environment, Onboarding
from onboarding.states import StepState
from portal.lib.tenancy import acting_for
from tests.factories import INPUTS
from tests.onboarding.views.html import form_of, page
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "create_organization"


def typed(one: Partner, client: Client, onboarding: Onboarding, **more: str) -> dict[str, str]:
    return {**form_of(client.get(one.url(onboarding, KEY))), **INPUTS[KEY], **more}


def test_same_tax_id_is_asked_about_before_it_is_sent(world: World) -> None:
    one, client = world.one, world.one.client()
    first = one.at("create_user", "First Inc")
    second = one.at(KEY, "Second Inc")

    given = typed(one, client, second, name="Second Inc")
    asked = client.post(one.url(second, KEY), given)

    assert asked.status_code == 422
    assert reverse("onboarding", args=[first.pk]) in asked.content.decode()
    assert one.step(second, KEY).state == StepState.NOT_STARTED
    assert form_of(asked)["city"] == given["city"]
    assert client.post(one.url(second, KEY), {**given, "confirmed": "on"}).status_code == 302
    world.drain()
    assert len(world.organizations()) == 2


def test_same_name_in_other_letters_is_asked_about(world: World) -> None:
    one, client = world.one, world.one.client()
    one.at("create_user")
    second = one.at(KEY, "Other")

    asked = client.post(
        one.url(second, KEY), typed(one, client, second, name="RICE cakes inc", tax_id="123456789")
    )

    assert asked.status_code == 422


def test_company_of_another_tenant_is_not_told(world: World) -> None:
    two, client = world.two, world.two.client()
    world.one.at("create_user")
    theirs = two.at(KEY)

    assert client.post(two.url(theirs, KEY), typed(two, client, theirs)).status_code == 302


def test_production_is_asked_about_always(world: World) -> None:
    one, client = world.one, world.one.client()
    onboarding = one.at(KEY)
    with acting_for(one.pk):
        Connection.objects.update(environment=Environment.PRODUCTION.value)

    asked = client.post(one.url(onboarding, KEY), typed(one, client, onboarding))

    assert asked.status_code == 422
    assert "BILL itself" in page(asked).source


def test_onboarding_carries_the_name_that_was_sent(world: World) -> None:
    one, client = world.one, world.one.client()
    onboarding = one.at(KEY, "Typo Inc")

    client.post(one.url(onboarding, KEY), typed(one, client, onboarding, name="Right Inc"))

    assert one.fresh(onboarding).name == "Right Inc"
