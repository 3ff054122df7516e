"""What the partner entered about the company; each item can be said to be wrong."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from onboarding.forms.contacts import ObjectionForm
from onboarding.services.contacts.details import ITEMS, items_of, object_to, see_details
from onboarding.services.contacts.tasks import Task
from onboarding.views.contacts.gate import ContactRequest, contact_gate
from onboarding.views.contacts.home import task_page


@contact_gate("GET HEAD POST")
def details(request: ContactRequest) -> HttpResponse:
    """Who asks and why, and what they entered. The button says that the rest of it is right."""
    if request.method == "POST":
        see_details(request.contact)
        return redirect("contact_home")
    return _page(request)


def _page(
    request: ContactRequest, wrong: ObjectionForm | None = None, item: str = "", status: int = 200
) -> HttpResponse:
    context = task_page(
        request,
        Task.DETAILS,
        items=items_of(request.onboarding),
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
    form = ObjectionForm(request.POST)
    if not form.is_valid():
        return _page(request, form, item, status=422)
    said = form.cleaned_data["said"]
    if not object_to(actor=request.actor, contact=request.contact, item=item, said=said):
        form.add_error("said", _("You have written a lot already. Wait for an answer to it first."))
        return _page(request, form, item, status=429)
    return redirect(f"{reverse('contact_details')}#{item}")
