"""BILL's limits as budgets that every worker and process shares. Whoever has to wait is told until when.

Counts are rows, so that they outlive a process. Calls under way are advisory locks of the database session, so that
those of a process that dies end with it.
"""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Greatest

from onboarding.bill.errors import LimitReached
from onboarding.bill.pacing import Toll
from onboarding.models import Bucket, Budget
from onboarding.models.budget import LONGEST_CLOSING, MINUTE
from portal.lib import clock
from portal.lib.tenancy import acting_for

logger = logging.getLogger("onboarding.budgets")
AT_ONCE = "BDC_1322"
NO_LIMIT = 1_000_000_000
A_MOMENT = timedelta(seconds=1)

# The narrowest first: it is the one that BILL means when it refuses.
ORDER = (Bucket.MESSAGES, Bucket.LOGINS, Bucket.CALLS)
# Clocks of several machines differ a little: the hour does not go back by one. What lies further ahead than that was
# written by a clock that was wrong, and must not stop the others until it is right.
NEW_HOUR = "(EXCLUDED.hour > b.hour OR b.hour > EXCLUDED.hour + interval '1 hour')"
STILL_COUNT = "SELECT t FROM unnest(b.recent) t WHERE t > %(since)s AND t <= %(ahead)s"
ROOM = {
    Bucket.CALLS: f"{NEW_HOUR} OR b.used < %(limit)s",
    Bucket.LOGINS: f"{NEW_HOUR} OR b.used < %(limit)s",
    Bucket.MESSAGES: f"(SELECT count(*) FROM ({STILL_COUNT}) c) < %(limit)s",
}
SPEND = f"""
INSERT INTO onboarding_budget AS b (id, tenant_id, connection_id, key, bucket, hour, used, recent)
VALUES (%(id)s, %(tenant)s, %(connection)s, %(key)s, %(bucket)s, %(hour)s, 1, %(recent)s::timestamptz[])
ON CONFLICT (tenant_id, connection_id, key, bucket) DO UPDATE SET
  hour = CASE WHEN {NEW_HOUR} THEN EXCLUDED.hour ELSE b.hour END,
  used = CASE WHEN {NEW_HOUR} THEN 1 ELSE b.used + 1 END,
  recent = ARRAY({STILL_COUNT}) || EXCLUDED.recent
WHERE (b.closed_until IS NULL OR b.closed_until <= %(now)s OR b.closed_until > %(latest)s) AND ({{room}})
RETURNING used
"""
# When it goes on is on the page: it is when the step is due.
USED_UP = {
    Bucket.CALLS: "BILL's limit of calls an hour is used up.",
    Bucket.LOGINS: "BILL's limit of logins an hour is used up.",
    Bucket.MESSAGES: "BILL's limit of texts and e-mails a minute is used up.",
}
SLOT = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
LEAVE_SLOT = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"


@dataclass(frozen=True)
class Budgets:
    """The pacer of one connection's keys."""

    tenant_id: UUID
    connection_id: UUID

    @contextmanager
    def leave(self, toll: Toll) -> Iterator[None]:
        """Room in every bucket the call counts for, and a place among the calls under way."""
        if not toll.key:
            yield
            return
        place = self._take_place(toll)
        try:
            self._spend(toll)
            yield
        except LimitReached as error:
            if error.status is not None:
                self._believe(error, toll)
            raise
        finally:
            if place:
                give_back(place)

    def _take_place(self, toll: Toll) -> str:
        most = settings.BILL_LIMITS["at_once"]
        if not most:
            return ""
        with connection.cursor() as cursor:
            for number in range(most):
                place = f"{self.connection_id} {toll.key} {toll.organization_id} {number}"
                cursor.execute(SLOT, [place])
                if cursor.fetchone()[0]:
                    return place
        reason = f"BILL takes {most} calls at once for one organization, and is working on as many."
        raise LimitReached(toll.operation, reason=reason, wait=A_MOMENT)

    def _spend(self, toll: Toll) -> None:
        with acting_for(self.tenant_id):
            for bucket in buckets_of(toll.operation):
                if not self._has_room(toll.key, bucket):
                    # Raised inside the transaction: what was spent of the other buckets is given back.
                    raise self._exhausted(toll, bucket)

    def _has_room(self, key: str, bucket: Bucket) -> bool:
        now = clock.now()
        values: dict[str, Any] = {
            "id": uuid4(),
            "tenant": self.tenant_id,
            "connection": self.connection_id,
            "key": key,
            "bucket": bucket.value,
            "hour": hour_of(now),
            "recent": [now] if bucket is Bucket.MESSAGES else [],
            "now": now,
            "since": now - MINUTE,
            "ahead": now + MINUTE,
            "latest": now + LONGEST_CLOSING,
            "limit": settings.BILL_LIMITS[bucket.value] or NO_LIMIT,
        }
        with connection.cursor() as cursor:
            cursor.execute(SPEND.format(room=ROOM[bucket]), values)
            return cursor.fetchone() is not None

    def _exhausted(self, toll: Toll, bucket: Bucket) -> LimitReached:
        now = clock.now()
        row = Budget.objects.get(connection_id=self.connection_id, key=toll.key, bucket=bucket.value)
        until = row.free_at(settings.BILL_LIMITS[bucket.value], now)
        return LimitReached(toll.operation, reason=USED_UP[bucket], wait=max(until - now, A_MOMENT))

    def _believe(self, error: LimitReached, toll: Toll) -> None:
        """BILL's count is the one that holds: its bucket is closed for everybody, whatever ours says."""
        if AT_ONCE in error.codes:
            return
        bucket, now = buckets_of(toll.operation)[0], clock.now()
        if bucket is Bucket.MESSAGES:
            # The hour that BILL's code speaks of is that of all calls; another call will tell if it is that one.
            error.wait = min(error.wait, MINUTE)
        logger.warning("BILL's limit of %s is reached for connection %s", bucket.value, self.connection_id)
        until = Value(now + error.wait)
        with acting_for(self.tenant_id):
            Budget.objects.filter(connection_id=self.connection_id, key=toll.key, bucket=bucket.value).update(
                closed_until=Greatest(Coalesce(F("closed_until"), until), until)
            )


def ask_again(connection_id: UUID, keys: Collection[str] = ()) -> None:
    """In the caller's transaction: forget that BILL refused, and for new keys what was spent with the old ones."""
    Budget.objects.filter(connection_id=connection_id).update(closed_until=None)
    Budget.objects.filter(connection_id=connection_id, key__in=keys).update(used=0, recent=[])


def buckets_of(operation: str) -> list[Bucket]:
    """Every bucket that the operation counts for, the narrowest first."""
    counted = settings.BILL_COUNTED_OPERATIONS
    return [bucket for bucket in ORDER if bucket is Bucket.CALLS or operation in counted[bucket.value]]


def hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def give_back(place: str) -> None:
    """A database session that was lost has given its places back already."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(LEAVE_SLOT, [place])
    except (OperationalError, InterfaceError):
        logger.debug("the database session is gone, and its places with it")
        connection.close()
