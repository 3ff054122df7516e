"""The forecast's arithmetic: never earlier than BILL's limits allow, never earlier for more."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from onboarding.services.imports.limits import (
    HOUR,
    HourlyLimit,
    Limit,
    Pace,
    SlidingLimit,
    foretell,
    logins_with_partner,
)

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
moments = st.integers(0, 3599).map(lambda seconds: NOON + timedelta(seconds=seconds))
calls = st.integers(1, 5000)
limits = st.integers(1, 300)


def hourly_by_hand(wanted: int, limit: int, used: int, now: datetime) -> datetime:
    """Make the calls one after the other, as early as each may be."""
    hour, at = now.replace(minute=0), now
    hour = hour.replace(second=0)
    for _ in range(wanted):
        if used >= limit:
            hour, used = hour + HOUR, 0
            at = hour
        used += 1
    return at


def sliding_by_hand(
    wanted: int, limit: int, length: timedelta, recent: list[datetime], now: datetime
) -> datetime:
    sent = sorted(recent)
    at = now
    for _ in range(wanted):
        if len(sent) >= limit:
            at = max(at, sent[-limit] + length)
        sent.append(at)
    return at


@given(st.integers(1, 400), st.integers(1, 40), st.integers(0, 60), moments)
def test_hourly_limit_ends_when_calls_made_as_early_as_possible_end(
    wanted: int, limit: int, used: int, now: datetime
) -> None:
    assert HourlyLimit("", limit, used).last_of(wanted, now) == hourly_by_hand(wanted, limit, used, now)


@given(st.integers(1, 200), st.integers(1, 12), st.lists(st.integers(0, 59), max_size=20), moments)
def test_sliding_limit_ends_when_calls_made_as_early_as_possible_end(
    wanted: int, limit: int, ago: list[int], now: datetime
) -> None:
    recent = [now - timedelta(seconds=seconds) for seconds in ago]
    expected = sliding_by_hand(wanted, limit, MINUTE, recent, now)
    assert SlidingLimit("", limit, MINUTE, recent).last_of(wanted, now) == expected


@given(calls, limits, st.integers(0, 300), moments)
def test_more_calls_never_end_earlier(wanted: int, limit: int, used: int, now: datetime) -> None:
    for one in (HourlyLimit("", limit, used), SlidingLimit("", limit, MINUTE), Pace("", 0.3, 3)):
        assert now <= one.last_of(wanted, now) <= one.last_of(wanted + 1, now)


@given(calls, limits, moments)
def test_never_earlier_than_what_the_limits_allow(wanted: int, limit: int, now: datetime) -> None:
    """In any stretch of n hours at most n + 1 clock hours' worth can be called; in n minutes n + 1 minutes' worth."""
    hours = -(-wanted // limit) - 1
    assert HourlyLimit("", limit).last_of(wanted, now) >= now.replace(minute=0, second=0) + hours * HOUR
    assert SlidingLimit("", limit, MINUTE).last_of(wanted, now) - now >= hours * MINUTE


@given(calls, moments, st.integers(1, 65))
def test_limit_that_bill_closed_is_waited_for(wanted: int, now: datetime, minutes: int) -> None:
    until = now + timedelta(minutes=minutes)
    assert HourlyLimit("", 200, 0, until).last_of(wanted, now) >= until
    assert SlidingLimit("", 5, MINUTE, (), until).last_of(wanted, now) >= until


def test_no_limit_is_no_wait() -> None:
    assert HourlyLimit("", 0).last_of(10_000, NOON) == NOON
    assert SlidingLimit("", 0, MINUTE).last_of(10_000, NOON) == NOON


@given(st.integers(1, 5000), st.integers(0, 300), st.integers(1, 300))
def test_partner_logs_in_once_more_for_each_hour_that_is_waited_for(
    logins: int, used: int, limit: int
) -> None:
    fewer, more = (logins_with_partner(n, used, limit) for n in (logins, logins + 1))
    assert logins <= fewer < more


def test_latest_limit_decides_and_is_named() -> None:
    needs: list[tuple[Limit, int]] = [
        (HourlyLimit("logins, 200 an hour", 200), 3000),
        (SlidingLimit("e-mails, 5 a minute", 5, MINUTE), 3000),
    ]

    said = foretell(needs, NOON)

    assert said is not None
    assert (said.bound, said.ends_at) == ("logins, 200 an hour", NOON + 14 * HOUR)
    assert dict(said.lines)["e-mails, 5 a minute"] == NOON + 599 * MINUTE


def test_nothing_to_call_has_no_forecast() -> None:
    assert foretell([(Pace("", 1, 1), 0)], NOON) is None
