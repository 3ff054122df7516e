"""The lengths whose order keeps a create from happening twice."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from onboarding.bill.transport import Timeouts
from onboarding.engine import timing
from onboarding.gateway.outcomes import RETRY_AFTER, retry_after


def test_lease_outlives_the_last_moment_at_which_a_call_can_end() -> None:
    assert timing.LEASE > timing.SEND_WITHIN + timing.CALL_CAP


def test_call_cap_outlives_the_clients_own() -> None:
    assert timedelta(seconds=Timeouts().total) <= timing.CALL_CAP


def test_quiet_period_outlives_a_call_that_bill_still_works_on() -> None:
    assert timing.QUIET_PERIOD > timing.SEND_WITHIN + timing.CALL_CAP + timing.BILL_TIMEOUT


@given(st.integers(min_value=0, max_value=10_000))
def test_looks_and_retries_never_come_faster_and_never_stop(tries: int) -> None:
    assert timedelta() < timing.next_look(tries) <= timing.next_look(tries + 1) <= timing.LOOKS[-1]
    assert timedelta() < retry_after(tries) <= retry_after(tries + 1) <= RETRY_AFTER[-1]


def test_several_looks_fit_into_the_quiet_period() -> None:
    assert sum((timing.next_look(n) for n in range(4)), timedelta()) < timing.QUIET_PERIOD
