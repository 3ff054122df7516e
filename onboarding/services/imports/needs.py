"""What an import still asks of BILL, and when that will have happened."""

from collections import Counter
from collections.abc import Iterable

from django.conf import settings

from onboarding.gateway.budgets import buckets_of
from onboarding.models import Bucket, Budget, Import, RowState
from onboarding.models.budget import MINUTE
from onboarding.services.imports.finishing import UNSETTLED, Group, Progress, progress
from onboarding.services.imports.limits import (
    Forecast,
    HourlyLimit,
    Limit,
    Pace,
    SlidingLimit,
    foretell,
    logins_with_partner,
)
from portal.lib import clock

# Every call of each step, as the steps make them; BILL's decision is looked at about four times.
CALLS = {
    "create_organization": ["create_organization"],
    "set_price_plan": ["update_price_plan"],
    "create_user": ["create_partner_user"],
    "add_risk_phone": ["create_partner_risk_phone"],
    "start_verification": [
        "login_as_user",
        "initiate_risk_verification",
        *["get_risk_verification"] * 4,
        "logout",
    ],
}
ORDER = ["create_organization", "create_user", "add_risk_phone", "start_verification"]
# From which of these on an onboarding still has to go, by the step that it stands at.
FROM = {"": 0, "partner_login": 0, **{key: place for place, key in enumerate(ORDER)}}
DEV_KEY = frozenset({"initiate_risk_verification", "get_risk_verification", "logout"})
WORDS = {
    ("appKey", Bucket.CALLS): "calls, {:,} an hour",
    ("devKey", Bucket.CALLS): "calls inside organizations, {:,} an hour",
    ("appKey", Bucket.LOGINS): "logins, {:,} an hour",
    ("devKey", Bucket.LOGINS): "logins inside organizations, {:,} an hour",
    ("appKey", Bucket.MESSAGES): "texts and e-mails, {:,} a minute",
    ("devKey", Bucket.MESSAGES): "verification texts and e-mails, {:,} a minute",
}
# Where no limit decides: about how long BILL takes for a call.
SECONDS_A_CALL = 0.4
Need = tuple[str, str, bool]


def demand(import_: Import, counted: Progress | None = None) -> dict[str, int]:
    """How often each step will be sent for the rows that are ready: what starting them does at BILL."""
    groups = (counted or progress(import_)).groups
    ready = [one for one in groups if one.state == RowState.READY and not one.is_correction]
    return dict(_steps(_needs(ready)))


def forecast(import_: Import, counted: Progress | None = None) -> Forecast | None:
    """When the last call for this import may be made, as far as is known now; None when none is left to make."""
    groups = (counted or progress(import_)).groups
    going = [one for one in groups if one.state == RowState.STARTED and one.status in UNSETTLED]
    ready = [one for one in groups if one.state == RowState.READY]
    calls: Counter[str] = Counter()
    for step, times in _steps(_needs([*ready, *going])).items():
        for operation in CALLS[step]:
            calls[operation] += times
    return foretell(_limits(import_, calls), clock.now()) if calls else None


def _needs(groups: Iterable[Group]) -> Counter[Need]:
    """How many rows reach how far, from which step on, with a plan or without."""
    needs: Counter[Need] = Counter()
    for one in groups:
        at = one.step if one.state == RowState.STARTED and one.step else ORDER[0]
        needs[one.reach, at, one.has_plan] += one.rows
    return needs


def _steps(needs: Counter[Need]) -> Counter[str]:
    """How often each step is still sent."""
    steps: Counter[str] = Counter()
    for (reach, at, plan), rows in needs.items():
        if reach not in ORDER or at not in FROM:
            continue
        first = FROM[at]
        for step in ORDER[first : ORDER.index(reach) + 1]:
            steps[step] += rows
        if plan and first == 0:
            steps["set_price_plan"] += rows
    return steps


def _limits(import_: Import, calls: Counter[str]) -> list[tuple[Limit, int]]:
    """Every limit that these calls meet, with what is left of it, and how many of them count for it."""
    now = clock.now()
    spent = {(one.key, one.bucket): one for one in Budget.objects.filter(connection_id=import_.connection_id)}
    needed: Counter[tuple[str, Bucket]] = Counter()
    for operation, times in calls.items():
        key = "devKey" if operation in DEV_KEY else "appKey"
        for bucket in buckets_of(operation):
            needed[key, bucket] += times
    limits: list[tuple[Limit, int]] = [(_pace(), calls.total())]
    for (key, bucket), times in needed.items():
        most, row = settings.BILL_LIMITS[bucket.value], spent.get((key, bucket.value))
        if not most:
            continue
        name, closed = WORDS[key, bucket].format(most), row.closed(now) if row else None
        used = row.used_at(now) if row else 0
        if bucket is Bucket.MESSAGES:
            limits.append((SlidingLimit(name, most, MINUTE, row.counted(now) if row else (), closed), times))
            continue
        if bucket is Bucket.LOGINS:
            times = logins_with_partner(times, used, most)
        limits.append((HourlyLimit(name, most, used, closed), times))
    return limits


def _pace() -> Pace:
    return Pace("BILL's own time for each call", SECONDS_A_CALL, settings.BILL_LIMITS["at_once"] or 3)
