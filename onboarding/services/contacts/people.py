"""Who the organization's admin is, as actors and as text."""

import unicodedata

from django.utils.encoding import punycode

from onboarding.models import Contact
from portal.lib import crypto, masking
from portal.lib.actor import Actor, Kind
from portal.tenants.models import Staff

EMAIL = "contact.email"


def may_come_still(contact: Contact) -> bool:
    """As it is now: they may have been replaced since their page was asked for."""
    return Contact.objects.get(pk=contact.pk).may_come


def address_of(email: str) -> str:
    """One spelling for one mailbox: plain letters for their look-alikes, and the domain as mail servers know it."""
    name, at, domain = unicodedata.normalize("NFKC", email.strip()).rpartition("@")
    return f"{name}{at}{_host(domain.casefold())}"


def _host(domain: str) -> str:
    try:
        return punycode(domain).encode().decode("idna")
    except UnicodeError:
        # No name of a host: what it is, is said by whoever checks the address.
        return domain


def fingerprint_of_email(email: str) -> bytes:
    """Equal for all spellings of one mailbox."""
    return crypto.fingerprint(EMAIL, address_of(email).casefold())


def is_of_staff(email: str) -> bool:
    """Whether it is the address of one of the tenant's own staff. In the tenant's transaction."""
    mailbox = _mailbox(email)
    known = Staff.objects.values_list("person__email", flat=True)
    return any(_mailbox(one) == mailbox for one in known)


def _mailbox(email: str) -> str:
    """The address less its tag: mail for ada+bill@ arrives at ada@ (RFC 5233)."""
    name, _, domain = address_of(email).casefold().rpartition("@")
    return f"{name.partition('+')[0] or name}@{domain}"


def mark_of(contact: Contact) -> str:
    """For every form of their pages: a form of another company's page, in another tab, is not taken for this one's."""
    return crypto.fingerprint("contact.page", contact.pk.hex).hex()


def actor_of(contact: Contact, ip: str = "", request_id: str = "") -> Actor:
    """The contact as the audit log names them: by initials, as everybody who is not of the staff."""
    return Actor(
        kind=Kind.CONTACT,
        tenant_id=contact.tenant_id,
        name=f"the admin ({masking.person(contact.name)})",
        role="admin",
        ip=ip,
        request_id=request_id,
    )
