"""What somebody said on their pages counts while they are the admin, and what lets people in, while they can end it."""

from collections.abc import Mapping
from uuid import uuid4

from django.db.models import Q

from onboarding.engine.moves import refresh
from onboarding.gateway.endings import end_what_is_apart
from onboarding.models import (
    Acceptance,
    AttemptOutcome,
    Contact,
    Grant,
    Mfa,
    MfaState,
    Onboarding,
    Purpose,
    Scope,
    Step,
)
from onboarding.services.consent import ask_anew, end_own_sessions, end_people
from onboarding.services.contacts.people import fingerprint_of_email
from onboarding.services.ending import end_now
from onboarding.states import StepState
from onboarding.steps import REGISTRY
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock, masking
from portal.lib.actor import Actor

# Who BILL is told accepted.
PERSON = ("first_name", "last_name", "email")
NOTHING_CAME = (AttemptOutcome.NOT_SENT.value, AttemptOutcome.REFUSED.value)
# BILL's block, and how often BILL was asked, are the account's; all else is an admin's own phone and device.
KEPT = frozenset({"id", "tenant_id", "onboarding_id", "blocked_at", "looks"})


def end_permission(actor: Actor, onboarding: Onboarding, contact: Contact) -> bool:
    """Nobody logs in on the word of a contact who cannot take it back any more; their consent stays. Whether it was so.

    The caller holds the onboarding's row.
    """
    known = onboarding.grant
    if known is None or known.contact_id != contact.pk or known.scope != Scope.STAFF:
        return False
    end_people(actor, onboarding)
    return True


def forget_words(actor: Actor, onboarding: Onboarding, contact: Contact) -> None:
    """This person is not the admin: whoever is, is asked. The rows stay. The caller holds the onboarding's row.

    What BILL was told by then was told, and what it may have been told, too: the acceptance stays on record.
    """
    accepted, granted = onboarding.acceptance, onboarding.grant
    if accepted and accepted.contact_id == contact.pk and not _may_bill_know(onboarding):
        _forget_acceptance(actor, onboarding, accepted, "they are not the admin any more")
    if granted and granted.contact_id == contact.pk:
        onboarding.grant = None
        onboarding.save(update_fields=["grant"])
        told = {"given_by": masking.person(granted.given_by), "given_on": granted.given_on.isoformat()}
        _record(actor, Tag.GRANT_WITHDRAWN, granted, told)
        running = onboarding.sessions.filter(purpose=Purpose.STAFF.value, ended_at__isnull=True)
        end_now(actor, running, clock.now())
        end_own_sessions(onboarding)
        ask_anew(onboarding)
    elif granted and granted.contact_id is None and granted.recorded_at >= contact.created_at:
        # What staff attested in this one's place is not for the next admin, who decides on it.
        end_people(actor, onboarding)
    _forget_device(actor, onboarding)
    refresh(onboarding, REGISTRY)


def hold_to_the_person(actor: Actor, onboarding: Onboarding, step: Step, given: Mapping[str, str]) -> None:
    """The admin accepted for themselves, or for the user they were shown. For another one they are asked anew.

    What was sent before named the one before. The caller holds the onboarding's row, and is about to keep `given`.
    """
    accepted = onboarding.acceptance
    if step.key != "create_user" or accepted is None or accepted.contact is None:
        return
    if all(given.get(name, "") == step.input.get(name, "") for name in PERSON):
        return
    if not _is_themselves(accepted.contact, given):
        _forget_acceptance(actor, onboarding, accepted, "another user was entered")


def _is_themselves(contact: Contact, given: Mapping[str, str]) -> bool:
    """By name and mailbox: a mailbox may be that of a whole office."""
    name = f"{given.get('first_name', '')} {given.get('last_name', '')}"
    is_named = name.casefold().split() == contact.name.casefold().split()
    return is_named and fingerprint_of_email(given.get("email", "")) == bytes(contact.email_fingerprint)


def _forget_acceptance(actor: Actor, onboarding: Onboarding, accepted: Acceptance, reason: str) -> None:
    onboarding.acceptance = None
    onboarding.save(update_fields=["acceptance"])
    told = {
        "accepted_by": masking.person(accepted.accepted_by),
        "accepted_on": accepted.accepted_on.isoformat(),
        "reason": reason,
    }
    _record(actor, Tag.TERMS_WITHDRAWN, accepted, told)


def _forget_device(actor: Actor, onboarding: Onboarding) -> None:
    """What their phone made trusted is not the next admin's word. BILL keeps the phone: the next one is shown it."""
    mfa = Mfa.objects.select_for_update(of=("self",)).filter(onboarding=onboarding).first()
    if mfa is None or mfa.state in (MfaState.NONE, MfaState.NOT_USED):
        return
    was_trusted = mfa.is_trusted(clock.now())
    # Another device: an answer of BILL's to what they asked last is not taken any more.
    afresh = Mfa(device=uuid4().hex)
    for name in {one.attname for one in Mfa._meta.concrete_fields} - KEPT:
        setattr(mfa, name, getattr(afresh, name))
    mfa.save()
    # What was kept to see whether their last code was taken shows the next admin nothing.
    end_what_is_apart(onboarding)
    if was_trusted:
        record(
            actor=actor,
            tag=Tag.MFA_FORGOTTEN,
            onboarding=onboarding.pk,
            target=("mfa", str(mfa.pk)),
            fields={"reason": "its admin is not the admin any more"},
        )


def _may_bill_know(onboarding: Onboarding) -> bool:
    """Whether BILL was told of the acceptance, or may have been, or is just now."""
    told = Q(state__in=[StepState.DONE.value, StepState.UNKNOWN.value, StepState.RUNNING.value])
    users = Step.objects.filter(told | Q(lease_token__isnull=False), onboarding=onboarding, key="create_user")
    sent = onboarding.attempts.filter(operation="create_partner_user")
    return users.exists() or sent.exclude(outcome__in=NOTHING_CAME).exists()


def _record(actor: Actor, tag: Tag, word: Acceptance | Grant, told: dict[str, str]) -> None:
    target = ("contact", str(word.contact_id))
    record(
        actor=actor, tag=tag, onboarding=word.onboarding_id, target=target, fields={**told, "how": word.how}
    )
