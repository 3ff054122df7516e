"""What the tenant's owner decides: how the admins' pages look, and what staff may attest."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from onboarding.forms.branding import AttestationForm, BrandingForm
from onboarding.models import Branding
from onboarding.selectors import connections
from onboarding.services.contacts import brand_changes
from onboarding.services.contacts.branding import LEAST_CONTRAST_OF_PARTS, brand_of, contrast
from portal.tenants.access import StaffRequest, gate
from portal.tenants.roles import Permission

MANAGE = Permission.MANAGE_SETTINGS


@gate(MANAGE, "GET HEAD POST")
def settings(request: StaffRequest) -> HttpResponse:
    """Name, logo and colour on the admins' pages and mails."""
    known = Branding.objects.first()
    form = _form(request, known)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        brand_changes.save_branding(
            actor=request.actor,
            name=given["name"],
            colour=given["colour"],
            email=given["email"],
            logo=given["logo"],
            no_logo=given.get("no_logo", False),
        )
        messages.success(request, "Saved. The admins' pages and mails look like this from now on.")
        return redirect("settings")
    return _page(request, known, form)


def _form(request: StaffRequest, known: Branding | None) -> BrandingForm:
    brand = brand_of(known, request.place.name)
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    shown = {"name": brand.name, "colour": brand.colour, "email": brand.email}
    return BrandingForm(*given, initial=shown, has_logo=brand.logo is not None)


def _page(request: StaffRequest, known: Branding | None, form: BrandingForm) -> HttpResponse:
    brand, connected = brand_of(known, request.place.name), connections()
    beside_white = contrast(brand.colour, "#ffffff")
    context = {
        "form": form,
        "attestation_form": AttestationForm(connections=connected) if connected else None,
        "brand": brand,
        "brand_of": request.place.tenant_id,
        "ink": "white" if brand.ink == "#ffffff" else "black",
        "ink_contrast": contrast(brand.ink, brand.colour),
        "beside_white": beside_white,
        "is_faint": beside_white < LEAST_CONTRAST_OF_PARTS,
    }
    return render(request, "onboarding/settings/settings.html", context, status=422 if form.errors else 200)


@gate(MANAGE, "POST")
def attestation(request: StaffRequest) -> HttpResponse:
    """Per environment, whether staff may attest what the admin did elsewhere."""
    connected = connections()
    form = AttestationForm(request.POST, connections=connected)
    if form.is_valid():
        for name, connection in connected.items():
            brand_changes.set_attestation(
                actor=request.actor, connection=connection, allowed=form.cleaned_data[name]
            )
        messages.success(request, "Saved. It counts from now on.")
    return redirect("settings")
