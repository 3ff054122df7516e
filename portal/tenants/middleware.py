"""Finds the tenant of the signed-in person. It opens no transaction: the gate in front of each view does."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from portal.tenants.selectors import places_of

SESSION_KEY = "tenant"


class TenantMiddleware:
    """Sets `request.places` and `request.place`; the chosen tenant is in the session, the first one by default."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        places = places_of(request.user.pk) if request.user.is_authenticated and request.user.pk else []
        chosen = request.session.get(SESSION_KEY)
        place = next((p for p in places if str(p.tenant_id) == chosen), places[0] if places else None)
        request.places, request.place = places, place  # type: ignore[attr-defined]  # read through StaffRequest
        return self.get_response(request)
