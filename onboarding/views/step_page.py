"""The page of one step, and all that it shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from onboarding.forms import STEP_FORMS, StepForm
from onboarding.forms.formats import formatted
from onboarding.forms.grant import LoginAsForm
from onboarding.models import Onboarding, Scope, Step
from onboarding.selectors import attempts_of, staff_sessions, timeline
from onboarding.services import attesting
from onboarding.services.contacts.inviting import contact_of
from onboarding.services.contacts.standing import standing_of
from onboarding.services.imports import row_of
from onboarding.services.steps import Page
from onboarding.states import EDITABLE, StepState
from onboarding.steps import REGISTRY
from onboarding.views.journey import LEAVES, Journey, step_url
from onboarding.views.records import (
    attempt_events,
    decision_words,
    result_facts,
    sent_facts,
    timeline_events,
)
from onboarding.views.step_admin import admin_says, other_email, words_of_organization
from portal.lib import clock
from portal.tenants import kept
from portal.tenants.access import StaffRequest, allows
from portal.tenants.roles import Permission

# BILL's codes about the partner's own credentials: no form of a step can correct them.
ABOUT_CONNECTION = frozenset(
    {"BDC_1101", "BDC_1102", "BDC_1103", "BDC_1104", "BDC_1106", "BDC_1107", "BDC_1110", "BDC_1113"}
)
MOVING = frozenset({StepState.READY, StepState.RUNNING})


@dataclass(frozen=True)
class Ask:
    """What a person confirms before they send; `link` names what is at `url`."""

    sentence: str
    url: str = ""
    link: str = ""


def show_step(
    request: StaffRequest, journey: Journey, found: Step, *, login_form: LoginAsForm
) -> HttpResponse:
    """The page of the login step, with what was wrong in its form."""
    context = {**context_of(request, journey, found, None), "login_form": login_form}
    return render(request, "onboarding/wizard/step.html", context, status=422)


def show_page(
    request: StaffRequest,
    journey: Journey,
    found: Step,
    form: StepForm | None = None,
    conflict: str = "",
    page: Page | None = None,
    asks: Sequence[Ask] = (),
    status: int = 200,
) -> HttpResponse:
    """The page as a whole, with what was typed and what stands in its way."""
    context = context_of(request, journey, found, form or initial_form(journey, found))
    context |= {"conflict": conflict, "page": page or context["page"], "asks": asks}
    return render(request, "onboarding/wizard/step.html", context, status=status)


def initial_form(journey: Journey, found: Step) -> StepForm | None:
    """The form with its draft; what nobody typed yet is taken over from where it is known."""
    if found.key not in STEP_FORMS or StepState(found.state) not in EDITABLE:
        return None
    typed = (
        found.draft or found.input if found.draft_saved_at else {**_taken_over(journey, found), **found.input}
    )
    return step_form(journey.onboarding, found, initial=formatted(typed))


def step_form(
    onboarding: Onboarding,
    found: Step,
    data: Mapping[str, Any] | None = None,
    *,
    initial: Mapping[str, Any] | None = None,
) -> StepForm:
    """The step's form, which offers what is known of this connection's BILL."""
    return STEP_FORMS[found.key](
        data,
        connection=onboarding.connection,
        initial=initial,
        is_said=attesting.is_theirs(onboarding, found.key),
    )


def _taken_over(journey: Journey, found: Step) -> dict[str, str]:
    """Only what is the same thing: a phone or a permission that belongs to another question starts empty."""
    organization = journey.step("create_organization")
    if found.key == "create_user" and organization:
        admin = contact_of(journey.onboarding)
        if admin and not admin.declined_at:
            return {**_parted(admin.name), "email": admin.email}
        return _parted(organization.input.get("owner_name", ""))
    return {}


def _parted(name: str) -> dict[str, str]:
    first, _, last = name.rpartition(" ")
    return {"first_name": first, "last_name": last}


def context_of(request: StaffRequest, journey: Journey, found: Step, form: StepForm | None) -> dict[str, Any]:
    """What templates/onboarding/wizard/ shows."""
    onboarding = journey.onboarding
    state, sees_all = StepState(found.state), allows(request.place, Permission.SEE_PERSONAL_DATA)
    works = allows(request.place, Permission.WORK_ONBOARDINGS)
    soon = clock.now() + timedelta(seconds=5)
    moving = any(
        StepState(step.state) in MOVING and (step.due_at is None or step.due_at < soon)
        for step in journey.shown()
    )
    definition, following = REGISTRY[found.key], journey.after(found)
    grant, standing = onboarding.grant, standing_of(onboarding)
    return {
        "onboarding": onboarding,
        "environment": onboarding.connection.environment,
        "journey": journey,
        "decision": decision_words(onboarding.decision) if onboarding.decision else "",
        "lines": journey.lines(found),
        "glance": journey.glance(admin_says(onboarding, standing)),
        "step": found,
        "definition": definition,
        "number": journey.number(found),
        "step_status": journey.status(found).value,
        "is_open": journey.is_open(found),
        "form": form if works and not onboarding.is_closed else None,
        **other_email(form, standing),
        "page": Page(uuid4().hex, found.version),
        "typed_by": kept.signature(request.user.pk),
        "can_work": works,
        "can_log_in_as": allows(request.place, Permission.LOG_IN_AS_USER),
        "sent": sent_facts(found, sees_all) if state not in EDITABLE or not works else [],
        "sent_title": _sent_title(found),
        "result": result_facts(found),
        "follow_up": journey.follow_up(found),
        "refused_follow_up": journey.refused_follow_up(found),
        "attempts": attempt_events(attempts_of(found)),
        "events": timeline_events(timeline(onboarding)),
        **words_of_organization(journey, found, standing, sees_all),
        "terms_at_bill": _terms_at_bill(journey),
        "from_row": row_of(onboarding) if onboarding.is_bulk else None,
        "sees_personal_data": sees_all,
        "sessions": staff_sessions(onboarding) if found.key == "login_as_user" else [],
        "login_form": LoginAsForm()
        if found.key == "login_as_user" and grant and grant.scope == Scope.STAFF
        else None,
        "is_about_connection": any(p.get("code") in ABOUT_CONNECTION for p in found.problems),
        "following": following,
        "following_title": REGISTRY[following.key].title if following else "",
        "following_url": step_url(following) if following else reverse("onboardings"),
        "takes_over": works and _takes_over(journey, found),
        "polls": _polls(onboarding, journey),
        "poll_every": "600ms" if moving else "4s",
        "status_url": reverse("onboarding_status", args=[onboarding.pk, found.key]),
    }


def _terms_at_bill(journey: Journey) -> str:
    """What is on record of BILL's terms where the user was there before."""
    user = journey.step("create_user")
    return str(user.result.get("terms", "")) if user else ""


def _takes_over(journey: Journey, found: Step) -> bool:
    """Whether BILL may have what this step would make: its organization existed before."""
    organization = journey.step("create_organization")
    was_adopted = bool(organization and organization.result.get("adopted"))
    return was_adopted and found.key in LEAVES and StepState(found.state) in EDITABLE


def _sent_title(found: Step) -> str:
    waits = found.key == "create_user" and StepState(found.state) is StepState.WAITING
    if waits or StepState(found.state) in EDITABLE:
        return "Filled in"
    if found.result.get("adopted"):
        return "What BILL has"
    return "On record" if found.key in ("start_verification", "login_as_user") else "What was sent"


def _polls(onboarding: Onboarding, journey: Journey) -> bool:
    """Whether anything can change without a person of ours."""
    waits = (StepState.READY, StepState.RUNNING, StepState.WAITING, StepState.UNKNOWN)
    undecided = (
        onboarding.decision and not onboarding.is_closed and onboarding.decision not in ("APPROVE", "DECLINE")
    )
    return bool(undecided) or any(StepState(step.state) in waits for step in journey.shown())
