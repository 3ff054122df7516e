"""What the admin gets by mail, and how they come in with it."""

import re
from urllib.parse import urlsplit

from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from onboarding.models import Contact, Mail, Onboarding
from onboarding.services.contacts import inviting, mails
from onboarding.services.contacts.inviting import Invited, contact_of
from portal.lib import clock
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.world import Partner

ADMIN, ADDRESS = "Tomato Soupsmith", "tomato@rice.example"


def deliver(partner: Partner) -> list[EmailMessage]:
    """Send every mail of this partner that is due, as a worker would; what went out, oldest first."""
    before = len(mail.outbox)
    with acting_for(partner.pk):
        due = list(Mail.objects.filter(due_at__lte=clock.now()).order_by("made_at"))
    for one in due:
        mails.send(partner.pk, one.pk)
    return mail.outbox[before:]


def invite(
    partner: Partner, onboarding: Onboarding, name: str = ADMIN, email: str = ADDRESS, language: str = ""
) -> Contact:
    """Name this person as the organization's admin."""
    invited = inviting.name_contact(
        actor=partner.actor(Role.OWNER), onboarding=onboarding, name=name, email=email, language=language
    )
    assert isinstance(invited, Invited), invited
    return invited.contact


def link_in(message: EmailMessage) -> str:
    """The path of the link in a mail."""
    found = re.search(r"http\S+/company/link/\S+", str(message.body))
    assert found, message.body
    return urlsplit(found[0]).path


def code_in(message: EmailMessage) -> str:
    found = re.search(r"\b\d{6}\b", str(message.subject))
    assert found, message.subject
    return found[0]


def come(partner: Partner, **headers: str) -> Client:
    """Open the link that is due by mail on a device of its own, and confirm the mailbox."""
    client = Client(headers=headers)
    client.post(link_in(deliver(partner)[-1]))
    answer = client.post(reverse("contact_code"), {"code": code_in(deliver(partner)[-1])})
    assert answer.headers["Location"] == reverse("contact_home"), answer.status_code
    return client


def contact(partner: Partner, onboarding: Onboarding) -> Contact:
    """The admin as the database has them now."""
    with acting_for(partner.pk):
        found = contact_of(onboarding)
        assert found is not None
        return found
