"""Reminders for admins who have something left to do: two, on the second and the fifth day after a link."""

from datetime import timedelta
from uuid import UUID

from django.db import connection

from onboarding.models import Contact, Why
from onboarding.services.contacts.inviting import Invited, send_link
from onboarding.services.contacts.tasks import tasks_of
from portal.lib import clock
from portal.lib.actor import system
from portal.lib.tenancy import acting_for

AFTER = (timedelta(days=2), timedelta(days=5))


def remind_all() -> int:
    """Remind whoever is due, of every tenant; how many."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tenant, contact FROM contacts_to_remind(%s, %s)", [now - after for after in AFTER]
        )
        found = cursor.fetchall()
    return sum(_remind(tenant_id, contact_id) for tenant_id, contact_id in found)


def _remind(tenant_id: UUID, contact_id: UUID) -> bool:
    with acting_for(tenant_id):
        contact = Contact.objects.select_related("onboarding__grant").get(pk=contact_id)
        if tasks_of(contact, contact.onboarding).first_open is None:
            return False
        return isinstance(send_link(actor=system(tenant_id), contact=contact, why=Why.REMINDED), Invited)
