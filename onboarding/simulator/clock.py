from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def real_time() -> datetime:
    return datetime.now(UTC)


class Clock:
    """The simulator's time: real time plus an offset that only grows."""

    def __init__(
        self,
        offset: timedelta = timedelta(),
        *,
        remember: Callable[[timedelta], None] = lambda offset: None,
        moved: Callable[[], object] = lambda: None,
        real: Callable[[], datetime] = real_time,
    ) -> None:
        self.offset = offset
        self._remember = remember
        self._moved = moved
        self._real = real

    def now(self) -> datetime:
        return self._real() + self.offset

    def advance(self, by: timedelta) -> datetime:
        """Move forward; going back would make ids and sessions younger than their own past."""
        if by < timedelta():
            raise ValueError("the clock only moves forward")
        moved = self.offset + by
        now = self._real() + moved
        self._remember(moved)
        self.offset = moved
        self._moved()
        return now


def timestamp(moment: datetime) -> str:
    """A moment as BILL writes it: 2024-12-20T22:16:27.000+00:00."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
