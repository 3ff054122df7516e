"""What the partner entered about the company; each item can be said to be wrong."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from onboarding.forms.contacts import ObjectionForm
from onboarding.services.contacts.details import (
    ITEMS,
    items_of,
    object_to,
    see_details,
)
from onboarding.services.contacts.tasks import Task
from onboarding.views.contacts.gate import ContactRequest, contact_gate
from onboarding.views.contacts.home import task_page


@contact_gate("GET HEAD POST")
def details(request: ContactRequest) -> HttpResponse:
    """Who asks and why, and what they entered. The button says that the rest of it is right."""
    if request.method != "POST":
        return _page(request)
    if refused := _keep_all(request):
        return refused
    if not see_details(request.contact, request.POST.get("shown", "")):
        return _page(request, status=409)
    return redirect("contact_home")


def _page(
    request: ContactRequest, wrong: ObjectionForm | None = None, item: str = "", status: int = 200
) -> HttpResponse:
    items, shown = items_of(request.onboarding)
    seen = request.contact.seen_details
    context = task_page(
        request,
        Task.DETAILS,
        items=items,
        shown=shown.hex(),
        has_changed=status == 409 or (seen is not None and bytes(seen) != shown),
        is_objected=any(one.answered_at is None for item in items for one in item.said),
        asked_by="" if "@" in str(request.onboarding.owner) else str(request.onboarding.owner),
        wrong=wrong,
        wrong_item=item,
    )
    return render(request, "onboarding/contacts/details.html", context, status=status)


@contact_gate("POST")
def wrong(request: ContactRequest, item: str) -> HttpResponse:
    """Keep what is said to be wrong about one item."""
    if item not in ITEMS:
        raise Http404
    return _keep(request, item) or _keep_all(request) or redirect(f"{reverse('contact_details')}#{item}")


def _keep_all(request: ContactRequest) -> HttpResponse | None:
    """What was typed about an item and not sent by itself is not lost by going on."""
    typed = [item for item in ITEMS if request.POST.get(f"said-{item}", "").strip()]
    return next((refused for item in typed if (refused := _keep(request, item))), None)


def _keep(request: ContactRequest, item: str) -> HttpResponse | None:
    """The page again, where it cannot be kept."""
    form = ObjectionForm({"said": request.POST.get(f"said-{item}", "")})
    if not form.is_valid():
        return _page(request, form, item, status=422)
    said = form.cleaned_data["said"]
    if object_to(actor=request.actor, contact=request.contact, item=item, said=said):
        return None
    form.add_error("said", _("You have written a lot already. Wait for an answer to it first."))
    return _page(request, form, item, status=429)
