"""BILL's terms, and the admin's consent to the sessions of the portal itself."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render

from onboarding.forms.contacts import CONSENT, TERMS, AgreeForm
from onboarding.forms.wording import Wording, consent_wording, terms_wording
from onboarding.services.contacts.consent import agree
from onboarding.services.contacts.tasks import Task, has_agreed
from onboarding.views.contacts.gate import ContactRequest, contact_gate
from onboarding.views.contacts.home import task_page


@contact_gate("GET HEAD POST")
def terms(request: ContactRequest) -> HttpResponse:
    """Ask for what is not on record; who said yes to all of it sees what they said."""
    wordings = _asked(request)
    form = AgreeForm(request.POST if request.method == "POST" else None, wordings)
    if request.method == "POST" and not form.is_current:
        # A box is not ticked for words that have changed: they are read again.
        form = form.afresh()
    elif request.method == "POST" and form.is_valid():
        agree(
            actor=request.actor,
            contact=request.contact,
            accepts=form.agreed(TERMS),
            consents=form.agreed(CONSENT),
        )
        return redirect("contact_home")
    context = task_page(
        request,
        Task.TERMS,
        form=form,
        wordings=wordings,
        url=settings.BILL_TERMS_URL,
        acceptance=request.onboarding.acceptance,
        consented=request.onboarding.grants.filter(contact=request.contact, with_terms=True)
        .order_by("-recorded_at")
        .first(),
    )
    return render(request, "onboarding/contacts/terms.html", context, status=422 if form.errors else 200)


def _asked(request: ContactRequest) -> dict[str, Wording]:
    onboarding, brand = request.onboarding, request.brand.name
    wordings = {}
    if onboarding.acceptance_id is None:
        wordings[TERMS] = terms_wording(brand, onboarding.name)
    if not has_agreed(onboarding):
        wordings[CONSENT] = consent_wording(brand, onboarding.name)
    return wordings
