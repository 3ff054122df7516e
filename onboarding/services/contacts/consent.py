"""The admin's own word, given on their pages: BILL's terms, the portal's sessions, and whether staff may log in."""

from dataclasses import dataclass
from datetime import date

from django.utils import formats

from onboarding.engine.moves import refresh
from onboarding.forms.wording import Wording, spoken_language, terms_version
from onboarding.models import Acceptance, BillSession, Contact, Grant, How, Onboarding, Purpose, Scope
from onboarding.services.consent import apply_grant, keep_acceptance, locked_onboarding, wake_waiting
from onboarding.services.contacts import mails
from onboarding.services.contacts.details import has_seen
from onboarding.services.contacts.people import may_come_still
from onboarding.services.contacts.tasks import has_agreed
from onboarding.states import Status
from onboarding.steps import REGISTRY
from portal.lib import clock
from portal.lib.actor import Actor


@dataclass(frozen=True)
class Permission:
    """Whether people of the partner may log in, until which day (none: until it is taken back), and with what."""

    allows: bool
    until: date | None = None
    device: bool = False

    @property
    def scope(self) -> str:
        return (Scope.STAFF if self.allows else Scope.VERIFICATION).value


def agree(*, actor: Actor, contact: Contact, accepts: Wording | None, consents: Wording | None) -> None:
    """Keep what the admin agreed to, and send a receipt. What is on record already stays as it is.

    Nothing is kept while they have not read what was entered: BILL is told that the user entered there accepted.
    """
    onboarding = locked_onboarding(contact.onboarding)
    if onboarding.status == Status.CANCELLED or not may_come_still(contact):
        return
    if not has_seen(contact, onboarding):
        return
    words = []
    if accepts and onboarding.acceptance is None:
        keep_acceptance(actor, onboarding, _acceptance(actor, contact, accepts))
        wake_waiting(onboarding, "create_user")
        words.append(accepts.text)
    if consents and not has_agreed(onboarding):
        given = _grant(actor, contact, Permission(allows=False), consents.text)
        given.with_terms = True
        apply_grant(actor, onboarding, given)
        words.append(consents.text)
    if words:
        refresh(onboarding, REGISTRY)
        _write(contact, "receipt", {"words": "\n\n".join(words)})


def _acceptance(actor: Actor, contact: Contact, words: Wording) -> Acceptance:
    return Acceptance(
        accepted_by=contact.name,
        accepted_on=clock.now().date(),
        how=How.HERE.value,
        contact=contact,
        ip=actor.ip or None,
        version=terms_version(),
        wording=words.text,
        language=spoken_language(),
    )


def _grant(actor: Actor, contact: Contact, permission: Permission, words: str) -> Grant:
    return Grant(
        scope=permission.scope,
        until=permission.until if permission.allows else None,
        device=permission.device and permission.allows,
        given_by=contact.name,
        given_on=clock.now().date(),
        how=How.HERE.value,
        contact=contact,
        ip=actor.ip or None,
        wording=words,
        language=spoken_language(),
    )


def decide(*, actor: Actor, contact: Contact, permission: Permission, words: str) -> None:
    """Keep whether people of the partner may log in; a session that rests on another word ends now.

    The same again changes nothing. Without the consent to the portal's own sessions, there is nothing to decide.
    After the end, it can still be taken back.
    """
    onboarding = locked_onboarding(contact.onboarding)
    known = onboarding.grant
    if known is None or not known.allows_system:
        return
    if onboarding.status == Status.CANCELLED and permission.allows:
        return
    if not may_come_still(contact):
        return
    given = _grant(actor, contact, permission, words)
    said = (given.scope, given.until, given.device, contact.pk, False)
    if (known.scope, known.until, known.device, known.contact_id, known.with_terms) == said:
        return
    apply_grant(actor, onboarding, given)
    last_day = formats.date_format(given.until, "DATE_FORMAT") if given.until else ""
    facts = {"last_day": last_day, "device": "yes" if given.device else ""}
    _write(contact, "permission", {"allows": "yes" if permission.allows else "", **facts})


def _write(contact: Contact, kind: str, facts: dict[str, str]) -> None:
    """In the language that was read, unless the admin has chosen another one for mails."""
    if not contact.language:
        contact.language = spoken_language()
        Contact.objects.filter(pk=contact.pk, language="").update(language=contact.language)
    day = formats.date_format(clock.now(), "DATE_FORMAT")
    mails.write(contact, kind, {"day": day, **facts})


def ended_with(onboarding: Onboarding) -> BillSession | None:
    """The session of a person that the permission that counts now has ended, if there was one."""
    grant = onboarding.grant
    if grant is None or grant.with_terms or grant.contact_id is None:
        return None
    cut = onboarding.sessions.filter(purpose=Purpose.STAFF.value, expires_at=grant.recorded_at)
    return cut.exclude(grant=grant).select_related("staff__person").first()
