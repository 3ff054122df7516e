"""One intent to call BILL, and what became of it."""

from enum import StrEnum

from django.db import models

from onboarding.models.base import TenantOwned
from onboarding.models.connection import Connection
from onboarding.models.onboarding import Onboarding
from onboarding.models.step import Step


class AttemptOutcome(StrEnum):
    OPEN = ""  # committed before the call; still open means that nobody wrote down an answer
    DONE = "done"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class Attempt(TenantOwned):
    """Committed before the call and closed after it; the database refuses any change once it is closed."""

    connection = models.ForeignKey(Connection, models.PROTECT, related_name="+", db_constraint=False)
    onboarding = models.ForeignKey(
        Onboarding, models.PROTECT, null=True, related_name="attempts", db_constraint=False
    )
    step = models.ForeignKey(Step, models.PROTECT, null=True, related_name="attempts", db_constraint=False)
    operation = models.CharField(max_length=50)
    method = models.CharField(max_length=6)
    path = models.CharField(max_length=200)
    fingerprint = models.BinaryField(max_length=16)
    # With whose credentials: others may not see at BILL what these made.
    account = models.BinaryField(max_length=16, null=True)
    opened_at = models.DateTimeField()

    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True, default=AttemptOutcome.OPEN.value)
    http_status = models.PositiveSmallIntegerField(null=True)
    codes = models.JSONField(default=list)
    error = models.CharField(max_length=50, blank=True)
    bill_id = models.CharField(max_length=40, blank=True)
    latency_ms = models.PositiveIntegerField(null=True)
    excerpt = models.TextField(blank=True)

    class Meta(TenantOwned.Meta):
        indexes = [
            models.Index(fields=["tenant", "onboarding", "opened_at"], name="attempt_of_onboarding"),
            models.Index(fields=["step"], condition=models.Q(closed_at__isnull=True), name="attempt_open"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} ({self.outcome or 'open'})"
