"""Pages for what went wrong outside a view: what happened, what exists at BILL, what to do, and an id to quote."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string

from onboarding.views.contacts.gate import COOKIE_PATH, contact_csrf_failure


def _page(request: HttpRequest, template: str, status: int, message: str = "") -> HttpResponse:
    # Without the request: what failed may be the very thing that a page's frame asks for.
    context = {"request_id": request.META.get("PORTAL_REQUEST_ID", ""), "message": message}
    return HttpResponse(render_to_string(template, context), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "403.html", 403, str(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "404.html", 404)


def failed(request: HttpRequest) -> HttpResponse:
    return _page(request, "500.html", 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    if request.path.startswith(COOKIE_PATH):
        return contact_csrf_failure(request)
    return render(request, "403_csrf.html", status=403)
