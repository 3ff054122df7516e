import html
from datetime import timedelta

import pytest
from django.urls import reverse

from onboarding.services.contacts.details import object_to
from onboarding.services.contacts.people import actor_of
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.views.rows import make_contact
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_people_typed_is_shown_as_they_typed_it(world: World) -> None:
    one, name = world.one, "HOLD step create_user APPROVE {reason}"
    onboarding = one.at("create_organization", name)

    audit = one.client(Role.OWNER).get(reverse("audit")).content.decode()

    assert f"Started the onboarding of {name}" in audit
    assert "“Partner login” is done" in audit
    assert "Called BILL, partner login: done" in audit
    assert str(onboarding.pk) in audit


def test_what_is_ours_is_worded_and_names_stay_as_they_are(world: World) -> None:
    """Names are made of the words that are looked for, so that nothing but the fields can have been filled."""
    one, two = world.one, world.two
    name = "(here) (by email) (invited) tax_id"
    onboarding = one.at("login_as_user", name)
    contact = make_contact(one, onboarding)
    with acting_for(one.pk):
        object_to(actor=actor_of(contact), contact=contact, item="tax_id", said="It is another one")
        words = {"accepted_by": "T. S.", "accepted_on": "2026-11-20", "how": "here"}
        record(actor=actor_of(contact), tag=Tag.TERMS_ACCEPTED, onboarding=onboarding.pk, fields=words)
    world.drain_for(timedelta(minutes=1))

    audit = html.unescape(one.client(Role.OWNER).get(reverse("audit")).content.decode())
    timeline = html.unescape(one.client().get(one.url(onboarding, "create_user")).content.decode())

    for text in (audit, timeline):
        assert "Said that “Tax id” is wrong" in text
        assert "accepted BILL's terms (on their own page here)" in text
        assert "accepted BILL's terms (by e-mail)" in text
        assert "Sent T. S. a link (an invitation)" in text
        assert "BILL's decision went from no decision yet to in progress" in text
        assert f"Started the onboarding of {name}" in text
    assert "Said that" not in two.client(Role.OWNER).get(reverse("audit")).content.decode()
