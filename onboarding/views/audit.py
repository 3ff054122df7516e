"""The tenant's audit log, newest first."""

from django.http import HttpResponse
from django.shortcuts import render

from onboarding.selectors import onboarding_names
from onboarding.views.records import timeline_event
from portal.audit.models import Entry
from portal.tenants.access import StaffRequest, gate
from portal.tenants.roles import Permission

PAGE = 50


@gate(Permission.SEE_AUDIT_LOG)
def audit(request: StaffRequest) -> HttpResponse:
    """Entries with their number in the chain; pages by that number."""
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
    found = Entry.objects.filter(tenant_id=request.place.tenant_id)
    if before is not None:
        found = found.filter(seq__lt=before)
    entries = list(found.order_by("-seq")[: PAGE + 1])
    more, entries = len(entries) > PAGE, entries[:PAGE]
    names = onboarding_names({entry.onboarding_id for entry in entries if entry.onboarding_id})
    context = {
        "rows": [(entry, timeline_event(entry), names.get(entry.onboarding_id, "")) for entry in entries],
        "older": f"?before={entries[-1].seq}" if more else "",
        "newer": "?" if before is not None else "",
    }
    return render(request, "onboarding/audit/audit.html", context)
