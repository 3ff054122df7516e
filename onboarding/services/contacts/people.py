"""Who the organization's admin is, as actors and as text."""

from onboarding.models import Contact
from portal.lib import crypto, masking
from portal.lib.actor import Actor, Kind

EMAIL = "contact.email"


def fingerprint_of_email(email: str) -> bytes:
    """Equal for spellings that differ in case or spaces around them."""
    return crypto.fingerprint(EMAIL, email.strip().casefold())


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
