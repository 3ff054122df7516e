"""What every page shows around its content: the rail, the environment, the session one is acting in."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from onboarding.models import BillSession, Environment, Step
from onboarding.selectors import acting_session, connections, waiting_on_us
from portal.lib.tenancy import acting_for
from portal.tenants.access import allows
from portal.tenants.roles import Permission
from portal.tenants.selectors import Place


@dataclass(frozen=True)
class Item:
    label: str
    url: str
    icon: str
    current: bool = False
    count: int = 0


@dataclass(frozen=True)
class Acting:
    organization_name: str
    user_name: str
    reason: str
    ends_at: Any
    url: str
    page: str


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of templates/base.html."""
    base = {"request_id": request.META.get("PORTAL_REQUEST_ID", "")}
    place: Place | None = getattr(request, "place", None)
    if place is None:
        return base
    with acting_for(place.tenant_id):
        acting = acting_session(request.user.pk or 0)
        environments = list(connections())
        count = waiting_on_us()
    return {
        **base,
        "tenant": place,
        "places": getattr(request, "places", []),
        "navigation": _navigation(request, place, count),
        "environment": _least_real(environments),
        "acting": _acting(acting) if acting else None,
        "search_url": reverse("onboardings"),
        "search_text": request.GET.get("q", ""),
    }


def _navigation(request: HttpRequest, place: Place, count: int) -> list[Item]:
    here = getattr(request.resolver_match, "url_name", "") or ""
    waits_on_us = here == "onboardings" and request.GET.get("for") == "staff"
    ours = here.startswith("onboarding") and not waits_on_us
    items = [
        Item("Onboardings", reverse("onboardings"), "list", ours),
        Item("Waiting on us", f"{reverse('onboardings')}?for=staff", "inbox", waits_on_us, count),
    ]
    if allows(place, Permission.SEE_AUDIT_LOG):
        items.append(Item("Audit", reverse("audit"), "shield", here == "audit"))
    if allows(place, Permission.SEE_CONNECTION):
        items.append(Item("Connection", reverse("connection"), "plug", here.startswith("connection")))
    return items


def _least_real(environments: list[str]) -> str:
    """The ribbon of pages that belong to no single onboarding: a tenant with production has none there."""
    if not environments or Environment.PRODUCTION.value in environments:
        return ""
    return environments[0]


def user_name(session: BillSession) -> str:
    """The user's name as staff entered it, or BILL's id."""
    step = Step.objects.filter(onboarding=session.onboarding, key="create_user").first()
    given = step.input if step else {}
    return f"{given.get('first_name', '')} {given.get('last_name', '')}".strip() or session.bill_user_id


def _acting(session: BillSession) -> Acting:
    onboarding = session.onboarding
    return Acting(
        organization_name=onboarding.name if onboarding else "",
        user_name=user_name(session),
        reason=session.reason,
        ends_at=session.expires_at,
        url=reverse("session_end", args=[session.pk]),
        page=reverse("session", args=[session.pk]),
    )
