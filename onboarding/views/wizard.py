"""One onboarding, step by step."""

import hashlib
import re
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse

from onboarding.forms import STEP_FORMS, StepForm
from onboarding.forms.formats import formatted
from onboarding.forms.grant import GrantForm, LoginAsForm, ResolveForm
from onboarding.models import Onboarding, Scope, Step
from onboarding.selectors import (
    acting_session,
    attempts_of,
    onboarding_by_id,
    staff_sessions,
    steps_of,
    timeline,
)
from onboarding.services import steps as step_services
from onboarding.services.steps import Accepted, Conflict, NotReady, Page, Saved
from onboarding.states import EDITABLE, StepState, WaitsFor
from onboarding.steps import REGISTRY
from onboarding.views.journey import (
    Journey,
    attempt_events,
    decision_words,
    result_facts,
    sent_facts,
    step_url,
    timeline_events,
)
from portal.tenants import kept
from portal.tenants.access import StaffRequest, allows, gate
from portal.tenants.roles import Permission

SEE, WORK = Permission.SEE_ONBOARDINGS, Permission.WORK_ONBOARDINGS
MOVING = frozenset({StepState.READY, StepState.RUNNING})
CSRF_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


def access_onboarding(onboarding_id: UUID) -> Onboarding:
    """The tenant's onboarding; another tenant's does not exist."""
    onboarding = onboarding_by_id(onboarding_id)
    if onboarding is None:
        raise Http404
    return onboarding


def access_step(onboarding_id: UUID, key: str) -> tuple[Journey, Step]:
    """The tenant's step in its newest round."""
    onboarding = access_onboarding(onboarding_id)
    journey = Journey.of(onboarding, steps_of(onboarding))
    step = journey.step(key)
    if step is None:
        raise Http404
    return journey, step


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
        form = STEP_FORMS[found.key](initial=STEP_FORMS[found.key].draft(typed))
        return _page(request, journey, found, form)
    return _page(request, journey, found)


def submit(request: StaffRequest, journey: Journey, found: Step) -> HttpResponse:
    """Check the form and submit; whatever stands in the way, what was typed stays on the page."""
    if not allows(request.place, WORK):
        raise PermissionDenied(f"Your role ({request.place.role}) may not {WORK}.")
    if found.key not in STEP_FORMS or found.key == "login_as_user":
        raise Http404
    form, page = STEP_FORMS[found.key](request.POST), _posted_page(request)
    if not form.is_valid():
        return _page(request, journey, found, form, page=page, status=422)
    result = step_services.submit(actor=request.actor, step=found, page=page, values=form.values())
    match result:
        case Accepted():
            return redirect(step_url(found))
        case Conflict(why):
            return _page(
                request, *access_step(found.onboarding_id, found.key), form, conflict=why, status=409
            )
        case NotReady(why):
            messages.info(request, why)
            return redirect(step_url(found))


def _posted_page(request: StaffRequest) -> Page:
    text = request.POST.get("version", "")
    version = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    return Page(request.POST.get("page", "").replace("\0", "")[:32], version)


@gate(WORK, "POST")
def draft(request: StaffRequest, onboarding_id: UUID, key: str) -> HttpResponse:
    """Keep what was typed; a page's own request needs no answer but whether it was kept."""
    _, found = access_step(onboarding_id, key)
    if key not in STEP_FORMS:
        raise Http404
    values = STEP_FORMS[key].draft(request.POST)
    page = _posted_page(request)
    result = step_services.save_draft(actor=request.actor, step=found, page=page, values=values)
    if request.headers.get("HX-Request") == "true":
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


@gate(WORK, "GET HEAD POST")
def resolve(request: StaffRequest, onboarding_id: UUID, key: str) -> HttpResponse:
    """Decide what the portal cannot: which of BILL's candidates is ours, or that none is."""
    journey, found = access_step(onboarding_id, key)
    candidates = found.evidence.get("candidates", [])
    if found.waits_for != WaitsFor.STAFF or StepState(found.state) is not StepState.UNKNOWN or not candidates:
        return redirect(step_url(found))
    form = ResolveForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        choice, bill_id = form.decision()
        result = step_services.resolve(
            actor=request.actor,
            step=found,
            choice=choice,
            bill_id=bill_id,
            reason=form.cleaned_data["reason"],
        )
        if isinstance(result, NotReady):
            messages.warning(request, result.why)
        return redirect(step_url(found))
    context = {
        "journey": journey,
        "step": found,
        "form": form,
        "candidates": candidates,
        **_compared(found, candidates),
    }
    return render(request, "onboarding/wizard/resolve.html", context, status=422 if form.errors else 200)


def _compared(found: Step, candidates: list[dict[str, str]]) -> dict[str, Any]:
    given = found.input
    place = [given.get(part, "") for part in ("line1", "line2", "city", "state", "zip")]
    sent = {
        "Name": given.get("name", ""),
        "Address": ", ".join(part for part in place if part),
        "Phone": given.get("phone", ""),
        "Created": "",
    }
    names = {"Name": "name", "Address": "address", "Phone": "phone", "Created": "created"}
    lines = [
        (
            label,
            value,
            [(one.get(names[label], ""), _same(value, one.get(names[label], ""))) for one in candidates],
        )
        for label, value in sent.items()
    ]
    return {"lines": lines}


def _same(ours: str, theirs: str) -> bool | None:
    return ours.casefold().split() == theirs.casefold().split() if ours and theirs else None


@gate(SEE)
def status(request: StaffRequest, onboarding_id: UUID, key: str) -> HttpResponse:
    """The parts of the page that change by themselves. It only reads, says 304 when nothing changed, and stops."""
    journey, found = access_step(onboarding_id, key)
    acting = acting_session(request.user.pk) if request.GET.get("was") == "running" else None
    if acting and acting.onboarding_id == onboarding_id:
        return HttpResponse(headers={"HX-Redirect": reverse("session", args=[acting.pk])})
    context = _context(request, journey, found, _initial_form(journey, found))
    shows_form = request.GET.get("shown") == "form"
    # A form that has just appeared is not to be swapped again while somebody types in it.
    has_form = bool(context["form"] or context["login_form"])
    renewed = has_form != shows_form or request.GET.get("every") != context["poll_every"]
    context |= {"shows_form": shows_form, "renews_poll": renewed and context["polls"]}
    body = render_to_string("onboarding/wizard/live.html", {**context, "oob": True}, request)
    # Django masks its token anew each time, which is no change.
    told = CSRF_TOKEN.sub("", body)
    etag = f'"{hashlib.sha256(told.encode()).hexdigest()[:20]}"'
    stops = not context["polls"]
    if request.headers.get("If-None-Match") == etag and not stops:
        response = HttpResponse(status=304)
    else:
        is_htmx = request.headers.get("HX-Request") == "true"
        response = HttpResponse(body, status=286 if stops and is_htmx else 200)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "HX-Request, Cookie"
    return response


def show_step(
    request: StaffRequest, journey: Journey, found: Step, *, login_form: LoginAsForm
) -> HttpResponse:
    """The page of the login step, with what was wrong in its form."""
    context = {**_context(request, journey, found, None), "login_form": login_form}
    return render(request, "onboarding/wizard/step.html", context, status=422)


def _page(
    request: StaffRequest,
    journey: Journey,
    found: Step,
    form: StepForm | None = None,
    conflict: str = "",
    page: Page | None = None,
    status: int = 200,
) -> HttpResponse:
    context = _context(request, journey, found, form or _initial_form(journey, found))
    context |= {"conflict": conflict, "page": page or context["page"]}
    return render(request, "onboarding/wizard/step.html", context, status=status)


def _initial_form(journey: Journey, found: Step) -> StepForm | None:
    """The form with its draft; what nobody typed yet is taken over from where it is known."""
    if found.key not in STEP_FORMS or StepState(found.state) not in EDITABLE:
        return None
    typed = found.input if found.input_saved_at else {**_taken_over(journey, found), **found.input}
    return STEP_FORMS[found.key](initial=formatted(typed))


def _taken_over(journey: Journey, found: Step) -> dict[str, str]:
    organization, user = journey.step("create_organization"), journey.step("create_user")
    if found.key == "add_risk_phone" and organization:
        return {"phone": organization.input.get("phone", "")}
    if found.key == "start_verification" and user:
        name = f"{user.input.get('first_name', '')} {user.input.get('last_name', '')}".strip()
        return {"given_by": name}
    if found.key == "create_user" and organization:
        first, _, last = organization.input.get("owner_name", "").rpartition(" ")
        return {"first_name": first, "last_name": last}
    return {}


def _context(request: StaffRequest, journey: Journey, found: Step, form: StepForm | None) -> dict[str, Any]:
    onboarding = journey.onboarding
    state, sees_all = StepState(found.state), allows(request.place, Permission.SEE_PERSONAL_DATA)
    works = allows(request.place, WORK)
    moving = any(StepState(step.state) in MOVING for step in journey.steps)
    definition, following = REGISTRY[found.key], journey.after(found)
    grant = onboarding.grant
    return {
        "onboarding": onboarding,
        "environment": onboarding.connection.environment,
        "journey": journey,
        "decision": decision_words(onboarding.decision) if onboarding.decision else "",
        "lines": journey.lines(found),
        "glance": journey.glance(),
        "step": found,
        "definition": definition,
        "number": journey.number(found),
        "step_status": journey.status(found).value,
        "is_open": journey.is_open(found),
        "form": form if works and not onboarding.is_closed else None,
        "page": Page(uuid4().hex, found.version),
        "can_work": works,
        "can_log_in_as": allows(request.place, Permission.LOG_IN_AS_USER),
        "sent": sent_facts(found, sees_all) if state not in EDITABLE or not works else [],
        "result": result_facts(found),
        "attempts": attempt_events(attempts_of(found)),
        "events": timeline_events(timeline(onboarding)),
        "grant": grant,
        "grant_scope": dict(GrantForm.base_fields["scope"].choices).get(grant.scope) if grant else "",  # type: ignore[attr-defined]
        "permits_staff": bool(grant and grant.allows_staff),
        "acceptance": onboarding.acceptance,
        "sees_personal_data": sees_all,
        "sessions": staff_sessions(onboarding) if found.key == "login_as_user" else [],
        "login_form": LoginAsForm()
        if found.key == "login_as_user" and grant and grant.scope == Scope.STAFF
        else None,
        "following": following,
        "following_title": REGISTRY[following.key].title if following else "",
        "following_url": step_url(following) if following else reverse("onboardings"),
        "polls": _polls(onboarding, journey),
        "poll_every": "600ms" if moving else "4s",
        "status_url": reverse("onboarding_status", args=[onboarding.pk, found.key]),
    }


def _polls(onboarding: Onboarding, journey: Journey) -> bool:
    """Whether anything can change without a person of ours."""
    waits = (StepState.READY, StepState.RUNNING, StepState.WAITING, StepState.UNKNOWN)
    undecided = (
        onboarding.decision and not onboarding.is_closed and onboarding.decision not in ("APPROVE", "DECLINE")
    )
    return bool(undecided) or any(StepState(step.state) in waits for step in journey.steps)
