"""Where the admin goes next, and the page at the end of it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from onboarding.forms.wording import TAKE_BACK
from onboarding.models import Invitation, Mfa, Onboarding, Why
from onboarding.services.contacts.activity import running_session
from onboarding.services.contacts.consent import ended_with
from onboarding.services.contacts.tasks import Task, has_agreed, has_decided, tasks_of
from onboarding.states import Decision, Status
from onboarding.views.contacts.entrance import page_of
from onboarding.views.contacts.gate import ContactRequest, contact_gate


@contact_gate()
def home(request: ContactRequest) -> HttpResponse:
    """To the first thing that is open; whoever came to renew the remembered device, to that."""
    if _renews(request.visit.invitation, request.onboarding):
        return redirect("contact_mfa")
    following = tasks_of(request.contact, request.onboarding).first_open
    return redirect(following.url_name if following else "contact_done")


def _renews(invitation: Invitation, onboarding: Onboarding) -> bool:
    if invitation.why != Why.RENEWAL:
        return False
    mfa = Mfa.objects.filter(onboarding=onboarding).first()
    return mfa is not None and (mfa.trusted_at is None or mfa.trusted_at < invitation.made_at)


def task_page(request: ContactRequest, task: Task, **more: Any) -> dict[str, Any]:
    """What the page of one task shows: the frame, and how far the admin is."""
    tasks = tasks_of(request.contact, request.onboarding)
    return {**page_of(request), "tasks": tasks, "task": tasks.of(task), **more}


@contact_gate()
def done(request: ContactRequest) -> HttpResponse:
    """What is done, what is left, what happens next, and who acts."""
    tasks = tasks_of(request.contact, request.onboarding)
    context = {
        **page_of(request),
        **permission_of(request),
        "tasks": tasks,
        "next": _next(request.onboarding),
    }
    return render(request, "onboarding/contacts/done.html", context)


def permission_of(request: ContactRequest) -> dict[str, Any]:
    """What counts now of the permission for people, and what it has ended."""
    onboarding = request.onboarding
    grant = onboarding.grant
    return {
        "grant": grant,
        "has_decided": has_decided(onboarding),
        "has_agreed": has_agreed(onboarding),
        "allows_staff": grant is not None and grant.allows_staff,
        "is_running": running_session(onboarding) is not None,
        "ended": ended_with(onboarding),
        "take_back": TAKE_BACK,
    }


def _next(onboarding: Onboarding) -> str:
    """The state of the set-up, as far as the page has words for it."""
    if onboarding.status == Status.CANCELLED:
        return "cancelled"
    if onboarding.decision in (Decision.APPROVE, Decision.DECLINE, Decision.HOLD, Decision.REVIEW):
        return onboarding.decision.lower()
    if onboarding.decision:
        return "checking"
    if onboarding.bill_user_id:
        return "user"
    return "company" if onboarding.bill_organization_id else "nothing"
