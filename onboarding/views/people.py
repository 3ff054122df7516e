"""What people decide about a whole onboarding: its owner, its end, the organization's permission."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from onboarding.forms.grant import GrantForm, HandOverForm, ReasonForm
from onboarding.forms.user import AcceptanceForm
from onboarding.services import consent
from onboarding.services.onboardings import NotCancelled, cancel, hand_over
from onboarding.views.access import access_onboarding
from onboarding.views.journey import Journey
from portal.tenants.access import StaffRequest, gate
from portal.tenants.roles import Permission
from portal.tenants.selectors import colleagues_who_may

WORK = Permission.WORK_ONBOARDINGS


@gate(WORK, "GET HEAD POST")
def change_owner(request: StaffRequest, onboarding_id: UUID) -> HttpResponse:
    """Hand the onboarding over to a colleague."""
    onboarding = access_onboarding(onboarding_id)
    form = HandOverForm(
        request.POST if request.method == "POST" else None, colleagues=colleagues_who_may(WORK)
    )
    if request.method == "POST" and form.is_valid():
        to = form.colleagues[form.cleaned_data["to"]]
        hand_over(actor=request.actor, onboarding=onboarding, to=to)
        messages.success(request, f"Handed over to {to}.")
        return redirect("onboarding", onboarding.pk)
    context = {"onboarding": onboarding, "environment": onboarding.connection.environment, "form": form}
    return render(request, "onboarding/people/change_owner.html", context, status=422 if form.errors else 200)


@gate(WORK, "GET HEAD POST")
def end(request: StaffRequest, onboarding_id: UUID) -> HttpResponse:
    """Cancel the onboarding; the page says first what stays at BILL."""
    onboarding = access_onboarding(onboarding_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        result = cancel(actor=request.actor, onboarding=onboarding, reason=form.cleaned_data["reason"])
        if isinstance(result, NotCancelled):
            messages.warning(request, result.why)
        else:
            messages.success(request, "The onboarding is cancelled. What exists at BILL stays there.")
        return redirect("onboarding", onboarding.pk)
    glance = Journey.of(onboarding, list(onboarding.steps.all())).glance()
    context = {
        "onboarding": onboarding,
        "environment": onboarding.connection.environment,
        "form": form,
        "exists": glance[0].text,
    }
    return render(request, "onboarding/people/end.html", context, status=422 if form.errors else 200)


@gate(WORK, "GET HEAD POST")
def permission(request: StaffRequest, onboarding_id: UUID) -> HttpResponse:
    """Record what the organization permits, at any time."""
    onboarding = access_onboarding(onboarding_id)
    form = GrantForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        consent.change_grant(actor=request.actor, onboarding=onboarding, values=form.values())
        messages.success(request, "The organization's permission is on record.")
        return redirect("onboarding", onboarding.pk)
    context = {
        "onboarding": onboarding,
        "environment": onboarding.connection.environment,
        "form": form,
    }
    return render(request, "onboarding/people/permission.html", context, status=422 if form.errors else 200)


@gate(WORK, "GET HEAD POST")
def acceptance(request: StaffRequest, onboarding_id: UUID) -> HttpResponse:
    """Record who accepted BILL's terms, at any time."""
    onboarding = access_onboarding(onboarding_id)
    form = AcceptanceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        consent.accept_terms(actor=request.actor, onboarding=onboarding, values=form.values())
        messages.success(request, "The acceptance of BILL's terms is on record.")
        return redirect("onboarding", onboarding.pk)
    context = {
        "onboarding": onboarding,
        "environment": onboarding.connection.environment,
        "form": form,
    }
    return render(request, "onboarding/people/acceptance.html", context, status=422 if form.errors else 200)
