"""One admin who presses without end takes nothing from the tenant's other admins."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django import Settings

from onboarding.models import MfaState, Scope
from onboarding.services.contacts.mfa_standing import MOST_LOOKS, MOST_TEXTS, NEXT_LOOK_AFTER
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.phone import NUMBER, Admin, admin_of, words
from tests.onboarding.views.rows import make_grant
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
PHONE, MFA = reverse("contact_mfa_phone"), reverse("contact_mfa")


def neighbour_of(partner: Partner, visit: Visiting) -> Admin:
    """The admin of another organization of the same tenant."""
    onboarding = partner.at("add_risk_phone", "Neighbour Noodles")
    make_grant(partner, onboarding, Scope.VERIFICATION)
    return Admin(partner, onboarding, visit(partner, onboarding, email="neighbour@noodles.example"))


def test_numbers_that_bill_refuses_wait_and_are_counted(
    world: World, visit: Visiting, settings: Settings
) -> None:
    settings.BILL_LIMITS = {**settings.BILL_LIMITS, "messages": 5}
    admin, neighbour, other = (
        admin_of(world.one, visit),
        neighbour_of(world.one, visit),
        admin_of(world.two, visit),
    )
    for one in (admin, neighbour, other):
        one.press("contact_mfa")
    world.simulator.change_settings(mfa_phone_formats="ten digits")

    answers = []
    for _ in range(6):
        answers += [admin.client.post(PHONE, {"phone": NUMBER}) for _ in range(7)]
        world.later(timedelta(seconds=31))

    assert world.sent("mfa_setup") == MOST_TEXTS["mfa_setup"]
    assert [answer.status_code for answer in answers[:3]] == [422, 429, 429]
    assert "BILL was asked a moment ago. You can ask again in" in words(answers[1])
    assert "Many codes were asked for in this hour" in words(answers[-1])
    world.simulator.change_settings(mfa_phone_formats="E.164")
    for one in (neighbour, other):
        one.press("contact_mfa_phone", phone=NUMBER)
        assert one.row.state == MfaState.SETUP
    world.later(timedelta(hours=1))
    admin.press("contact_mfa_phone", phone=NUMBER)
    assert admin.row.state == MfaState.SETUP


def test_presses_for_a_look_reach_bill_once_in_ten_seconds(world: World, visit: Visiting) -> None:
    admin, other = admin_of(world.one, visit), admin_of(world.two, visit)
    first = admin.client.post(MFA)
    before = len(world.simulator.calls)

    answers = [admin.client.post(MFA) for _ in range(5)]

    assert (first.status_code, {answer.status_code for answer in answers}) == (302, {429})
    assert "Which phone gets BILL’s codes?" in words(answers[-1])
    assert "You can ask again in" in words(answers[-1])
    assert len(world.simulator.calls) == before
    assert other.client.post(MFA).status_code == 302
    world.later(NEXT_LOOK_AFTER)
    assert admin.client.post(MFA).status_code == 302


def test_looks_of_an_hour_end_and_come_back(world: World, visit: Visiting) -> None:
    admin, other = admin_of(world.one, visit), admin_of(world.two, visit)

    codes = []
    for _ in range(MOST_LOOKS + 2):
        codes.append(admin.client.post(MFA).status_code)
        world.later(NEXT_LOOK_AFTER)
    shown = admin.client.post(MFA)

    assert codes == [302] * MOST_LOOKS + [429] * 2
    assert "BILL was asked many times in this hour. You can ask again in" in words(shown)
    assert len(admin.row.looks) == MOST_LOOKS
    assert other.client.post(MFA).status_code == 302
    world.later(timedelta(hours=1))
    assert admin.client.post(MFA).status_code == 302


def test_look_that_fails_counts_as_well(world: World, visit: Visiting) -> None:
    admin, other = admin_of(world.one, visit), admin_of(world.two, visit)
    world.simulator.arm("error_before", "list_mfa_phones")

    codes = [admin.client.post(MFA).status_code for _ in range(3)]

    assert codes == [503, 429, 429]
    assert other.client.post(MFA).status_code == 302
