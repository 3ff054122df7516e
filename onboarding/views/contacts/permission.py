"""Whether people of the partner may log in as the admin's user; asked once, and changed at any time."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from onboarding.forms.contacts import NO, PermissionForm
from onboarding.forms.wording import TAKE_BACK, Wording, device_wording, permission_wording
from onboarding.models import Grant, Scope
from onboarding.services.contacts.consent import Permission, decide
from onboarding.services.contacts.tasks import Task, has_agreed, has_decided
from onboarding.views.contacts.gate import ContactRequest, contact_gate
from onboarding.views.contacts.home import permission_of, task_page


@contact_gate("GET HEAD POST")
def permission(request: ContactRequest) -> HttpResponse:
    """The question, with what counts now as its answer."""
    if not has_agreed(request.onboarding):
        return redirect("contact_home")
    was_decided = has_decided(request.onboarding)
    about, device = _wordings(request)
    form = PermissionForm(
        request.POST if request.method == "POST" else None,
        about=about,
        device=device,
        initial=_now(request.onboarding.grant) if was_decided else {},
    )
    if request.method == "POST" and not form.is_current:
        form.ask_again()
    elif request.method == "POST" and form.is_valid():
        chosen = Permission(*form.chosen())
        words = [about.text, form.answer(), *([device.text] if chosen.device else [])]
        decide(actor=request.actor, contact=request.contact, permission=chosen, words="\n".join(words))
        return redirect("contact_activity" if was_decided else "contact_home")
    context = task_page(request, Task.PERMISSION, form=form, about=about, device=device)
    context |= permission_of(request)
    return render(request, "onboarding/contacts/permission.html", context, status=422 if form.errors else 200)


def _wordings(request: ContactRequest) -> tuple[Wording, Wording]:
    brand = request.brand.name
    return permission_wording(brand, request.onboarding.name), device_wording(brand)


def _now(grant: Grant | None) -> dict[str, Any]:
    if grant is None or grant.scope != Scope.STAFF:
        return {"how_long": NO}
    return {"how_long": "date" if grant.until else "open", "until": grant.until, "device": grant.device}


@contact_gate("POST")
def take_back(request: ContactRequest) -> HttpResponse:
    """Nobody may log in any more, from now on."""
    taken_back = Permission(allows=False)
    decide(actor=request.actor, contact=request.contact, permission=taken_back, words=str(TAKE_BACK))
    return redirect("contact_activity")
