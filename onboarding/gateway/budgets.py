"""BILL's limits as budgets that every worker and process shares. Whoever has to wait is told until when.

Counts are rows, so that they outlive a process. Calls under way are advisory locks of the database session, so that
those of a process that dies end with it.
"""

import logging
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Greatest

from onboarding.bill.errors import LimitReached
from onboarding.bill.pacing import Toll
from onboarding.engine.contracts import Line
from onboarding.engine.fence import Fence
from onboarding.models import Bucket, Budget
from onboarding.models.budget import LONGEST_CLOSING, MINUTE
from portal.lib import clock
from portal.lib.batch import Batch, Result
from portal.lib.places import give_back, take_place
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
# The last free place is a person's, while one waits for it.
LEFT = "%(limit)s - (CASE WHEN %(is_bulk)s AND b.wanted_until > %(now)s THEN 1 ELSE 0 END)"
ROOM = {
    Bucket.CALLS: f"{NEW_HOUR} OR b.used < {LEFT}",
    Bucket.LOGINS: f"{NEW_HOUR} OR b.used < {LEFT}",
    Bucket.MESSAGES: f"(SELECT count(*) FROM ({STILL_COUNT}) c) < {LEFT}",
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


def _numbered(sql: str) -> tuple[str, list[str]]:
    """The statement with its names in their order: those of a batch share one list of values."""
    return re.sub(r"%\(\w+\)s", "%s", sql), re.findall(r"%\((\w+)\)s", sql)


SPENDING = {bucket: _numbered(SPEND.format(room=room)) for bucket, room in ROOM.items()}
# When it goes on is on the page: it is when the step is due.
USED_UP = {
    Bucket.CALLS: "BILL's limit of calls an hour is used up.",
    Bucket.LOGINS: "BILL's limit of logins an hour is used up.",
    Bucket.MESSAGES: "BILL's limit of texts and e-mails a minute is used up.",
}
# How long after it is free a person's place is kept.
GRACE = timedelta(seconds=5)


class NoRoom(LimitReached):
    """Our own count leaves no room; nothing was sent."""

    def __init__(self, toll: Toll, bucket: Bucket, wait: timedelta) -> None:
        super().__init__(toll.operation, reason=USED_UP[bucket], wait=wait)
        self.bucket = bucket

    @property
    def line(self) -> Line:
        """How those who wait for the same get their turns: an hour opens for all of them at once."""
        limit = settings.BILL_LIMITS[self.bucket.value] or NO_LIMIT
        return Line(limit, MINUTE) if self.bucket is Bucket.MESSAGES else Line(NO_LIMIT, timedelta())


@dataclass(frozen=True)
class Budgets:
    """The pacer of one connection's keys. What is in bulk leaves the last place to a person who waits for it."""

    tenant_id: UUID
    connection_id: UUID
    fence: Fence | None = None
    is_bulk: bool = False

    @contextmanager
    def leave(self, toll: Toll) -> Iterator[None]:
        """Room in every bucket the call counts for, and a place among the calls under way.

        A recorded call is paid for in the transaction of its Attempt: the journal calls `spend`.
        """
        if not toll.key:
            yield
            return
        place = self._take_place(toll)
        try:
            if not toll.recorded:
                self._spend_now(toll)
            yield
        except NoRoom as error:
            self._want(error, toll.key)
            raise
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
        if place := take_place(f"{self.connection_id} {toll.key} {toll.organization_id}", most):
            return place
        reason = f"BILL takes {most} calls at once for one organization, and is working on as many."
        raise LimitReached(toll.operation, reason=reason, wait=A_MOMENT)

    def _spend_now(self, toll: Toll) -> None:
        with acting_for(self.tenant_id):
            batch = Batch()
            if self.fence:
                self.fence.write_pending(batch)
            self.spend(toll, batch)
            batch.finish()
        if self.fence:
            self.fence.forget_pending()

    def spend(self, toll: Toll, batch: Batch) -> None:
        """Pay with the batch; running it raises NoRoom, and what it spent of other buckets is given back with it."""
        if not toll.key:
            return
        now = clock.now()
        for bucket in buckets_of(toll.operation):
            values: dict[str, Any] = {
                "id": uuid4(),
                "tenant": self.tenant_id,
                "connection": self.connection_id,
                "key": toll.key,
                "bucket": bucket.value,
                "hour": hour_of(now),
                "recent": [now] if bucket is Bucket.MESSAGES else [],
                "now": now,
                "since": now - MINUTE,
                "ahead": now + MINUTE,
                "latest": now + LONGEST_CLOSING,
                "limit": settings.BILL_LIMITS[bucket.value] or NO_LIMIT,
                "is_bulk": self.is_bulk,
            }
            sql, names = SPENDING[bucket]
            batch.add(sql, [values[name] for name in names], partial(self._spent, toll, bucket, now))

    def _spent(self, toll: Toll, bucket: Bucket, now: datetime, result: Result) -> None:
        if result.rows:
            return
        row = Budget.objects.get(connection_id=self.connection_id, key=toll.key, bucket=bucket.value)
        until = row.free_at(settings.BILL_LIMITS[bucket.value], now)
        raise NoRoom(toll, bucket, max(until - now, A_MOMENT))

    def room_for(self, operation: str, key: str) -> None:
        """LimitReached when there is no room for this now; spends nothing."""
        now = clock.now()
        with acting_for(self.tenant_id):
            rows = Budget.objects.filter(
                connection_id=self.connection_id, key=key, bucket__in=buckets_of(operation)
            )
            waits = [row.free_at(settings.BILL_LIMITS[row.bucket], now) - now for row in rows]
            bucket = Bucket(rows[waits.index(max(waits))].bucket) if waits else Bucket.CALLS
        if waits and max(waits) > timedelta():
            error = NoRoom(Toll(operation, key), bucket, max(max(waits), A_MOMENT))
            self._want(error, key)
            raise error

    def _want(self, error: NoRoom, key: str) -> None:
        """Keep the next free place for a person; what is in bulk asks for none."""
        if self.is_bulk:
            return
        until = clock.now() + error.wait + GRACE
        with acting_for(self.tenant_id):
            wanted = Budget.objects.filter(
                connection_id=self.connection_id, key=key, bucket=error.bucket.value
            )
            wanted.update(wanted_until=until)

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
