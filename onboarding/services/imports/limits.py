"""When an import will be through, and which of BILL's limits decides it. Arithmetic alone: no rows, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class HourlyLimit:
    """A limit of so many calls in each clock hour; `used` of them are spent in the present one."""

    name: str
    limit: int
    used: int = 0
    closed_until: datetime | None = None

    def last_of(self, calls: int, now: datetime) -> datetime:
        """When the last of so many calls may be made, the earliest possible."""
        begin, used = _opened(now, self.closed_until), self.used
        if begin >= _hour(now) + HOUR:
            used = 0
        left = max(0, self.limit - used)
        if not self.limit or calls <= left:
            return begin
        return _hour(begin) + HOUR * -(-(calls - left) // self.limit)


@dataclass(frozen=True)
class SlidingLimit:
    """A limit of so many calls in any stretch of this length; `recent` were made within the last one."""

    name: str
    limit: int
    length: timedelta
    recent: Sequence[datetime] = ()
    closed_until: datetime | None = None

    def last_of(self, calls: int, now: datetime) -> datetime:
        """When the last of so many calls may be made, the earliest possible."""
        begin = _opened(now, self.closed_until)
        if not self.limit or not calls:
            return begin
        freed = sorted(max(begin, sent + self.length) for sent in sorted(self.recent)[-self.limit :])
        places = [begin] * (self.limit - len(freed)) + freed
        rounds, place = divmod(calls - 1, self.limit)
        return places[place] + rounds * self.length


@dataclass(frozen=True)
class Pace:
    """Without a limit, BILL's own time for each call, so many of them at once."""

    name: str
    seconds: float
    at_once: int

    def last_of(self, calls: int, now: datetime) -> datetime:
        """When the last of so many calls is answered."""
        return now + timedelta(seconds=calls * self.seconds / max(1, self.at_once))


Limit = HourlyLimit | SlidingLimit | Pace


@dataclass(frozen=True)
class Forecast:
    """When the last call may be made, and the limit that decides it; `lines` has every limit with its own time."""

    ends_at: datetime
    bound: str
    lines: tuple[tuple[str, datetime], ...]


def foretell(needs: Sequence[tuple[Limit, int]], now: datetime) -> Forecast | None:
    """None when no call is to be made. The latest of the limits decides."""
    lines = tuple((limit.name, limit.last_of(calls, now)) for limit, calls in needs if calls)
    if not lines:
        return None
    name, ends_at = max(lines, key=lambda line: line[1])
    return Forecast(ends_at, name, lines)


def logins_with_partner(logins: int, used: int, limit: int) -> int:
    """The logins as users, and those of the partner in between: its session idles out while an hour is waited for."""
    if not logins or not limit:
        return logins
    hours = max(0, -(-(logins + used - limit) // limit))
    return logins + hours


def _opened(now: datetime, closed_until: datetime | None) -> datetime:
    return max(now, closed_until) if closed_until else now


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
