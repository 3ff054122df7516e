"""What exists at BILL: the partner's organizations there, those that no onboarding holds, and taking one over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from onboarding.forms.adoption import AdoptForm
from onboarding.forms.formats import phone
from onboarding.gateway.listed import holders, shown, strays
from onboarding.gateway.scans import NotYet, newest_scan, rest_after
from onboarding.models import Connection, ListedOrganization, Onboarding, Scan, ScanState
from onboarding.selectors import connections
from onboarding.services.adoption import adopt_organization, open_namesakes, read_list
from onboarding.services.steps import NotReady
from onboarding.views.records import Fact
from portal.lib import clock, masking
from portal.lib.tenancy import acting_for
from portal.tenants.access import StaffRequest, allows, gate
from portal.tenants.roles import Permission

SEE, WORK = Permission.SEE_ONBOARDINGS, Permission.WORK_ONBOARDINGS
PAGE = 50
WORTH_SAYING = timedelta(seconds=10)
FLAWS = {
    ScanState.HOLED: "It left out organizations that it had shown before; they are listed here as they were.",
    ScanState.BROKEN: "BILL did not give it to its end; what is listed here may not be all.",
    ScanState.TOO_LONG: "It is longer than the portal reads; what is listed here is not all.",
}


@dataclass(frozen=True)
class Row:
    listed: ListedOrganization
    place: str
    holder: Onboarding | None


@dataclass(frozen=True)
class Reading:
    """How the portal knows BILL's list."""

    scan: Scan | None
    flaw: str
    is_going: bool
    possible_from: datetime | None


@gate(SEE)
def at_bill(request: StaffRequest) -> HttpResponse:
    """Organizations at BILL, those first that nobody here holds; searched by name, paged by key."""
    available = connections()
    connection = available.get(request.GET.get("environment", "")) or next(iter(available.values()), None)
    if connection is None:
        messages.warning(request, "Connect to BILL first: an owner enters the credentials.")
        return redirect("onboardings")
    q, shows_all = request.GET.get("q", "").replace("\0", "").strip()[:100], request.GET.get("show") == "all"
    found = shown(connection) if shows_all else strays(connection)
    if q:
        found = found.filter(Q(name__icontains=q) | Q(bill_id=q))
    after = _key(request.GET.get("after", ""))
    if after:
        found = found.filter(Q(first_seen_at__lt=after[0]) | Q(first_seen_at=after[0], pk__lt=after[1]))
    rows = list(found.order_by("-first_seen_at", "-pk")[: PAGE + 1])
    query = {"environment": connection.environment, "show": "all" if shows_all else "", "q": q}
    query = {name: value for name, value in query.items() if value}
    context = {
        "connection": connection,
        "environment": connection.environment,
        "environments": [name for name in available if name != connection.environment],
        "rows": _rows(rows[:PAGE]),
        "older": f"?{urlencode({**query, 'after': _token(rows[PAGE - 1])})}" if len(rows) > PAGE else "",
        "newer": f"?{urlencode(query)}" if after else "",
        "q": q,
        "shows_all": shows_all,
        "query": urlencode(query),
        "unknown_url": f"?{urlencode({**query, 'show': ''})}",
        "all_url": f"?{urlencode({**query, 'show': 'all'})}",
        "reading": _reading(connection),
        "can_work": allows(request.place, WORK),
    }
    return render(request, "onboarding/adoption/at_bill.html", context)


def _rows(listed: list[ListedOrganization]) -> list[Row]:
    held = holders(listed)
    return [Row(one, _place(one, ("city", "state")), held.get(one.bill_id)) for one in listed]


def _place(listed: ListedOrganization, parts: tuple[str, ...]) -> str:
    address = listed.details["address"] or {}
    return ", ".join(address[part] for part in parts if address.get(part))


def _reading(connection: Connection) -> Reading:
    scan = newest_scan(connection)
    if scan is None:
        return Reading(None, "", False, None)
    is_going = scan.state == ScanState.READING
    possible_from = rest_after(scan)
    waits = possible_from if not is_going and possible_from > clock.now() + WORTH_SAYING else None
    return Reading(scan, FLAWS.get(ScanState(scan.state), ""), is_going, waits)


def _token(row: ListedOrganization) -> str:
    return f"{row.first_seen_at.timestamp():.6f}~{row.pk}"


def _key(token: str) -> tuple[datetime, UUID] | None:
    """The key in a page's address; None when somebody made it up."""
    moment, _, pk = token.partition("~")
    try:
        return datetime.fromtimestamp(float(moment), tz=clock.now().tzinfo), UUID(pk)
    except (ValueError, OverflowError, OSError):
        return None


@gate(WORK, "POST", calls_bill=True)
def read(request: StaffRequest) -> HttpResponse:
    """Read BILL's list, or the next part of it."""
    with acting_for(request.place.tenant_id):
        connection = connections().get(request.POST.get("environment", ""))
    if connection is None:
        return redirect("at_bill")
    came = read_list(actor=request.actor, connection=connection)
    if isinstance(came, NotReady):
        messages.warning(request, came.why)
    elif isinstance(came, NotYet):
        messages.info(request, came.words)
    return redirect(f"{reverse('at_bill')}?{urlencode({'environment': connection.environment})}")


@gate(WORK, "GET HEAD POST")
def organization(request: StaffRequest, listed_id: UUID) -> HttpResponse:
    """What BILL has of one organization; a POST has an onboarding hold it."""
    listed = ListedOrganization.objects.select_related("connection").filter(pk=listed_id).first()
    if listed is None:
        raise Http404
    form = AdoptForm(request.POST if request.method == "POST" else None, namesakes=open_namesakes(listed))
    if request.method == "POST" and form.is_valid():
        reason, into = form.cleaned_data["reason"], form.chosen()
        came = adopt_organization(actor=request.actor, listed=listed, reason=reason, into=into)
        if isinstance(came, Onboarding):
            messages.success(request, "The onboarding holds this organization. Nothing was changed at BILL.")
            return redirect("onboarding_at_bill", came.pk)
        messages.warning(request, came.why)
        return redirect("at_bill_organization", listed.pk)
    context: dict[str, Any] = {
        "listed": listed,
        "environment": listed.connection.environment,
        "facts": _facts(listed, allows(request.place, Permission.SEE_PERSONAL_DATA)),
        "holder": holders([listed]).get(listed.bill_id),
        "is_archived": listed.details["archived"],
        "form": form,
    }
    return render(
        request, "onboarding/adoption/organization.html", context, status=422 if form.errors else 200
    )


def _facts(listed: ListedOrganization, sees_all: bool) -> list[Fact]:
    details = listed.details
    number = phone(details["phone"]) if sees_all else masking.last_four(details["phone"])
    digits = any(letter.isalnum() for letter in details["tax_id"])
    facts = [
        Fact("BILL id", listed.bill_id, copyable=True),
        Fact("Address", _place(listed, ("line1", "line2", "city", "state", "zip", "country"))),
        Fact("Phone", number),
        Fact("Tax id", masking.last_four(details["tax_id"]) if digits else details["tax_id"]),
        Fact("Industry", details["industry"]),
        Fact("Business category", details["business_category"]),
        Fact("Account type", details["account_type"]),
        Fact("Created at BILL", "" if listed.created_time else "BILL does not say", at=listed.created_time),
        Fact("First seen by the portal", at=listed.first_seen_at),
    ]
    return [fact for fact in facts if fact.value or fact.at]
