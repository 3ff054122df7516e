"""What the organization allowed, on record: acceptance of BILL's terms, and permission to log in as its user."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from django.db import models

from onboarding.models.base import TenantOwned
from onboarding.models.contact import Contact
from onboarding.models.onboarding import Onboarding
from portal.lib import clock
from portal.lib.fields import SealedBytes, SealedText
from portal.tenants.models import Staff


class How(StrEnum):
    """How a person gave their word to the staff who attest it."""

    IN_PERSON = "in_person"
    BY_PHONE = "by_phone"
    BY_EMAIL = "by_email"
    SIGNED_DOCUMENT = "signed_document"
    HERE = "here"  # the contact, on pages of their own


HOW_CHOICES = [
    (How.SIGNED_DOCUMENT.value, "in a signed document"),
    (How.BY_EMAIL.value, "by e-mail"),
    (How.BY_PHONE.value, "by phone"),
    (How.IN_PERSON.value, "in person"),
]


# A word that was given here is nobody's to attest.
WORDS = [*HOW_CHOICES, (How.HERE.value, "on their own page here")]

# A day is over everywhere on earth so long after it is over in UTC.
LAST_TO_END = timedelta(hours=12)


# Later days cannot be reckoned with.
FAR_AHEAD = date(9000, 1, 1)


class Scope(StrEnum):
    VERIFICATION = "verification"  # the portal may log in to start and follow the verification
    STAFF = "staff"  # and staff may log in, each time with a reason and a time limit
    NOTHING = "nothing"  # refused


class Acceptance(TenantOwned):
    """Who accepted BILL's terms; recorded before `acceptTermsOfService: true` is ever sent."""

    onboarding = models.ForeignKey(
        Onboarding, models.PROTECT, related_name="acceptances", db_constraint=False
    )
    accepted_by = SealedText()
    accepted_on = models.DateField()
    how = models.CharField(max_length=20, choices=WORDS)
    attested_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_constraint=False)
    recorded_at = models.DateTimeField()
    # Of one who accepted here: who, from where, and exactly what they read.
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="+", db_constraint=False)
    ip = models.GenericIPAddressField(null=True)
    version = models.CharField(max_length=20, blank=True)
    wording = models.TextField(blank=True)
    language = models.CharField(max_length=10, blank=True)
    # Of one who accepted elsewhere: the document that shows it.
    document = SealedBytes(null=True)
    document_name = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return f"terms accepted {self.accepted_on}"


class Grant(TenantOwned):
    """Permission to log in as user, or its refusal; the onboarding points to the one that counts."""

    onboarding = models.ForeignKey(Onboarding, models.PROTECT, related_name="grants", db_constraint=False)
    scope = models.CharField(max_length=12)
    given_by = SealedText()
    given_on = models.DateField()
    how = models.CharField(max_length=20, choices=WORDS)
    attested_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_constraint=False)
    recorded_at = models.DateTimeField()
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="+", db_constraint=False)
    ip = models.GenericIPAddressField(null=True)
    wording = models.TextField(blank=True)
    language = models.CharField(max_length=10, blank=True)
    # The last day on which staff may log in; none is no limit. The verification is not bound by it.
    until = models.DateField(null=True)
    # Staff may use the device that BILL remembers, with which payments are possible.
    device = models.BooleanField(default=False)
    # Given together with BILL's terms, for the portal's own sessions: whether staff may log in was not answered yet.
    with_terms = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"grant: {self.scope}"

    @property
    def allows_system(self) -> bool:
        return self.scope in (Scope.VERIFICATION, Scope.STAFF)

    @property
    def allows_staff(self) -> bool:
        return self.scope == Scope.STAFF and not self.is_over

    @property
    def ends_at(self) -> datetime | None:
        """When its last day has passed everywhere on earth."""
        if self.until is None:
            return None
        return datetime.combine(min(self.until, FAR_AHEAD), time(), UTC) + timedelta(days=1) + LAST_TO_END

    @property
    def is_over(self) -> bool:
        return self.ends_at is not None and self.ends_at <= clock.now()


def first_day_not_over() -> date:
    """A permission until this day, or a later one, still counts."""
    return (clock.now() - LAST_TO_END).date()
