"""What the organization's admin was sent, how far they came, and what they said: one question to the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery

from onboarding.models import Contact, Invitation, Mail, Mfa, Objection, Onboarding, Visit, Why
from onboarding.services.attesting import said_by
from onboarding.services.contacts.mails import NOT_NEEDED
from portal.lib import clock


@dataclass(frozen=True)
class Unsent:
    """A mail that could not be sent."""

    problem: str
    tries: int
    next_at: datetime | None


@dataclass(frozen=True)
class Said:
    """ "This is wrong", waiting for an answer."""

    pk: UUID
    item: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Standing:
    """The admin that counts now, their newest link, and all that is waited for."""

    contact: Contact
    invitation: Invitation
    since: datetime
    came_at: datetime | None
    reminders: int
    unsent: Unsent | None
    said: list[Said]
    mfa: Mfa | None
    has_spoken: bool  # on pages of their own, about who may log in

    @property
    def link_is_open(self) -> bool:
        return self.contact.may_come and self.invitation.is_open(clock.now())

    @property
    def is_asked(self) -> bool:
        """Whether they can come in by what they were sent."""
        return self.contact.may_come and (self.invitation.used_at is not None or self.link_is_open)

    @property
    def is_trusted(self) -> bool:
        return self.mfa is not None and self.mfa.is_trusted(clock.now())


def standing_of(onboarding: Onboarding) -> Standing | None:
    """None while no admin is named."""
    sent = Invitation.objects.filter(contact=OuterRef("contact")).order_by().values("contact")
    mail = _unsent().filter(contact=OuterRef("contact"))
    mfa = Mfa.objects.filter(onboarding=OuterRef("contact__onboarding"))
    said = Objection.objects.filter(onboarding=OuterRef("contact__onboarding"), answered_at__isnull=True)
    said = said.order_by("made_at", "id")
    newest = Invitation.objects.filter(contact__onboarding=onboarding, contact__replaced_at__isnull=True)
    found = (
        newest.select_related("contact")
        .annotate(
            since=Subquery(sent.annotate(first=Min("made_at")).values("first")),
            reminders=Subquery(
                sent.annotate(n=Count("id", filter=Q(why=Why.REMINDED.value))).values("n"),
            ),
            came_at=Subquery(
                Visit.objects.filter(contact=OuterRef("contact"))
                .order_by()
                .values("contact")
                .annotate(last=Max("began_at"))
                .values("last")
            ),
            problem=Subquery(mail.values("problem")[:1]),
            tries=Subquery(mail.values("tries")[:1]),
            next_at=Subquery(mail.values("due_at")[:1]),
            said_ids=ArraySubquery(said.values("pk")),
            said_items=ArraySubquery(said.values("item")),
            said_texts=ArraySubquery(said.values("said")),
            said_at=ArraySubquery(said.values("made_at")),
            mfa_state=Subquery(mfa.values("state")[:1]),
            trusted_until=Subquery(mfa.values("trusted_until")[:1]),
            lost_at=Subquery(mfa.values("lost_at")[:1]),
            blocked_at=Subquery(mfa.values("blocked_at")[:1]),
            has_spoken=Exists(said_by("contact__")),
        )
        .order_by("-made_at", "-id")
        .first()
    )
    if found is None:
        return None
    said_rows = zip(found.said_ids, found.said_items, found.said_texts, found.said_at, strict=True)
    return Standing(
        contact=found.contact,
        invitation=found,
        since=found.since,
        came_at=found.came_at,
        reminders=found.reminders,
        unsent=Unsent(found.problem, found.tries, found.next_at) if found.problem else None,
        said=[Said(*row) for row in said_rows],
        mfa=_mfa(found) if found.mfa_state else None,
        has_spoken=found.has_spoken,
    )


def _mfa(found: Any) -> Mfa:
    """What is shown of it, without the secrets."""
    return Mfa(
        state=found.mfa_state,
        trusted_until=found.trusted_until,
        lost_at=found.lost_at,
        blocked_at=found.blocked_at,
    )


def _unsent() -> "QuerySet[Mail]":
    """Mails that a server refused, newest first; those that are not needed any more do not count."""
    tried = Mail.objects.filter(sent_at__isnull=True).exclude(problem__in=("", NOT_NEEDED))
    return tried.order_by("-made_at")


def objections_of(onboarding: Onboarding) -> "QuerySet[Objection]":
    """All that was said to be wrong, newest first, with who answered."""
    found = Objection.objects.filter(onboarding=onboarding).select_related("answered_by__person")
    return found.order_by("-made_at", "-id")
