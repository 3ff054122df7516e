"""An admin who has agreed to the terms and decides on people, and staff who then log in."""

from django.test import Client
from django.urls import reverse

from onboarding.models import BillSession, Grant, Onboarding, Purpose
from portal.lib.tenancy import acting_for
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.mailbox import ADDRESS
from tests.onboarding.contacts.pages import agree
from tests.onboarding.views.html import form_of, page
from tests.world import Partner, World

REASON = {"reason": "Check the set-up with the client", "minutes": "15"}


def agreed(
    world: World, visit: Visiting, partner: Partner, key: str = "login_as_user"
) -> tuple[Onboarding, Client]:
    """An onboarding at this step, on the word of its admin alone, who is about to decide on people."""
    onboarding = partner.at("create_user")
    admin = visit(partner, onboarding)
    agree(admin)
    for step, values in (
        (
            "create_user",
            {"by_admin": "on", "first_name": "Tomato", "last_name": "Soupsmith", "email": ADDRESS},
        ),
        ("add_risk_phone", {"phone": "4085550199", "phone_type": "MOBILE"}),
        ("start_verification", {}),
    ):
        if step == key:
            break
        url = partner.url(onboarding, step)
        answer = partner.client().post(url, {**form_of(partner.client().get(url)), **values})
        assert answer.status_code == 302, page(answer).source
        world.drain()
    return partner.fresh(onboarding), admin


def grant_of(partner: Partner, onboarding: Onboarding) -> Grant:
    with acting_for(partner.pk):
        found = Onboarding.objects.select_related("grant").get(pk=onboarding.pk).grant
        assert found is not None
        return found


def log_in(world: World, partner: Partner, onboarding: Onboarding) -> BillSession | None:
    partner.client().post(reverse("onboarding_login_as", args=[onboarding.pk]), REASON)
    world.drain()
    with acting_for(partner.pk):
        opened = BillSession.objects.filter(
            onboarding=onboarding, purpose=Purpose.STAFF.value, opened_at__isnull=False
        )
        return opened.order_by("-opened_at").first()


def session_of(partner: Partner, session: BillSession) -> BillSession:
    with acting_for(partner.pk):
        return BillSession.objects.get(pk=session.pk)
