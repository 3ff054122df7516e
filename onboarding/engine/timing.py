"""How long things may take. The order of these lengths is what keeps a create from happening twice.

A call is sent within SEND_WITHIN of its Attempt, and lasts CALL_CAP at most. A lease outlives both, so whoever
finds it expired knows that nothing more will be sent. "BILL does not have it" is only believed after QUIET_PERIOD,
which outlives a request that BILL itself is still working on.
"""

from datetime import timedelta

SEND_WITHIN = timedelta(seconds=5)
CALL_CAP = timedelta(seconds=35)
BILL_TIMEOUT = timedelta(seconds=60)
LEASE = timedelta(seconds=60)
QUIET_PERIOD = timedelta(seconds=120)

assert LEASE > SEND_WITHIN + CALL_CAP
assert QUIET_PERIOD > SEND_WITHIN + CALL_CAP + BILL_TIMEOUT

# When to look again for what may have happened: soon at first, then less and less.
LOOKS = [timedelta(seconds=s) for s in (2, 5, 10, 20, 40, 60)]


def next_look(looks: int) -> timedelta:
    """The wait before the look that follows `looks` others."""
    return LOOKS[min(looks, len(LOOKS) - 1)]
