"""How much of BILL's limits is used."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.contrib.postgres.fields import ArrayField
from django.db import models

from onboarding.models.base import TenantOwned
from onboarding.models.connection import Connection

HOUR = timedelta(hours=1)
# BILL counts when a call arrives, we when it leaves; the second is for the difference.
MINUTE = timedelta(seconds=61)

# BILL's refusals hold for an hour at most. One that reaches further was written by a clock that was wrong.
LONGEST_CLOSING = timedelta(minutes=65)


class Bucket(StrEnum):
    CALLS = "calls"  # a clock hour's
    LOGINS = "logins"  # a clock hour's
    MESSAGES = "messages"  # of any sixty seconds: texts and e-mails that BILL sends


class Budget(TenantOwned):
    """What was spent of one bucket with one key; BILL's own refusal closes it until `closed_until`.

    Until `wanted_until` its last free place is kept for a person who waits for it.
    """

    connection = models.ForeignKey(Connection, models.PROTECT, related_name="+", db_constraint=False)
    key = models.CharField(max_length=6)
    bucket = models.CharField(max_length=8)
    hour = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)
    recent = ArrayField(models.DateTimeField(), default=list)
    closed_until = models.DateTimeField(null=True)
    wanted_until = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "connection", "key", "bucket"], name="budget_bucket_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.bucket}"

    def used_at(self, now: datetime) -> int:
        """How much of it still counts at this moment."""
        if self.bucket == Bucket.MESSAGES:
            return len(self.counted(now))
        return self.used if self.hour <= now < self.hour + HOUR else 0

    def closed(self, now: datetime) -> datetime | None:
        """Until when BILL takes no more, by its own word."""
        until = self.closed_until
        return until if until and now < until <= now + LONGEST_CLOSING else None

    def counted(self, now: datetime) -> list[datetime]:
        """The messages that still count, oldest first."""
        return sorted(sent for sent in self.recent if now - MINUTE < sent <= now + MINUTE)

    def free_at(self, limit: int, now: datetime) -> datetime:
        """When there is room again, as far as we know; without a limit only BILL's own refusal closes it."""
        closed = self.closed(now) or now
        if not limit or self.used_at(now) < limit:
            return closed
        if self.bucket == Bucket.MESSAGES:
            return max(closed, self.counted(now)[-limit] + MINUTE)
        return max(closed, self.hour + HOUR)
