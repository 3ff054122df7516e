"""A contact on a device: from the link, through a code that proves the mailbox, to the end of the visit."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.db import connection
from django.db.models import F

from onboarding.models import Contact, Invitation, Visit
from onboarding.models.contact import CODE_LASTS, MOST_TRIES, VISIT_LASTS
from onboarding.services.consent import locked_onboarding
from onboarding.services.contacts import mails
from onboarding.services.contacts.inviting import end_access
from onboarding.services.contacts.people import actor_of, is_of_staff
from onboarding.services.contacts.withdrawing import forget_words
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock, crypto, links
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for

NEXT_CODE_AFTER = timedelta(seconds=30)
MOST_CODES = 5


class LinkState(StrEnum):
    """What a link of ours is good for."""

    OPEN = "open"
    USED = "used"
    OVER = "over"  # expired, or another one was sent since
    ENDED = "ended"  # whoever it was for is not the admin any more


@dataclass(frozen=True)
class Link:
    """A link that we made."""

    tenant_id: UUID
    invitation: Invitation
    state: LinkState


class CodeResult(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"  # expired, or too many tries: another one is needed


def look(token: str) -> Link | None:
    """What this link is; None when we did not make it. To look uses nothing up: mail scanners do."""
    pk = links.id_in(mails.LINK, token)
    tenant_id = _tenant_of(pk) if pk else None
    if pk is None or tenant_id is None:
        return None
    with acting_for(tenant_id):
        invitation = Invitation.objects.select_related(
            "contact__onboarding__connection", "contact__tenant"
        ).get(pk=pk)
        if invitation.looked_at is None:
            Invitation.objects.filter(pk=pk, looked_at__isnull=True).update(looked_at=clock.now())
        return Link(tenant_id, invitation, _state_of(invitation))


def _tenant_of(invitation_id: UUID) -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_of_invitation(%s)", [invitation_id])
        found: UUID | None = cursor.fetchone()[0]
    return found


def _state_of(invitation: Invitation) -> LinkState:
    if not _may_come(invitation.contact):
        return LinkState.ENDED
    if invitation.used_at is not None:
        return LinkState.USED
    return LinkState.OPEN if invitation.is_open(clock.now()) else LinkState.OVER


def _may_come(contact: Contact) -> bool:
    """Nobody of the tenant's own staff: they may have become that since they were named."""
    return contact.may_come and not is_of_staff(contact.email)


def come(link: Link, *, ip: str, request_id: str, language: str = "") -> str | None:
    """Use the link up and begin a visit; the key for the device's cookie. None when somebody was first.

    Mails are in `language` from here on, unless somebody chose another.
    """
    with acting_for(link.tenant_id):
        now = clock.now()
        invitation = (
            Invitation.objects.select_for_update(of=("self",))
            .select_related("contact")
            .get(pk=link.invitation.pk)
        )
        if _state_of(invitation) is not LinkState.OPEN:
            return None
        invitation.used_at = now
        invitation.save(update_fields=["used_at"])
        if language and not invitation.contact.language:
            invitation.contact.language = language
            invitation.contact.save(update_fields=["language"])
        key = secrets.token_urlsafe(32)
        visit = Visit.objects.create(
            tenant_id=link.tenant_id,
            contact=invitation.contact,
            invitation=invitation,
            key_hash=hash_of(key),
            began_at=now,
            expires_at=now + VISIT_LASTS,
        )
        told = {"invitation": str(invitation.pk), "visit": str(visit.pk)}
        _tell(actor_of(invitation.contact, ip, request_id), Tag.CONTACT_CAME, visit, told)
        _send_code(visit)
    return key


def hash_of(key: str) -> bytes:
    """The key is long and random, so a plain hash keeps it."""
    return hashlib.sha256(key.encode()).digest()


def visit_of(key: str) -> tuple[UUID, UUID] | None:
    """Tenant and visit of a device's key, before any tenant is known; nothing is said about its being live."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant, visit FROM visit_of(%s)", [hash_of(key)])
        found: tuple[UUID, UUID] | None = cursor.fetchone()
    return found


def live_visit(visit_id: UUID) -> Visit | None:
    """The visit, if it still lasts. In the tenant's transaction."""
    related = ("contact__onboarding__connection", "contact__tenant")
    visit = Visit.objects.select_related(*related).filter(pk=visit_id).first()
    if visit is None or not visit.is_live(clock.now()) or not _may_come(visit.contact):
        return None
    return visit


def is_at_home(key: str, contact: Contact) -> bool:
    """Whether this device has this contact's pages open."""
    found = visit_of(key)
    if found is None or found[0] != contact.tenant_id:
        return False
    with acting_for(contact.tenant_id):
        visit = live_visit(found[1])
    return visit is not None and visit.contact_id == contact.pk


def send_code(visit: Visit) -> bool:
    """Another code, if the last one is not from a moment ago and there were not too many."""
    visit = Visit.objects.select_for_update(of=("self",)).select_related("contact").get(pk=visit.pk)
    soon = visit.code_sent_at is not None and visit.code_sent_at > clock.now() - NEXT_CODE_AFTER
    if soon or visit.codes_sent >= MOST_CODES or visit.confirmed_at:
        return False
    _send_code(visit)
    return True


def _send_code(visit: Visit) -> None:
    code = f"{secrets.randbelow(1_000_000):06d}"
    visit.code_hash = _hash_of_code(visit, code)
    visit.code_sent_at, visit.code_tries = clock.now(), 0
    visit.codes_sent += 1
    visit.save(update_fields=["code_hash", "code_sent_at", "code_tries", "codes_sent"])
    mails.write(visit.contact, "code", {"code": code})


def _hash_of_code(visit: Visit, code: str) -> bytes:
    return crypto.fingerprint(f"visit.{visit.pk}", code)


def confirm(visit: Visit, code: str, actor: Actor) -> CodeResult:
    """Check the code. Each try is counted before it is compared, so that many at once are many."""
    tried = Visit.objects.filter(pk=visit.pk, code_tries__lt=MOST_TRIES, code_hash__isnull=False)
    since = clock.now() - CODE_LASTS
    if not tried.filter(code_sent_at__gt=since).update(code_tries=F("code_tries") + 1):
        return CodeResult.OVER
    visit.refresh_from_db(fields=["code_hash", "code_tries"])
    # Digits of any script, with whatever somebody put between them.
    given = "".join(str(int(c)) for c in code if c.isdecimal())
    if not secrets.compare_digest(bytes(visit.code_hash or b""), _hash_of_code(visit, given)):
        left = MOST_TRIES - visit.code_tries
        _tell(actor, Tag.CONTACT_CODE_REFUSED, visit, {"visit": str(visit.pk), "left": left})
        return CodeResult.WRONG if left else CodeResult.OVER
    now = clock.now()
    Visit.objects.filter(pk=visit.pk).update(confirmed_at=now, code_hash=None)
    Contact.objects.filter(pk=visit.contact_id, confirmed_at__isnull=True).update(confirmed_at=now)
    _tell(actor, Tag.CONTACT_CONFIRMED, visit, {"visit": str(visit.pk)})
    return CodeResult.RIGHT


def decline(link: Link, *, ip: str, request_id: str) -> None:
    """ "It is not me": nothing is sent to this address any more, and the staff are told by the onboarding's page."""
    with acting_for(link.tenant_id):
        onboarding = locked_onboarding(link.invitation.contact.onboarding)
        contact = Contact.objects.select_for_update(of=("self",)).get(pk=link.invitation.contact_id)
        if contact.declined_at is None:
            actor = actor_of(contact, ip, request_id)
            contact.declined_at = clock.now()
            contact.save(update_fields=["declined_at"])
            end_access(contact)
            record(
                actor=actor,
                tag=Tag.CONTACT_DECLINED,
                onboarding=contact.onboarding_id,
                target=("contact", str(contact.pk)),
                fields={"invitation": str(link.invitation.pk)},
            )
            forget_words(actor, onboarding, contact)


def leave(visit: Visit, actor: Actor) -> None:
    """End the visit on this device."""
    if Visit.objects.filter(pk=visit.pk, ended_at__isnull=True).update(ended_at=clock.now()):
        _tell(actor, Tag.CONTACT_LEFT, visit, {"visit": str(visit.pk)})


def _tell(actor: Actor, tag: Tag, visit: Visit, fields: Mapping[str, str | int]) -> None:
    record(
        actor=actor,
        tag=tag,
        onboarding=visit.contact.onboarding_id,
        target=("contact", str(visit.contact_id)),
        fields=fields,
    )
