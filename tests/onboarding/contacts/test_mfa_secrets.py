"""Tokens, phones and what makes a device remembered: in no log, attempt, audit entry or page."""

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from onboarding.models import MfaState
from portal.lib.tenancy import acting_for
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.phone import E164, admin_of, words
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
STRUCK = ("mfa_setup", "mfa_setup_validate", "mfa_challenge", "mfa_challenge_validate")


@pytest.mark.parametrize("fault", ["", "error_after", "truncate"])
def test_nothing_of_mfa_is_written_where_it_can_be_read(
    world: World, visit: Visiting, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    caplog.set_level(logging.DEBUG)
    one, admin = world.one, admin_of(world.one, visit)
    pages = [admin.look()]
    for operation in STRUCK if fault else ():
        world.simulator.arm(fault, operation)
    pages += [admin.press("contact_mfa"), admin.press("contact_mfa_phone", phone="(408) 555-0123")]
    for _ in range(12):
        if "Your account is secured" in words(admin.look()):
            break
        world.later(timedelta(seconds=31))
        shown = words(admin.look())
        asks = {
            "Look where things stand": ("contact_mfa", {}),
            "Which phone gets": ("contact_mfa_phone", {"phone": "(408) 555-0123"}),
            "Have BILL send a code": ("contact_mfa_challenge", {}),
            "Have another one sent": ("contact_mfa_again", {}),
        }
        press = next((does for said, does in asks.items() if said in shown), None)
        pages.append(admin.press(press[0], **press[1]) if press else admin.enter())
    row = admin.row
    assert row.state == MfaState.TRUSTED
    secrets = {str(row.remember_me_id), E164, E164[2:], "555-0123"}
    secrets |= {str(text["token"]) for text in admin.texts}
    staff = one.client()
    pages += [staff.get(reverse("onboarding", args=[admin.onboarding.pk])), staff.get(reverse("audit"))]

    written = [
        *(
            str(vars(record)) + record.getMessage()
            for record in caplog.records
            if record.name != "django.db.backends"
        ),
        *(str(vars(attempt)) for attempt in one.attempts(admin.onboarding)),
        *(entry.body for entry in one.entries()),
        *(page.content.decode() for page in pages),
        repr(row),
    ]

    for secret in secrets:
        assert not [text for text in written if secret in text], secret
    with acting_for(one.pk), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM onboarding_mfa")
        stored = str([bytes(v) if isinstance(v, memoryview) else v for v in cursor.fetchall()[0]])
    assert not [secret for secret in secrets if secret in stored]
