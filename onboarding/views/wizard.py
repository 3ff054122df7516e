"""One onboarding, step by step."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse

from onboarding.forms import STEP_FORMS
from onboarding.gateway.listed import strays_like
from onboarding.models import Onboarding, Step
from onboarding.selectors import acting_session, steps_of
from onboarding.services import price_plan
from onboarding.services import steps as step_services
from onboarding.services.steps import Accepted, Conflict, NotReady, Page, Saved
from onboarding.services.twins import twins_of
from onboarding.states import EDITABLE, StepState
from onboarding.views.access import access_onboarding, access_step
from onboarding.views.journey import Journey, step_url
from onboarding.views.polling import polled
from onboarding.views.step_page import Ask, context_of, initial_form, show_page, step_form
from portal.tenants import kept
from portal.tenants.access import StaffRequest, allows, gate
from portal.tenants.roles import Permission

SEE, WORK = Permission.SEE_ONBOARDINGS, Permission.WORK_ONBOARDINGS
NO_PRICE_PLAN = NotReady("No price plan was chosen for this organization.")


@gate(SEE)
def onboarding(request: StaffRequest, onboarding_id: UUID) -> HttpResponse:
    """Where the onboarding stands: the step that is open, or the last one."""
    found = access_onboarding(onboarding_id)
    journey = Journey.of(found, steps_of(found))
    return redirect(step_url(journey.open or journey.steps[-1]))


@gate(SEE, "GET HEAD POST")
def step(request: StaffRequest, onboarding_id: UUID, key: str) -> HttpResponse:
    """One step: what it does, its form, its result, its attempts; a POST submits it."""
    journey, found = access_step(onboarding_id, key)
    if request.method == "POST":
        return submit(request, journey, found)
    typed = kept.take(request)
    if typed and found.key in STEP_FORMS and StepState(found.state) in EDITABLE:
        messages.warning(
            request, "You were signed out, so nothing was sent. What you typed is here; send it again."
        )
        form = step_form(journey.onboarding, found, initial=STEP_FORMS[found.key].draft(typed))
        return show_page(request, journey, found, form)
    return show_page(request, journey, found)


def submit(request: StaffRequest, journey: Journey, found: Step) -> HttpResponse:
    """Check the form and submit; whatever stands in the way, what was typed stays on the page."""
    if not allows(request.place, WORK):
        raise PermissionDenied(f"Your role ({request.place.role}) may not {WORK}.")
    if found.key not in STEP_FORMS or found.key == "login_as_user":
        raise Http404
    form, page = step_form(journey.onboarding, found, request.POST), _posted_page(request)
    if not form.is_valid():
        return show_page(request, journey, found, form, page=page, status=422)
    asks = _asks_before(journey.onboarding, found, form.values())
    if asks and request.POST.get("confirmed") != "on":
        return show_page(request, journey, found, form, page=page, asks=asks, status=422)
    result = step_services.submit(actor=request.actor, step=found, page=page, values=form.values())
    match result:
        case Accepted():
            return redirect(step_url(found))
        case Conflict(why):
            return show_page(
                request, *access_step(found.onboarding_id, found.key), form, conflict=why, status=409
            )
        case NotReady(why):
            messages.info(request, why)
            return redirect(step_url(found))


def _asks_before(onboarding: Onboarding, found: Step, values: dict[str, str]) -> list[Ask]:
    """What a person confirms before something is created that BILL cannot delete."""
    if found.key != "create_organization":
        return []
    known = "A client with this name or tax id is here already:"
    asks = [
        Ask(known, reverse("onboarding", args=[twin.pk]), twin.name) for twin in twins_of(onboarding, values)
    ]
    there = "BILL has an organization of this name and address that no onboarding holds:"
    for one in strays_like(onboarding.connection, values):
        asks.append(Ask(there, reverse("at_bill_organization", args=[one.pk]), one.name))
    if onboarding.connection.is_production:
        asks.append(Ask("This is BILL itself, not a test."))
    return asks


def _posted_page(request: StaffRequest) -> Page:
    text = request.POST.get("version", "")
    version = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    return Page(request.POST.get("page", "").replace("\0", "")[:32], version)


@gate(WORK, "POST")
def draft(request: StaffRequest, onboarding_id: UUID, key: str) -> HttpResponse:
    """Keep what was typed; a page's own request needs no answer but whether it was kept."""
    _, found = access_step(onboarding_id, key)
    if key not in STEP_FORMS or key == "login_as_user":
        raise Http404
    values = STEP_FORMS[key].draft(request.POST)
    page = _posted_page(request)
    result = step_services.save_draft(actor=request.actor, step=found, page=page, values=values)
    if request.headers.get("HX-Request") == "true":
        if isinstance(result, NotReady):
            # No error: a draft that was under way when the same page was submitted comes too late, and is not missed.
            return HttpResponse(result.why, content_type="text/plain")
        return HttpResponse(status=204 if isinstance(result, Saved) else 409)
    match result:
        case Saved():
            messages.success(request, "Draft saved.")
        case Conflict(why) | NotReady(why):
            messages.warning(request, why)
    return redirect(step_url(found))


@gate(WORK, "POST")
def retry(request: StaffRequest, onboarding_id: UUID, key: str) -> HttpResponse:
    """Try again now, or look at BILL now."""
    _, found = access_step(onboarding_id, key)
    result = step_services.retry(actor=request.actor, step=found)
    if isinstance(result, NotReady):
        messages.info(request, result.why)
    return redirect(step_url(found))


@gate(WORK, "POST")
def choose_price_plan(request: StaffRequest, onboarding_id: UUID) -> HttpResponse:
    """After BILL refused the price plan: another one, the same again, or none."""
    journey, organization = access_step(onboarding_id, "create_organization")
    found = journey.background.get(price_plan.KEY)
    plan = request.POST.get("price_plan", "")
    chosen = price_plan.choose(actor=request.actor, step=found, plan=plan) if found else NO_PRICE_PLAN
    if isinstance(chosen, NotReady):
        messages.info(request, chosen.why)
    return redirect(step_url(organization))


@gate(SEE)
def status(request: StaffRequest, onboarding_id: UUID, key: str) -> HttpResponse:
    """The parts of the page that change by themselves. It only reads, says 304 when nothing changed, and stops."""
    journey, found = access_step(onboarding_id, key)
    acting = acting_session(request.user.pk) if request.GET.get("was") == "running" else None
    if acting and acting.onboarding_id == onboarding_id:
        return HttpResponse(headers={"HX-Redirect": reverse("session", args=[acting.pk])})
    context = context_of(request, journey, found, initial_form(journey, found))
    shows_form = request.GET.get("shown") == "form"
    # A form that has just appeared is not to be swapped again while somebody types in it.
    has_form = bool(context["form"] or context["login_form"])
    renewed = has_form != shows_form or request.GET.get("every") != context["poll_every"]
    context |= {"shows_form": shows_form, "renews_poll": renewed and context["polls"]}
    body = render_to_string("onboarding/wizard/live.html", {**context, "oob": True}, request)
    return polled(request, body, stops=not context["polls"])
