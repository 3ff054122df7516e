"""The gate in front of the admin's pages: a device with a visit, whose mailbox is confirmed."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from onboarding.models import Branding, Contact, Onboarding, Visit
from onboarding.services.contacts import people, visits
from onboarding.services.contacts.branding import Brand, brand_of
from portal.lib.actor import Actor
from portal.lib.requests import client_ip
from portal.lib.tenancy import acting_for, bound

P = ParamSpec("P")
COOKIE, COOKIE_PATH = "portal_visit", "/company/"


class ContactRequest(HttpRequest):
    """A request that passed the gate: a contact, on a device, for one onboarding."""

    visit: Visit
    contact: Contact
    onboarding: Onboarding
    actor: Actor
    brand: Brand


def contact_gate(
    methods: str = "GET HEAD", *, confirmed: bool = True, calls_bill: bool = False
) -> Callable[
    [Callable[Concatenate[ContactRequest, P], HttpResponse]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """A visit, its confirmed mailbox, method, then one transaction as the tenant around the whole view.

    A view that waits for BILL gets no transaction: it opens short ones of its own.
    """

    def wrap(
        view: Callable[Concatenate[ContactRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def gated(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            found = visits.visit_of(request.COOKIES.get(COOKIE, ""))
            if found is None:
                return no_visit(request)
            tenant_id, visit_id = found
            with acting_for(tenant_id):
                allowed = _enter(request, visit_id)
                if allowed is None:
                    return no_visit(request)
                if request.POST.get("company", mark := people.mark_of(allowed.contact)) != mark:
                    return render(request, "onboarding/contacts/other_company.html", status=409)
                if confirmed and not allowed.visit.confirmed_at:
                    return redirect("contact_code")
                if not calls_bill:
                    return view(allowed, *args, **kwargs)
            with bound(tenant_id):
                return view(allowed, *args, **kwargs)

        checked = never_cache(require_http_methods(methods.split())(spoken(gated)))
        checked.for_contacts = True  # type: ignore[attr-defined]  # read by the test over all URLs
        return cast(Callable[Concatenate[HttpRequest, P], HttpResponseBase], checked)

    return wrap


def _enter(request: HttpRequest, visit_id: UUID) -> ContactRequest | None:
    visit = visits.live_visit(visit_id)
    if visit is None:
        return None
    entered: Any = request
    entered.visit, entered.contact, entered.onboarding = visit, visit.contact, visit.contact.onboarding
    entered.actor = people.actor_of(visit.contact, client_ip(request), request.META["PORTAL_REQUEST_ID"])
    entered.brand = brand_of(Branding.objects.first(), visit.contact.tenant.name)
    found: ContactRequest = entered
    return found


def no_visit(request: HttpRequest) -> HttpResponse:
    """The visit is over, or was never begun here: the way back is a fresh link."""
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, "onboarding/contacts/no_visit.html", status=401 if is_fragment else 403)


def spoken(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view in the reader's language: the one they chose on this device, else what their browser asks for."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override(translation.get_language_from_request(request)):
            response = view(request, *args, **kwargs)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
            return response

    return answer


@never_cache
@spoken
def contact_csrf_failure(request: HttpRequest) -> HttpResponse:
    """A browser that kept our cookie to itself: nothing was done, and the page that was sent is there again."""
    came_from = urlsplit(request.headers.get("Referer", "")).path
    back = came_from if came_from.startswith(COOKIE_PATH) else _own_page(request)
    return render(request, "onboarding/contacts/csrf.html", {"back": back}, status=403)


def _own_page(request: HttpRequest) -> str:
    """Where no page is named: a link has its page at its own address, and every visit has one to begin with."""
    match = request.resolver_match
    return request.path if match and "token" in match.kwargs else COOKIE_PATH


def keep_visit(response: HttpResponse, key: str) -> None:
    """The device's cookie: sent to these pages only, gone with the browser."""
    response.set_cookie(
        COOKIE, key, path=COOKIE_PATH, httponly=True, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
    )


def drop_visit(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, path=COOKIE_PATH, samesite="Lax")
