"""An onboarding without an acceptance waits for one, and goes on when it is on record."""

import pytest
from django.urls import reverse

from onboarding.models import Onboarding
from onboarding.states import Status, StepState
from portal.tenants.roles import Role
from tests.factories import INPUTS
from tests.onboarding.imports.files import drive, row, rows_of, running, without_acceptance
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "create_user"
ACCEPTED = {name: str(text) for name, text in INPUTS[KEY].items() if name.startswith("accepted")}


@pytest.fixture
def waiting(world: World) -> Onboarding:
    import_ = running(world.one, [without_acceptance(row("create_user"))])
    drive(world.one)
    (begun,) = rows_of(world.one, import_)
    assert begun.onboarding is not None
    return begun.onboarding


def test_page_of_the_step_leads_to_the_acceptance(world: World, waiting: Onboarding) -> None:
    page = world.one.client().get(world.one.url(waiting, KEY)).content.decode()

    assert reverse("onboarding_acceptance", args=[waiting.pk]) in page
    assert "have not been accepted for this organization yet" in page


def test_recorded_acceptance_wakes_the_step(world: World, waiting: Onboarding) -> None:
    one = world.one
    assert (waiting.status, world.sent("create_partner_user")) == (Status.WAITING_ON_ADMIN, 0)

    answer = one.client().post(reverse("onboarding_acceptance", args=[waiting.pk]), ACCEPTED)
    world.drain()

    assert answer.status_code == 302
    assert (one.step(waiting, KEY).state, world.sent("create_partner_user")) == (StepState.DONE, 1)
    assert one.tags(waiting).count("terms.accepted") == 1


def test_incomplete_acceptance_is_not_recorded(world: World, waiting: Onboarding) -> None:
    one = world.one
    answer = one.client().post(reverse("onboarding_acceptance", args=[waiting.pk]), {"accepted_by": "Tom"})
    world.drain()

    assert (answer.status_code, one.fresh(waiting).acceptance_id) == (422, None)
    assert one.step(waiting, KEY).state == StepState.WAITING


def test_acceptance_recorded_twice_creates_one_user(world: World, waiting: Onboarding) -> None:
    one = world.one
    for _ in range(2):
        one.client().post(reverse("onboarding_acceptance", args=[waiting.pk]), ACCEPTED)
        world.drain()

    assert (world.sent("create_partner_user"), one.tags(waiting).count("terms.accepted")) == (1, 1)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR])
def test_acceptance_is_recorded_by_who_may_work_on_it(world: World, waiting: Onboarding, role: Role) -> None:
    answer = world.one.client(role).post(reverse("onboarding_acceptance", args=[waiting.pk]), ACCEPTED)

    assert (answer.status_code, world.one.fresh(waiting).acceptance_id) == (403, None)


def test_acceptance_for_another_tenants_onboarding_is_not_found(world: World, waiting: Onboarding) -> None:
    answer = world.two.client().post(reverse("onboarding_acceptance", args=[waiting.pk]), ACCEPTED)

    assert (answer.status_code, world.one.fresh(waiting).acceptance_id) == (404, None)
