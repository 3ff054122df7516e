"""Sessions at BILL."""

from enum import StrEnum

from django.db import models

from onboarding.models.base import TenantOwned
from onboarding.models.connection import Connection
from onboarding.models.consent import Grant
from onboarding.models.onboarding import Onboarding
from portal.lib.fields import SealedText
from portal.tenants.models import Staff


class Purpose(StrEnum):
    PARTNER = "partner"  # shared by the tenant's staff
    SYSTEM = "system"  # the portal, as one organization's user
    STAFF = "staff"  # one person, as one organization's user, never reused


class SessionState(StrEnum):
    OPENING = "opening"  # somebody is logging in; others wait for them
    OPEN = "open"
    ENDING = "ending"  # nobody may use it any more, and a step is there that ends it at BILL
    ENDED = "ended"


LIVE = [SessionState.OPENING.value, SessionState.OPEN.value]


class BillSession(TenantOwned):
    """The session id is sealed and never leaves the server. Constraints make logins single-flight."""

    connection = models.ForeignKey(Connection, models.PROTECT, related_name="+", db_constraint=False)
    purpose = models.CharField(max_length=7)
    onboarding = models.ForeignKey(
        Onboarding, models.PROTECT, null=True, related_name="sessions", db_constraint=False
    )
    state = models.CharField(max_length=7, default=SessionState.OPENING.value)
    opening_until = models.DateTimeField()
    # Who logs in: once that executor is dead, nobody waits for it.
    opened_by = models.IntegerField(null=True)
    secret = SealedText(null=True)
    bill_organization_id = models.CharField(max_length=40, blank=True)
    bill_user_id = models.CharField(max_length=40, blank=True)
    opened_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    how_ended = models.CharField(max_length=100, blank=True)

    # Login as user by a person.
    staff = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_constraint=False)
    grant = models.ForeignKey(Grant, models.PROTECT, null=True, related_name="+", db_constraint=False)
    user_name = SealedText(null=True)
    reason = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True)
    details = models.JSONField(null=True)
    details_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "connection"],
                condition=models.Q(purpose=Purpose.PARTNER.value, state__in=LIVE),
                name="billsession_one_partner",
            ),
            models.UniqueConstraint(
                fields=["tenant", "onboarding"],
                condition=models.Q(purpose=Purpose.SYSTEM.value, state__in=LIVE),
                name="billsession_one_system",
            ),
            models.UniqueConstraint(
                fields=["tenant", "staff"],
                condition=models.Q(purpose=Purpose.STAFF.value, state__in=LIVE),
                name="billsession_one_of_a_person",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "onboarding", "purpose"], name="billsession_of_onboarding")]

    def __str__(self) -> str:
        return f"{self.purpose} session ({self.state})"
