"""The gate in front of every page: who is asking, for which tenant, and whether their role allows it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts.models import Person
from portal.lib.actor import Actor, Kind
from portal.lib.requests import client_ip
from portal.lib.tenancy import acting_for, bound
from portal.tenants import kept
from portal.tenants.roles import Permission, may
from portal.tenants.selectors import Place

P = ParamSpec("P")


class StaffRequest(HttpRequest):
    """A request that passed the gate: somebody is signed in, at a tenant, with a role."""

    user: Person
    place: Place
    actor: Actor


def actor_of(request: HttpRequest, place: Place) -> Actor:
    """The value that services and the audit log get instead of the request."""
    person = request.user
    assert isinstance(person, Person)
    return Actor(
        kind=Kind.STAFF,
        tenant_id=place.tenant_id,
        person_id=person.pk,
        name=str(person),
        role=place.role.value,
        ip=client_ip(request),
        request_id=request.META["PORTAL_REQUEST_ID"],
    )


def allows(place: Place | None, permission: Permission) -> bool:
    return place is not None and may(place.role, permission)


def gate(
    permission: Permission, methods: str = "GET HEAD", *, calls_bill: bool = False
) -> Callable[
    [Callable[Concatenate[StaffRequest, P], HttpResponse]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Sign-in, tenant, permission, method, then one transaction as the tenant around the whole view.

    A view that waits for BILL says so and gets no transaction: it opens short ones of its own.
    """

    def wrap(
        view: Callable[Concatenate[StaffRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def gated(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _ask_to_sign_in(request, shows_page="GET" in methods.split())
            place: Place | None = getattr(request, "place", None)
            if place is None:
                return render(request, "portal/no_tenant.html", status=403)
            if not may(place.role, permission):
                raise PermissionDenied(f"Your role ({place.role}) may not {permission}.")
            staff_request: Any = request
            staff_request.actor = actor_of(request, place)
            with bound(place.tenant_id) if calls_bill else acting_for(place.tenant_id):
                return view(staff_request, *args, **kwargs)

        checked = never_cache(require_http_methods(methods.split())(gated))
        checked.permission = permission  # type: ignore[attr-defined]  # read by the test over all URLs
        return cast(Callable[Concatenate[HttpRequest, P], HttpResponseBase], checked)

    return wrap


def _ask_to_sign_in(request: HttpRequest, shows_page: bool) -> HttpResponse:
    sign_in = reverse("account_login")
    if request.headers.get("HX-Request") == "true":
        # A swapped-in sign-in page would take away what was typed: the page stays and says what to do.
        return render(request, "portal/signed_out.html", {"sign_in": sign_in}, status=401)
    if request.method == "POST" and shows_page:
        kept.keep(request)
    back_to = request.get_full_path() if shows_page else "/"
    return redirect(f"{sign_in}?{urlencode({'next': back_to})}")
