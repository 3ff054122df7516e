"""A night of bulk against a BILL that enforces its limits, on a clock that jumps to what is due next.

Run it: python3 manage.py test tests/bench/bench_bulk.py -s      (BENCH_ROWS=300 for a short one)
"""

import math
import os
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from django.db.models import Min
from pytest_django import Settings

from onboarding.engine.sweep import tenants_with_bulk
from onboarding.models import Attempt, AttemptOutcome, Onboarding, Step
from onboarding.services.bulk import work_through
from onboarding.services.consent import record_acceptance, record_grant
from onboarding.services.onboardings import make_onboarding
from onboarding.states import StepState
from portal.lib import clock
from portal.lib.tenancy import acting_for
from tests.factories import INPUTS
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = int(os.environ.get("BENCH_ROWS", "3000"))
SMALL = max(10, ROWS // 100)
LIMITS = {"calls": 20_000, "logins": 200, "messages": 5, "at_once": 3}
LOGINS = {"partner_login", "login_as_user"}


@pytest.fixture(autouse=True)
def _limits(world: World, settings: Settings) -> None:
    settings.BILL_LIMITS = dict(LIMITS)
    world.simulator.change_settings(limits_enforced=True)


def start(partner: Partner, number: int) -> None:
    """One onboarding with everything that a whole row of an import has."""
    given = {key: dict(INPUTS[key]) for key in INPUTS if key != "login_as_user"}
    given["create_organization"]["name"] = f"Company {partner.tenant.slug} {number}"
    with acting_for(partner.pk):
        onboarding = Onboarding(connection=partner.connection, name=f"Company {number}", is_bulk=True)
        make_onboarding(partner.actor(), onboarding, given)
        record_acceptance(partner.actor(), onboarding, given["create_user"])
        record_grant(partner.actor(), onboarding, given["start_verification"])


def next_due(partners: list[Partner]) -> datetime | None:
    moments = []
    for partner in partners:
        with acting_for(partner.pk):
            moments.append(Step.objects.filter(in_bulk=True).aggregate(first=Min("due_at"))["first"])
    return min((moment for moment in moments if moment), default=None)


def started(partner: Partner) -> int:
    with acting_for(partner.pk):
        return Step.objects.filter(key="start_verification", state=StepState.DONE.value).count()


def has_started(partner: Partner, many: int) -> bool:
    return started(partner) == many


def run_until(world: World, partners: list[Partner], is_done: Callable[[], bool]) -> None:
    """Do what is due, each tenant's slice in turn; then jump to the next moment at which something is."""
    while not is_done():
        tenants: list[UUID] = tenants_with_bulk()
        while tenants:
            tenants = [tenant for tenant in tenants if work_through(tenant_id=tenant)]
        due = next_due(partners)
        if due is None:
            return
        world.later(max(due - clock.now(), timedelta()) + timedelta(milliseconds=1))


def sent(partner: Partner) -> Counter[str]:
    """Calls that change something, by operation; refused ones are none."""
    with acting_for(partner.pk):
        done = Attempt.objects.filter(outcome=AttemptOutcome.DONE.value)
        return Counter(done.values_list("operation", flat=True))


def refused(partner: Partner) -> Counter[str]:
    """What BILL's own limits refused, by code."""
    with acting_for(partner.pk):
        all_codes = Attempt.objects.exclude(codes=[]).values_list("codes", flat=True)
        return Counter(code for codes in all_codes for code in codes)


def test_bulk_is_bound_by_the_limits_alone(world: World) -> None:
    one = world.one
    for number in range(ROWS):
        start(one, number)
    # From the full hour on: the bound counts whole hours.
    now = clock.now()
    world.later(timedelta(hours=1) - timedelta(minutes=now.minute, seconds=now.second))
    began, clocked = clock.now(), time.perf_counter()
    run_until(world, [one], lambda: started(one) == ROWS)
    took, real = clock.now() - began, time.perf_counter() - clocked

    calls = sent(one)
    logins, messages = sum(calls[name] for name in LOGINS), calls["initiate_risk_verification"]
    # Of a bucket's last hour or minute only what is needed to begin its last call counts.
    hours = {"logins": (logins - 1) // LIMITS["logins"]}
    bounds = {name: timedelta(hours=n) for name, n in hours.items()}
    rest = messages - hours["logins"] * LIMITS["logins"]
    bounds["logins, and the messages of the last hour"] = bounds["logins"] + timedelta(
        minutes=max(0, math.ceil(rest / LIMITS["messages"]) - 1)
    )
    bounds["messages"] = timedelta(minutes=max(0, math.ceil(messages / LIMITS["messages"]) - 1))
    name, bound = max(bounds.items(), key=lambda item: item[1])
    print(f"\n{ROWS} rows: {took} on the clock, the bound is {bound} ({name}): {took / bound:.3f}x")
    print(f"calls: {dict(calls)}\nrefused by BILL: {dict(refused(one))}; {real:.0f} s of work")
    assert len(world.organizations()) == ROWS
    assert refused(one)["BDC_1322"] == 0


def test_small_tenant_beside_a_large_one(world: World) -> None:
    small, large, waits = world.two, world.one, []
    for load in (0, 10 * SMALL):
        for number in range(load):
            start(large, number)
        before = started(small)
        for number in range(SMALL):
            start(small, before + number)
        began = clock.now()
        run_until(world, [small, large], partial(has_started, small, before + SMALL))
        waits.append(clock.now() - began)
        world.later(timedelta(hours=1))
    alone, beside = waits
    print(
        f"\n{SMALL} rows alone {alone}, beside {10 * SMALL} of another tenant {beside}: {beside / alone:.2f}x"
    )
