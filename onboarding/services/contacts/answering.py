"""Answers of the staff to what an admin said is wrong."""

from onboarding.models import Objection, Why
from onboarding.services.contacts.inviting import contact_of, send_link
from onboarding.services.onboardings import staff_of
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for


def answer(*, actor: Actor, objection: Objection, text: str) -> bool:
    """Keep the first answer, and tell the admin; False when a colleague was faster."""
    with acting_for(actor.tenant_id):
        found = Objection.objects.select_for_update(of=("self",)).get(pk=objection.pk)
        if found.answered_at is not None:
            return False
        found.answer, found.answered_at, found.answered_by = text, clock.now(), staff_of(actor)
        found.save(update_fields=["answer", "answered_at", "answered_by"])
        record(
            actor=actor,
            tag=Tag.CONTACT_ANSWERED,
            onboarding=found.onboarding_id,
            target=("objection", str(found.pk)),
            fields={"item": found.item, "objection": str(found.pk)},
        )
        contact = contact_of(found.onboarding)
        # An answer lets nobody in again whose link was taken back.
        if contact is not None and contact.pk == found.contact_id and contact.may_come:
            send_link(actor=actor, contact=contact, why=Why.ANSWERED)
    return True
