"""Taking over what an organization at BILL has: its administrator, then the phone and the verification."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from onboarding.forms.adoption import AdoptUserForm
from onboarding.forms.grant import ReasonForm
from onboarding.models import Onboarding
from onboarding.services.adoption_inside import adopt_rest, adopt_user, users_at_bill
from onboarding.services.steps import NotReady
from onboarding.states import EDITABLE, StepState
from onboarding.views.access import access_onboarding
from portal.lib.tenancy import acting_for
from portal.tenants.access import StaffRequest, gate
from portal.tenants.roles import Permission

SEEN_AS_USER = ("add_risk_phone", "start_verification")


@gate(Permission.WORK_ONBOARDINGS, "GET HEAD POST", calls_bill=True)
def inside(request: StaffRequest, onboarding_id: UUID) -> HttpResponse:
    """Look at BILL for users, phone and verification, and adopt what is there."""
    with acting_for(request.place.tenant_id):
        onboarding = access_onboarding(onboarding_id)
    match request.POST.get("action", "") if request.method == "POST" else "":
        case "look":
            return _look(request, onboarding)
        case "user":
            return _take_user(request, onboarding)
        case "rest":
            return _take_rest(request, onboarding)
        case _:
            return _page(request, onboarding)


def _look(request: StaffRequest, onboarding: Onboarding) -> HttpResponse:
    users = (
        users_at_bill(actor=request.actor, onboarding=onboarding) if onboarding.bill_organization_id else []
    )
    if isinstance(users, NotReady):
        messages.warning(request, users.why)
        return _page(request, onboarding)
    return _page(request, onboarding, users=users, user_form=AdoptUserForm())


def _take_user(request: StaffRequest, onboarding: Onboarding) -> HttpResponse:
    form = AdoptUserForm(request.POST)
    if not form.is_valid():
        users = users_at_bill(actor=request.actor, onboarding=onboarding)
        users = [] if isinstance(users, NotReady) else users
        return _page(request, onboarding, users=users, user_form=form, status=422)
    chosen, reason = form.cleaned_data["user"], form.cleaned_data["reason"]
    came = adopt_user(actor=request.actor, onboarding=onboarding, user_id=chosen, reason=reason)
    if isinstance(came, NotReady):
        messages.warning(request, came.why)
    else:
        messages.success(request, "This user is the onboarding's administrator. Nothing was changed at BILL.")
    return redirect("onboarding_at_bill", onboarding.pk)


def _take_rest(request: StaffRequest, onboarding: Onboarding) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, onboarding, rest_form=form, status=422)
    reason = form.cleaned_data["reason"]
    came = adopt_rest(actor=request.actor, onboarding=onboarding, reason=reason)
    if isinstance(came, NotReady):
        messages.warning(request, came.why)
        return redirect("onboarding_at_bill", onboarding.pk)
    if came:
        messages.success(request, f"Found at BILL and adopted: {', '.join(came).lower()}.")
    else:
        messages.info(
            request, "BILL has neither a phone nor a verification for this user; both steps are open."
        )
    return redirect("onboarding", onboarding.pk)


def _page(request: StaffRequest, onboarding: Onboarding, status: int = 200, **more: Any) -> HttpResponse:
    with acting_for(request.place.tenant_id):
        states = {
            step.key: StepState(step.state)
            for step in onboarding.steps.filter(key__in=("create_user", *SEEN_AS_USER))
        }
        grant = onboarding.grant
        context: dict[str, Any] = {
            "onboarding": onboarding,
            "environment": onboarding.connection.environment,
            "takes_user": bool(onboarding.bill_organization_id) and states["create_user"] in EDITABLE,
            "takes_rest": bool(onboarding.bill_user_id)
            and any(states[key] in EDITABLE for key in SEEN_AS_USER),
            "is_permitted": bool(grant and grant.allows_system),
            "users": None,
            "user_form": AdoptUserForm(),
            "rest_form": ReasonForm(),
            **more,
        }
        return render(request, "onboarding/adoption/inside.html", context, status=status)
