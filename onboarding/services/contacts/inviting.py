"""Naming the organization's admin, and the links they are sent."""

from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet

from onboarding.engine import wake
from onboarding.engine.moves import move
from onboarding.models import Contact, Invitation, Mail, Onboarding, Step, Visit, Why
from onboarding.models.contact import LINK_LASTS
from onboarding.services.consent import locked_onboarding
from onboarding.services.contacts import mails
from onboarding.services.contacts.people import address_of, fingerprint_of_email, is_of_staff
from onboarding.services.contacts.withdrawing import end_permission, forget_words
from onboarding.services.onboardings import staff_of
from onboarding.states import StepState, WaitsFor
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock, masking
from portal.lib.actor import Actor, Kind
from portal.lib.tenancy import acting_for
from portal.tenants.models import Staff
from portal.tenants.roles import Role

# One mail with a link in this time; whoever presses twice has sent one.
NOT_AGAIN_WITHIN = timedelta(minutes=1)
# The steps that need the admin's word.
WAITERS = ("create_user", "start_verification")
OF_STAFF = "This is the address of one of your own staff. The admin has to be the organization's."
NAME_STAYS = "This person has confirmed their mailbox: the name stays as it is in what they agree to."


@dataclass(frozen=True)
class Invited:
    """The link is on its way."""

    contact: Contact


@dataclass(frozen=True)
class NotInvited:
    """Nothing was sent, and why; `field` is the form's field that it is about, if it is."""

    why: str
    field: str = ""


def contact_of(onboarding: Onboarding) -> Contact | None:
    """The admin that counts now."""
    return Contact.objects.filter(onboarding=onboarding, replaced_at__isnull=True).first()


def name_contact(
    *,
    actor: Actor,
    onboarding: Onboarding,
    name: str,
    email: str,
    language: str = "",
    entered_by: Staff | None = None,
) -> Invited | NotInvited:
    """Say who the organization's admin is, and send them a link. Another address needs the tenant's owner.

    `entered_by` is whose word it is when the portal itself acts.
    """
    with acting_for(actor.tenant_id):
        onboarding = locked_onboarding(onboarding)
        if onboarding.is_cancelled:
            return NotInvited("This onboarding was cancelled.")
        email = address_of(email)
        if why := _why_not_address(email):
            return NotInvited(why, "email")
        known = contact_of(onboarding)
        address = fingerprint_of_email(email)
        if known is not None and bytes(known.email_fingerprint) == address and known.declined_at is None:
            if known.confirmed_at is not None and known.name != name:
                return NotInvited(NAME_STAYS, "name")
            _rename(actor, known, name, language)
            return send_link(actor=actor, contact=known, why=Why.INVITED)
        if known is not None and actor.role != Role.OWNER:
            return NotInvited("Only an owner of your team may change the admin's e-mail address.", "email")
        contact = Contact(name=name, email=email, email_fingerprint=address, language=language)
        contact.created_by = entered_by or staff_of(actor)
        _replace(actor, onboarding, known, contact)
        _wait_for_them(onboarding)
        return send_link(actor=actor, contact=contact, why=Why.INVITED)


def _why_not_address(email: str) -> str:
    try:
        validate_email(email)
    except ValidationError:
        return "Enter a valid e-mail address."
    return OF_STAFF if is_of_staff(email) else ""


def _rename(actor: Actor, known: Contact, name: str, language: str) -> None:
    was, known.name, known.language = known.name, name, language
    known.save(update_fields=["name", "language"])
    if was != name:
        _tell_named(actor, known, was=masking.person(was))


def _replace(actor: Actor, onboarding: Onboarding, known: Contact | None, contact: Contact) -> None:
    if known is not None:
        end_access(known)
        known.replaced_at = clock.now()
        known.save(update_fields=["replaced_at"])
        forget_words(actor, onboarding, known)
    contact.tenant_id, contact.onboarding, contact.created_at = (
        onboarding.tenant_id,
        onboarding,
        clock.now(),
    )
    contact.save(force_insert=True)
    _tell_named(actor, contact, was=masking.email(known.email) if known else "")


def _tell_named(actor: Actor, contact: Contact, was: str) -> None:
    told = {"name": masking.person(contact.name), "email": masking.email(contact.email)}
    record(
        actor=actor,
        tag=Tag.CONTACT_NAMED,
        onboarding=contact.onboarding_id,
        target=("contact", str(contact.pk)),
        fields={**told, "was": was} if was else told,
    )


def send_link(*, actor: Actor, contact: Contact, why: Why) -> Invited | NotInvited:
    """A fresh link; the ones before it stop working."""
    with acting_for(contact.tenant_id):
        now = clock.now()
        contact = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
        if is_of_staff(contact.email):
            return NotInvited(OF_STAFF)
        # Only who says "invite them" lets somebody in again whose link was taken back.
        is_back = contact.revoked_at is not None and actor.kind is Kind.STAFF and why is Why.INVITED
        if is_back:
            contact.revoked_at = None
            contact.save(update_fields=["revoked_at"])
        if contact.revoked_at is not None:
            return NotInvited("Their link was taken back. Send a fresh link to let them in again.")
        if not contact.may_come:
            return NotInvited("This person said that they are not the organization's admin.")
        recent = Mail.objects.filter(
            contact=contact, invitation__isnull=False, made_at__gt=now - NOT_AGAIN_WITHIN
        )
        if recent.exists() and not is_back:
            return NotInvited("A link was sent less than a minute ago.")
        open_links(contact).update(revoked_at=now)
        by_staff = staff_of(actor) if actor.kind is Kind.STAFF else None
        invitation = Invitation.objects.create(
            tenant_id=contact.tenant_id,
            contact=contact,
            why=why.value,
            made_at=now,
            made_by=by_staff,
            expires_at=now + LINK_LASTS,
        )
        mails.write(contact, why.value, invitation=invitation)
        record(
            actor=actor,
            tag=Tag.CONTACT_INVITED,
            onboarding=contact.onboarding_id,
            target=("contact", str(contact.pk)),
            fields={
                "name": masking.person(contact.name),
                "why": why.value,
                "invitation": str(invitation.pk),
                "until": invitation.expires_at.isoformat(timespec="seconds"),
            },
        )
    return Invited(contact)


def waiters(onboarding: Onboarding, waits_for: WaitsFor) -> "QuerySet[Step]":
    """The steps that wait for the admin's word, or until somebody says who that is. The caller holds the row."""
    waiting = Step.objects.filter(onboarding=onboarding, key__in=WAITERS, state=StepState.WAITING.value)
    return waiting.filter(waits_for=waits_for.value, lease_token__isnull=True)


def _wait_for_them(onboarding: Onboarding) -> None:
    """Steps that waited until somebody is asked wait for this one now."""
    for step in waiters(onboarding, WaitsFor.STAFF):
        move(step, StepState.WAITING, due_at=clock.now())
        wake.when_due(step)


def open_links(contact: Contact) -> "QuerySet[Invitation]":
    return Invitation.objects.filter(contact=contact, used_at__isnull=True, revoked_at__isnull=True)


def end_access(contact: Contact) -> None:
    """No link opens anything any more, and no device shows anything."""
    now = clock.now()
    open_links(contact).update(revoked_at=now)
    Visit.objects.filter(contact=contact, ended_at__isnull=True).update(ended_at=now)


def revoke(*, actor: Actor, contact: Contact) -> bool:
    """Take back what was sent, and end every visit; only the staff can let this person in again.

    With it ends what they permitted people, for they cannot take it back any more. True when there was such a thing.
    """
    with acting_for(actor.tenant_id):
        onboarding = locked_onboarding(contact.onboarding)
        contact = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
        if contact.revoked_at is not None:
            return False
        contact.revoked_at = clock.now()
        contact.save(update_fields=["revoked_at"])
        end_access(contact)
        record(
            actor=actor,
            tag=Tag.CONTACT_REVOKED,
            onboarding=contact.onboarding_id,
            target=("contact", str(contact.pk)),
            fields={"name": masking.person(contact.name)},
        )
        return end_permission(actor, onboarding, contact)
