"""What every page shows around its content: the rail, the environment, the session one is acting in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from onboarding.models import BillSession, Environment
from onboarding.selectors import acting_session, connections, waiting_on_us
from onboarding.views.session_words import moves_money
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
    staff_name: str
    organization_name: str
    user_name: str
    reason: str
    ends_at: Any
    moves_money: bool
    url: str
    page: str
    poll_url: str


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of templates/base.html."""
    base = {"request_id": request.META.get("PORTAL_REQUEST_ID", "")}
    place: Place | None = getattr(request, "place", None)
    if place is None:
        return base
    return {
        **base,
        "tenant": place,
        "places": getattr(request, "places", []),
        "navigation": _when_shown(place, lambda: _navigation(request, place, waiting_on_us())),
        "environment": _when_shown(place, _least_real),
        "acting": _when_shown(place, lambda: _acting(acting_session(request.user.pk or 0))),
        "search_url": reverse("onboardings"),
        "search_text": request.GET.get("q", ""),
    }


def _when_shown(place: Place, ask: Callable[[], object]) -> Any:
    """Asked only by a page that shows it: a poll has no rail, and an onboarding names its own environment."""

    def ask_as_tenant() -> object:
        with acting_for(place.tenant_id):
            return ask()

    return SimpleLazyObject(ask_as_tenant)


def _navigation(request: HttpRequest, place: Place, count: int) -> list[Item]:
    here = getattr(request.resolver_match, "url_name", "") or ""
    waits_on_us = here == "onboardings" and request.GET.get("for") == "staff"
    ours = here.startswith("onboarding") and not waits_on_us
    items = [
        Item("Onboardings", reverse("onboardings"), "list", ours),
        Item("Waiting on us", f"{reverse('onboardings')}?for=staff", "inbox", waits_on_us, count),
        Item("At BILL", reverse("at_bill"), "bank", here.startswith("at_bill")),
        Item("Imports", reverse("imports"), "import", here.startswith("import")),
    ]
    items.append(Item("Recovery", reverse("recovery"), "running", here == "recovery"))
    if allows(place, Permission.SEE_AUDIT_LOG):
        items.append(Item("Audit", reverse("audit"), "shield", here == "audit"))
    if allows(place, Permission.SEE_CONNECTION):
        items.append(Item("Connection", reverse("connection"), "plug", here.startswith("connection")))
    if allows(place, Permission.MANAGE_SETTINGS):
        items.append(Item("Settings", reverse("settings"), "settings", here.startswith("settings")))
    return items


def _least_real() -> str:
    """The ribbon of pages that belong to no single onboarding: a tenant with production has none there."""
    environments = list(connections())
    if not environments or Environment.PRODUCTION.value in environments:
        return ""
    return environments[0]


def _acting(session: BillSession | None) -> Acting | None:
    if session is None:
        return None
    onboarding = session.onboarding
    return Acting(
        staff_name=str(session.staff),
        organization_name=onboarding.name if onboarding else "",
        user_name=session.user_name or session.bill_user_id,
        reason=session.reason,
        ends_at=session.expires_at,
        moves_money=moves_money(session),
        url=reverse("session_end", args=[session.pk]),
        page=reverse("session", args=[session.pk]),
        poll_url=reverse("session_banner", args=[session.pk]),
    )
