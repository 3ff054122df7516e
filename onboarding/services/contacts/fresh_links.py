"""The way back: a fresh link for whoever says their address, known or not."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from onboarding.engine import wake
from onboarding.models import Contact, Mail, Why
from onboarding.services.contacts import mails
from onboarding.services.contacts.inviting import NOT_AGAIN_WITHIN, Invited, open_links, send_link
from onboarding.services.contacts.people import actor_of, fingerprint_of_email
from portal.lib import clock
from portal.lib.places import alone_at
from portal.lib.tenancy import acting_for

DAY = timedelta(days=1)
# Mails that one address can be made to get in a day, by anybody who knows it.
MOST_IN_A_DAY = 3
# A stranger who asks must not void a link that its owner has only just got.
SAME_LINK_WITHIN = timedelta(minutes=10)


def ask(email: str, *, ip: str, request_id: str) -> None:
    """Leave it to a worker, so that the answer takes the same time whether or not we know the address.

    The broker gets the address's fingerprint alone. While it is away, the request does it.
    """
    address = fingerprint_of_email(email)
    if not wake.send_links(address.hex(), ip, request_id):
        send_links(address, ip=ip, request_id=request_id)


def send_links(address: bytes, *, ip: str, request_id: str) -> None:
    """Send links to the contacts with this address, in turn.

    One after the other for each address, so that many who ask at once are counted.
    """
    with alone_at(f"fresh links {address.hex()}"):
        left = MOST_IN_A_DAY - _asked_since(address, clock.now() - DAY)
        for tenant_id, contact_id in _in_turn(address):
            if left <= 0:
                return
            left -= _send(tenant_id, contact_id, ip, request_id)


def _asked_since(address: bytes, since: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT mails_asked(%s, %s)", [address, since])
        found: int = cursor.fetchone()[0]
    return found


def _in_turn(address: bytes) -> list[tuple[UUID, UUID]]:
    """Tenants and contacts: who has asked least recently first, and of those who never did, the newest."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant, contact FROM contacts_of(%s)", [address])
        found: list[tuple[UUID, UUID]] = cursor.fetchall()
    return found


def _send(tenant_id: UUID, contact_id: UUID, ip: str, request_id: str) -> bool:
    """Send the link that is on its way once more if it is a young one, otherwise another."""
    with acting_for(tenant_id):
        now = clock.now()
        contact = Contact.objects.select_for_update(of=("self",)).get(pk=contact_id)
        young = open_links(contact).filter(made_at__gt=now - SAME_LINK_WITHIN, expires_at__gt=now)
        link = young.order_by("made_at").last()
        if link is None or not contact.may_come:
            actor = actor_of(contact, ip, request_id)
            return isinstance(send_link(actor=actor, contact=contact, why=Why.ASKED), Invited)
        if Mail.objects.filter(
            contact=contact, invitation__isnull=False, made_at__gt=now - NOT_AGAIN_WITHIN
        ).exists():
            return False
        mails.write(contact, Why.ASKED.value, invitation=link)
        return True
