"""What the partner's people did about the organization, for its admin."""

from django.http import HttpResponse
from django.shortcuts import render

from onboarding.services.contacts.activity import activity as activity_of
from onboarding.views.contacts.act_words import told
from onboarding.views.contacts.entrance import page_of
from onboarding.views.contacts.gate import ContactRequest, contact_gate
from onboarding.views.contacts.home import permission_of


@contact_gate()
def activity(request: ContactRequest) -> HttpResponse:
    """Newest first, a page at a time."""
    found = activity_of(request.onboarding, request.contact, request.GET.get("before", ""))
    context = {
        **page_of(request),
        **permission_of(request),
        "acts": [(act, told(act, request.brand.name)) for act in found.acts],
        "older": found.older,
        "is_later_page": "before" in request.GET,
    }
    return render(request, "onboarding/contacts/activity.html", context)
