"""Changing the tenant one works for."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from portal.tenants.middleware import SESSION_KEY


def switch_tenant(request: HttpRequest) -> HttpResponse:
    """Go on as another of one's tenants; one that is not is ignored."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    places = getattr(request, "places", [])
    if request.POST.get("tenant") in {str(place.tenant_id) for place in places}:
        request.session[SESSION_KEY] = request.POST["tenant"]
    return redirect("/")
