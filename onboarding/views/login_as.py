"""Acting as an organization's user: the login, the session's own page and banner, reading in it, ending it."""

from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from onboarding.forms.grant import LoginAsForm
from onboarding.models import BillSession, Onboarding, Purpose
from onboarding.services import login_as as services
from onboarding.services.steps import NotReady
from onboarding.views.access import access_onboarding, access_step
from onboarding.views.records import Fact, timeline_events
from onboarding.views.session_words import MOVES_MONEY, how_it_ended, moves_money
from onboarding.views.step_page import show_step
from portal.audit.models import Entry
from portal.lib import clock
from portal.lib.tenancy import acting_for
from portal.tenants.access import StaffRequest, gate
from portal.tenants.roles import Permission

LOG_IN = Permission.LOG_IN_AS_USER


def access_session(request: StaffRequest, session_id: UUID) -> BillSession:
    """A login-as-user session of this very person; a colleague's is not theirs to use."""
    found = BillSession.objects.select_related(
        "onboarding__connection", "onboarding__grant", "staff__person"
    ).filter(pk=session_id, purpose=Purpose.STAFF.value, staff__person=request.actor.person_id)
    session = found.first()
    if session is None:
        raise Http404
    return session


def _onboarding(session: BillSession) -> Onboarding:
    assert session.onboarding is not None
    return session.onboarding


@gate(LOG_IN, "POST")
def log_in_as(request: StaffRequest, onboarding_id: UUID) -> HttpResponse:
    """Ask for a session, with a reason and a time limit; the worker opens it."""
    onboarding = access_onboarding(onboarding_id)
    form = LoginAsForm(request.POST)
    if not form.is_valid():
        return show_step(request, *access_step(onboarding.pk, services.KEY), login_form=form)
    result = services.request_login_as(
        actor=request.actor,
        onboarding=onboarding,
        reason=form.cleaned_data["reason"],
        minutes=form.cleaned_data["minutes"],
    )
    if isinstance(result, NotReady):
        messages.info(request, result.why)
    return redirect(reverse("onboarding_step", args=[onboarding.pk, services.KEY]))


@gate(LOG_IN)
def session(request: StaffRequest, session_id: UUID) -> HttpResponse:
    """The session: as whom, why, how long, what BILL says of it, what was done in it."""
    found = access_session(request, session_id)
    onboarding = _onboarding(found)
    entries = Entry.objects.filter(onboarding_id=onboarding.pk, tag__startswith="login_as.").order_by("-seq")[
        :50
    ]
    mine = [entry for entry in entries if entry.content.get("fields", {}).get("session") == str(found.pk)]
    is_usable = services.is_usable(found)
    context = {
        "session": found,
        "onboarding": onboarding,
        "environment": onboarding.connection.environment,
        "is_usable": is_usable,
        "how_it_ended": "" if is_usable else how_it_ended(found),
        "moves_money": MOVES_MONEY if is_usable and moves_money(found) else "",
        "facts": _facts(found),
        "details": _details(found),
        "events": timeline_events(mine),
    }
    return render(request, "onboarding/login_as/session.html", context)


@gate(LOG_IN)
def banner(request: StaffRequest, session_id: UUID) -> HttpResponse:
    """What the banner asks again and again: nothing while the session lasts, then by whom it was ended, and why."""
    found = access_session(request, session_id)
    if services.is_usable(found):
        return HttpResponse(status=204)
    page = reverse("session", args=[found.pk])
    if urlsplit(request.headers.get("HX-Current-URL", "")).path == page:
        # Nothing is typed there, and all of it has changed.
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"session": found, "onboarding": _onboarding(found), "how": how_it_ended(found), "page": page}
    # 286 tells htmx to stop asking.
    return render(request, "components/acting_ended.html", context, status=286)


def _facts(session: BillSession) -> list[Fact]:
    facts = [
        Fact("Organization", session.bill_organization_id, copyable=True),
        Fact("User", session.bill_user_id, copyable=True),
        Fact("Reason", session.reason),
        Fact("Opened", at=session.opened_at),
    ]
    if session.ended_at:
        return [*facts, Fact("Ended", at=session.ended_at), Fact("How it ended", session.how_ended)]
    if session.expires_at and session.expires_at <= clock.now():
        return [*facts, Fact("Ended", at=session.expires_at), Fact("How it ended", "BILL is being told")]
    return [*facts, Fact("Ends", at=session.expires_at)]


# BILL's words for how far the user's multi-factor sign-in is.
MFA = {
    "SETUP": "not set up yet",
    "CHALLENGE": "set up, not confirmed in this session",
    "COMPLETE": "confirmed",
    "DISABLED": "off",
    "PHONE_VERIFICATION": "not used by this organization",
}


def _details(session: BillSession) -> list[Fact]:
    details = session.details or {}
    if not details:
        return []
    status = details["mfa_status"]
    trusted = (
        "yes: it can move money"
        if details["trusted"]
        else "no: what moves money is refused until MFA is finished"
    )
    return [
        Fact("Organization at BILL", details["organization_id"], copyable=True),
        Fact("User at BILL", details["user_id"], copyable=True),
        Fact("Multi-factor sign-in", f"{MFA[status]} ({status})" if status in MFA else status or "not told"),
        Fact("Trusted session", trusted),
        Fact("Read", at=session.details_at),
    ]


@gate(LOG_IN, "POST", calls_bill=True)
def read(request: StaffRequest, session_id: UUID) -> HttpResponse:
    """Read the session's details from BILL, as the user."""
    with acting_for(request.place.tenant_id):
        found = access_session(request, session_id)
    result = services.read_details(actor=request.actor, session=found)
    if isinstance(result, services.NotRead):
        messages.warning(request, result.why)
    return redirect("session", found.pk)


@gate(LOG_IN, "POST")
def end(request: StaffRequest, session_id: UUID) -> HttpResponse:
    """End the session now."""
    found = access_session(request, session_id)
    services.end_login_as(actor=request.actor, session=found)
    return redirect("session", found.pk)
