"""Every onboarding of the tenant, and who is being waited for."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from onboarding.forms.connection import NewOnboardingForm
from onboarding.models import Onboarding
from onboarding.selectors import Filters, connections, counts, onboarding_page
from onboarding.services.onboardings import staff_of, start_onboarding
from onboarding.states import Status, WaitsFor
from onboarding.steps import JOURNEY, REGISTRY
from onboarding.views.journey import ADMIN_SAYS, WAITS_FOR, WORDS
from onboarding.views.records import decision_words
from portal.tenants.access import StaffRequest, allows, gate
from portal.tenants.roles import Permission


@dataclass(frozen=True)
class Chip:
    """A filter as a link, with how many it shows."""

    label: str
    url: str
    count: int
    current: bool
    urgent: bool = False


@dataclass(frozen=True)
class Row:
    onboarding: Onboarding
    step: str
    number: int
    waits_for: str
    decision: str
    admin_says: str


@gate(Permission.SEE_ONBOARDINGS)
def onboardings(request: StaffRequest) -> HttpResponse:
    """The dashboard: filters in the address, newest first, pages by key."""
    filters = _filters(request)
    page = onboarding_page(filters, before=request.GET.get("before", ""), after=request.GET.get("after", ""))
    kept = {name: request.GET[name] for name in ("q", "status", "for", "mine") if request.GET.get(name)}
    numbers = counts()
    context = {
        "rows": [_row(onboarding) for onboarding in page.rows],
        "chips": _chips(request, numbers),
        "total": numbers["all"],
        "filters": filters,
        "is_filtered": bool(kept),
        "older": f"?{urlencode({**kept, 'before': page.older})}" if page.older else "",
        "newer": f"?{urlencode({**kept, 'after': page.newer})}" if page.newer else "",
        "steps": len(JOURNEY),
        "can_work": allows(request.place, Permission.WORK_ONBOARDINGS),
        "connections": connections(),
        "can_connect": allows(request.place, Permission.MANAGE_CONNECTION),
    }
    return render(request, "onboarding/dashboard/onboardings.html", context)


def _filters(request: StaffRequest) -> Filters:
    status, waits_for = request.GET.get("status", ""), request.GET.get("for", "")
    return Filters(
        q=request.GET.get("q", "").replace("\0", "").strip()[:100],
        status=status if status in set(Status) else "",
        waits_for=waits_for if waits_for in set(WaitsFor) else "",
        mine=staff_of(request.actor).pk if request.GET.get("mine") == "1" else None,
    )


def _row(onboarding: Any) -> Row:
    """`onboarding` as `onboardings` selects it, with what its admin says."""
    definition = REGISTRY.get(onboarding.current_step)
    return Row(
        onboarding=onboarding,
        step=definition.title if definition else "",
        number=JOURNEY.index(definition) + 1 if definition else len(JOURNEY),
        waits_for=_waits_for(onboarding),
        decision=decision_words(onboarding.decision),
        admin_says=ADMIN_SAYS.get(onboarding.admin_says, ""),
    )


def _waits_for(onboarding: Any) -> str:
    if onboarding.admin_says:
        return WAITS_FOR[WaitsFor.STAFF]
    return WAITS_FOR["" if onboarding.is_closed else onboarding.waits_for]


def _chips(request: StaffRequest, numbers: dict[str, int]) -> list[Chip]:
    def chip(label: str, query: dict[str, str], count: int, urgent: bool = False) -> Chip:
        current = {
            name: request.GET[name] for name in ("status", "for", "mine") if request.GET.get(name)
        } == query
        return Chip(label, f"?{urlencode(query)}" if query else "?", count, current, urgent)

    by_status = (
        Status.RUNNING,
        Status.UNKNOWN,
        Status.NEEDS_YOU,
        Status.DECLINED,
        Status.NOT_PERMITTED,
        Status.DONE,
        Status.CANCELLED,
    )
    return [
        chip("All", {}, numbers["all"]),
        chip("Waiting on us", {"for": "staff"}, numbers.get("for_staff", 0), urgent=True),
        chip("Waiting on admin", {"for": "admin"}, numbers.get("for_admin", 0)),
        chip("Waiting on BILL", {"for": "bill"}, numbers.get("for_bill", 0)),
        *(chip(WORDS[s], {"status": s.value}, numbers[s.value]) for s in by_status if numbers.get(s.value)),
    ]


@gate(Permission.WORK_ONBOARDINGS, "GET HEAD POST")
def new(request: StaffRequest) -> HttpResponse:
    """Start an onboarding: a name and an environment; the partner login begins at once."""
    available = connections()
    if not available:
        messages.warning(request, "Connect to BILL first: an owner enters the credentials.")
        can_connect = allows(request.place, Permission.SEE_CONNECTION)
        return redirect("connection" if can_connect else "onboardings")
    form = NewOnboardingForm(request.POST if request.method == "POST" else None, connections=available)
    if request.method == "POST" and form.is_valid():
        connection = available[form.cleaned_data["environment"]]
        begun = start_onboarding(actor=request.actor, connection=connection, name=form.cleaned_data["name"])
        return redirect(reverse("onboarding_step", args=[begun.pk, JOURNEY[0].key]))
    return render(
        request, "onboarding/dashboard/new.html", {"form": form}, status=422 if form.errors else 200
    )
