"""The one place that knows what time it is, so that tests can move it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import sleep

_shift = timedelta()


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC) + _shift


@contextmanager
def moved(by: timedelta) -> Iterator[None]:
    """Let the rest of the block happen later (or earlier); blocks nest."""
    global _shift
    before, _shift = _shift, _shift + by
    try:
        yield
    finally:
        _shift = before


def pause(seconds: float) -> None:
    """Wait for real; only where nothing else can be done meanwhile."""
    sleep(seconds)
