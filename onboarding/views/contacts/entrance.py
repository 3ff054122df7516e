"""How an admin comes in: the link, the code, a fresh link, "it is not me", and the way out."""

from uuid import UUID

from allauth.core import ratelimit
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods

from onboarding.forms.contacts import AskForm, CodeForm, LanguageForm
from onboarding.models import Branding, Contact
from onboarding.models.contact import MOST_TRIES
from onboarding.services.contacts import fresh_links, people, visits
from onboarding.services.contacts.branding import brand_of
from onboarding.services.contacts.visits import CodeResult, Link, LinkState
from onboarding.views.contacts.gate import (
    COOKIE,
    COOKIE_PATH,
    ContactRequest,
    contact_gate,
    drop_visit,
    keep_visit,
    spoken,
)
from portal.lib.requests import client_ip
from portal.lib.tenancy import acting_for


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@spoken
def link(request: HttpRequest, token: str) -> HttpResponseBase:
    """The page behind the link. Looking at it uses nothing up; the button does."""
    found = visits.look(token)
    if found is None:
        return render(request, "onboarding/contacts/no_link.html", status=404)
    if request.method == "POST" and found.state is LinkState.OPEN:
        ids = {"ip": client_ip(request), "request_id": request.META["PORTAL_REQUEST_ID"]}
        key = visits.come(found, **ids, language=translation.get_language() or "")
        if key is not None:
            response = redirect("contact_code")
            keep_visit(response, key)
            return response
        found = visits.look(token) or found
    if found.state is LinkState.USED and visits.is_at_home(
        request.COOKIES.get(COOKIE, ""), found.invitation.contact
    ):
        return redirect("contact_home")
    return _link_page(request, found, token)


def _link_page(request: HttpRequest, found: Link, token: str) -> HttpResponse:
    contact = found.invitation.contact
    with acting_for(found.tenant_id):
        brand = brand_of(Branding.objects.first(), contact.tenant.name)
    context = {
        "brand": brand,
        "brand_of": found.tenant_id,
        "state": found.state.value,
        "token": token,
        "environment": contact.onboarding.connection.environment,
    }
    return render(
        request,
        "onboarding/contacts/link.html",
        context,
        status=200 if found.state is LinkState.OPEN else 410,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@spoken
def not_me(request: HttpRequest, token: str) -> HttpResponseBase:
    """Somebody who is not the admin says so; also with a link that is used or over."""
    found = visits.look(token)
    if found is None:
        return render(request, "onboarding/contacts/no_link.html", status=404)
    if request.method == "POST":
        visits.decline(found, ip=client_ip(request), request_id=request.META["PORTAL_REQUEST_ID"])
        found = visits.look(token) or found
    return render(request, "onboarding/contacts/not_me.html", {"state": found.state.value, "token": token})


@contact_gate("GET HEAD POST", confirmed=False)
def code(request: ContactRequest) -> HttpResponse:
    """The code that was sent to the mailbox."""
    if request.visit.confirmed_at:
        return redirect("contact_home")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        result = visits.confirm(request.visit, form.cleaned_data["code"], request.actor)
        if result is CodeResult.RIGHT:
            return redirect("contact_home")
        form.add_error("code", _wrong(result, MOST_TRIES - request.visit.code_tries))
    context = {**page_of(request), "form": form, "visit": request.visit}
    return render(request, "onboarding/contacts/code.html", context, status=422 if form.errors else 200)


def _wrong(result: CodeResult, left: int) -> str:
    if result is CodeResult.OVER:
        return _("This code cannot be used any more. Have another one sent.")
    return translation.ngettext(
        "This is not the code that we sent. One try is left.",
        "This is not the code that we sent. %(left)d tries are left.",
        left,
    ) % {"left": left}


@contact_gate("POST", confirmed=False)
def code_again(request: ContactRequest) -> HttpResponse:
    """Send another code."""
    sent = visits.send_code(request.visit)
    return redirect("contact_code") if sent else _too_soon(request)


def _too_soon(request: ContactRequest) -> HttpResponse:
    form = CodeForm()
    context = {**page_of(request), "form": form, "visit": request.visit, "too_soon": True}
    return render(request, "onboarding/contacts/code.html", context, status=429)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@spoken
def ask(request: HttpRequest) -> HttpResponseBase:
    """The way back: a fresh link by mail. The answer is the same whether or not we know the address."""
    form = AskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if not ratelimit.consume(
            request, action="contact_link", key=people.fingerprint_of_email(email).hex()
        ):
            return render(
                request, "onboarding/contacts/ask.html", {"form": form, "too_many": True}, status=429
            )
        fresh_links.ask(email, ip=client_ip(request), request_id=request.META["PORTAL_REQUEST_ID"])
        return render(request, "onboarding/contacts/asked.html", {"email": email})
    return render(request, "onboarding/contacts/ask.html", {"form": form}, status=422 if form.errors else 200)


@contact_gate("POST", confirmed=False)
def leave(request: ContactRequest) -> HttpResponse:
    """Sign out on this device."""
    visits.leave(request.visit, request.actor)
    response = redirect("contact_ask")
    drop_visit(response)
    return response


@never_cache
@require_http_methods(["POST"])
def language(request: HttpRequest) -> HttpResponse:
    """Show these pages in another language on this device; mails follow."""
    form = LanguageForm(request.POST)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}) or not back.startswith(COOKIE_PATH):
        back = COOKIE_PATH
    response = redirect(back)
    if form.is_valid():
        chosen = form.cleaned_data["language"]
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            path=COOKIE_PATH,
            max_age=31_536_000,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
        )
        _remember(request, chosen)
    return response


def _remember(request: HttpRequest, chosen: str) -> None:
    if found := visits.visit_of(request.COOKIES.get(COOKIE, "")):
        with acting_for(found[0]):
            visit = visits.live_visit(found[1])
            if visit is not None:
                Contact.objects.filter(pk=visit.contact_id).update(language=chosen)


@cache_control(public=True, max_age=3600)
@require_http_methods(["GET", "HEAD"])
def brand_css(request: HttpRequest, tenant_id: UUID) -> HttpResponse:
    """The tenant's colour as a style sheet: nothing inline is allowed."""
    with acting_for(tenant_id):
        brand = brand_of(Branding.objects.first(), "")
    text = f".contact, .branded {{ --brand: {brand.colour}; --brand-ink: {brand.ink}; }}\n"
    return HttpResponse(text, content_type="text/css; charset=utf-8")


@cache_control(public=True, max_age=3600)
@require_http_methods(["GET", "HEAD"])
def logo(request: HttpRequest, tenant_id: UUID) -> HttpResponse:
    """The tenant's logo, as it is in the mails."""
    with acting_for(tenant_id):
        brand = brand_of(Branding.objects.first(), "")
    if not brand.logo:
        raise Http404
    return HttpResponse(brand.logo, content_type=brand.logo_type)


def page_of(request: ContactRequest) -> dict[str, object]:
    """What every page of the admin's shows."""
    return {
        "brand": request.brand,
        "brand_of": request.onboarding.tenant_id,
        "contact": request.contact,
        "company": people.mark_of(request.contact),
        "onboarding": request.onboarding,
        "environment": request.onboarding.connection.environment,
    }
