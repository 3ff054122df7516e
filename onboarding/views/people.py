"""What people decide about a whole onboarding: its owner, its end, the organization's permission."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header

from onboarding.forms.contact import DocumentForm, kind_of
from onboarding.forms.grant import SCOPES, GrantForm, HandOverForm, ReasonForm
from onboarding.forms.user import AcceptanceForm
from onboarding.models import Scope
from onboarding.services import consent
from onboarding.services.attesting import TOLD, why_not_accept, why_not_attest
from onboarding.services.onboardings import NotCancelled, cancel, hand_over
from onboarding.views.access import access_onboarding
from onboarding.views.journey import Journey
from portal.audit.record import record
from portal.audit.tags import Tag
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
    if form.is_valid() and (why := why_not_attest(onboarding, form.cleaned_data["scope"])):
        form.add_error("scope", why)
    if request.method == "POST" and form.is_valid():
        consent.change_grant(actor=request.actor, onboarding=onboarding, values=form.values())
        messages.success(request, "The organization's permission is on record.")
        return redirect("onboarding", onboarding.pk)
    # What would be refused is not offered; the page says why.
    offered = [choice for choice in SCOPES if not why_not_attest(onboarding, choice[0])]
    form.fields["scope"].choices = offered  # type: ignore[attr-defined]  # a ChoiceField
    context = {
        "onboarding": onboarding,
        "environment": onboarding.connection.environment,
        "form": form,
        "why_not_staff": why_not_attest(onboarding, Scope.STAFF),
    }
    return render(request, "onboarding/people/permission.html", context, status=422 if form.errors else 200)


@gate(WORK, "GET HEAD POST")
def acceptance(request: StaffRequest, onboarding_id: UUID) -> HttpResponse:
    """Record who accepted BILL's terms, at any time."""
    onboarding = access_onboarding(onboarding_id)
    if (why := why_not_accept(onboarding)) == TOLD:
        messages.info(request, why)
        return redirect("onboarding", onboarding.pk)
    if why:
        messages.info(request, f"{why} An owner of your team decides on that.")
        return redirect("onboarding_admin", onboarding.pk)
    form, file_form = AcceptanceForm(), DocumentForm()
    if request.method == "POST":
        form, file_form = AcceptanceForm(request.POST), DocumentForm(request.POST, request.FILES)
    if form.is_valid() and file_form.is_valid():
        consent.accept_terms(
            actor=request.actor,
            onboarding=onboarding,
            values=form.values(),
            document=file_form.cleaned_data["document"],
        )
        messages.success(request, "The acceptance of BILL's terms is on record.")
        return redirect("onboarding", onboarding.pk)
    context = {
        "onboarding": onboarding,
        "environment": onboarding.connection.environment,
        "form": form,
        "file_form": file_form,
    }
    status = 422 if form.errors or file_form.errors else 200
    return render(request, "onboarding/people/acceptance.html", context, status=status)


@gate(Permission.SEE_PERSONAL_DATA)
def document(request: StaffRequest, onboarding_id: UUID) -> HttpResponse:
    """The document that shows the acceptance on record."""
    word = access_onboarding(onboarding_id).acceptance
    if word is None or not word.document_name:
        raise Http404
    if request.method == "GET":
        # What leaves the portal in clear leaves a trace.
        record(
            actor=request.actor,
            tag=Tag.DOCUMENT_DOWNLOADED,
            onboarding=onboarding_id,
            fields={"acceptance": str(word.pk)},
        )
    response = HttpResponse(word.document, content_type=kind_of(word.document))
    response["Content-Disposition"] = content_disposition_header(True, word.document_name) or "attachment"
    return response
