"""What does not move, and whether everything that moves things is there."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render

from onboarding.models import Import, ImportState
from onboarding.services import health
from onboarding.services.recovery import DECIDE, Stuck, stuck
from onboarding.states import Status, WaitsFor, step_status
from onboarding.steps import REGISTRY
from portal.tenants.access import StaffRequest, gate
from portal.tenants.roles import Permission

WITHOUT = {
    "database": "The database does not answer.",
    "broker": "The broker does not answer: nobody is woken. The sweeper still finds what is due, once it is back.",
    "sweeper": "No worker has swept for a minute: what is due, is put off or was interrupted stays as it is.",
}


@dataclass(frozen=True)
class Row:
    """One group as the page shows it."""

    title: str
    status: Status
    group: Stuck
    needs_decision: bool


@gate(Permission.SEE_ONBOARDINGS)
def recovery(request: StaffRequest) -> HttpResponse:
    """Everything of the tenant's that stands still, and what will become of it."""
    rows = [_row(group) for group in stuck()]
    paused = Import.objects.filter(state=ImportState.PAUSED.value).exclude(pause_reason="")
    context = {
        "rows": rows,
        "paused": paused.order_by("started_at").defer("content", "header"),
        "missing": [WITHOUT[name] for name in health.missing()],
        "swept_at": health.last_sweep(),
    }
    return render(request, "onboarding/recovery/recovery.html", context)


def _row(group: Stuck) -> Row:
    needs_decision = group.next == DECIDE
    waits_for = WaitsFor.STAFF if needs_decision else WaitsFor.NOBODY
    definition = REGISTRY.get(group.key)
    title = definition.title if definition else group.key
    return Row(title, step_status(group.state, waits_for, is_open=True), group, needs_decision)
