"""What the organization allowed, on record: acceptance of BILL's terms, and permission to log in as its user."""

from enum import StrEnum

from django.db import models

from onboarding.models.base import TenantOwned
from onboarding.models.onboarding import Onboarding
from portal.lib.fields import SealedText
from portal.tenants.models import Staff


class How(StrEnum):
    """How a person gave their word to the staff who attest it."""

    IN_PERSON = "in_person"
    BY_PHONE = "by_phone"
    BY_EMAIL = "by_email"
    SIGNED_DOCUMENT = "signed_document"


HOW_CHOICES = [
    (How.SIGNED_DOCUMENT.value, "in a signed document"),
    (How.BY_EMAIL.value, "by e-mail"),
    (How.BY_PHONE.value, "by phone"),
    (How.IN_PERSON.value, "in person"),
]


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
    how = models.CharField(max_length=20, choices=HOW_CHOICES)
    attested_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", db_constraint=False)
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"terms accepted {self.accepted_on}"


class Grant(TenantOwned):
    """Permission to log in as user, or its refusal; the onboarding points to the one that counts."""

    onboarding = models.ForeignKey(Onboarding, models.PROTECT, related_name="grants", db_constraint=False)
    scope = models.CharField(max_length=12)
    given_by = SealedText()
    given_on = models.DateField()
    how = models.CharField(max_length=20, choices=HOW_CHOICES)
    attested_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", db_constraint=False)
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"grant: {self.scope}"

    @property
    def allows_system(self) -> bool:
        return self.scope in (Scope.VERIFICATION, Scope.STAFF)

    @property
    def allows_staff(self) -> bool:
        return self.scope == Scope.STAFF
