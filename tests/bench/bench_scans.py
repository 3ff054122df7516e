"""Looking for fifty lost creates in a list of a hundred thousand organizations: calls, time and memory.

Run it: python3 manage.py test tests/bench/bench_scans.py -s
"""

import resource
import time
from datetime import timedelta

import pytest
from django.urls import reverse

from onboarding.models import Scan, ScanState
from onboarding.states import StepState
from portal.lib.tenancy import acting_for
from tests.bench.bench_simulator import seed
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
SIZE, LOST, PAGES = 100_000, 50, 1_001
KEY = "create_organization"


def test_fifty_looks_in_a_long_list(world: World) -> None:
    one = world.one
    onboardings = []
    for number in range(LOST):
        onboarding = one.at(KEY, f"Lost {number}")
        world.simulator.arm("lose_reply", KEY)
        one.submit(onboarding, KEY, name=f"Lost {number}")
        world.drain()
        onboardings.append(onboarding)
    seed(world.simulator, SIZE)
    with acting_for(one.pk):
        Scan.objects.update(state=ScanState.BROKEN.value)
    calls, turns, longest = _sent(world), 0, 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    world.later(timedelta(seconds=10))
    while any(one.step(found, KEY).state != StepState.DONE for found in onboardings):
        turn = time.monotonic()
        world.drain()
        longest, turns = max(longest, time.monotonic() - turn), turns + 1
        world.later(timedelta(seconds=1))
    took, grew = time.monotonic() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    calls = _sent(world) - calls
    print(
        f"\n{LOST} looks, {SIZE:,} organizations: {calls} calls, "
        f"{took:.0f} s in {turns} turns, the longest {longest:.1f} s, {grew / 1024:.0f} MB more"
    )
    assert calls <= PAGES + turns

    client = one.client()
    for query in ("", "?show=all", "?q=Company 77777"):
        started = time.monotonic()
        response = client.get(reverse("at_bill") + query)
        print(f"/at-bill/{query}: {(time.monotonic() - started) * 1000:.0f} ms")
        assert response.status_code == 200


def _sent(world: World) -> int:
    """The simulator keeps the last calls only, so its own count of them would not do."""
    with acting_for(world.one.pk):
        return sum(scan.pages for scan in Scan.objects.all())
