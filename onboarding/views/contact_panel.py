"""The organization's own admin, from the staff's side: who it is, what they were sent, and what they said."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from onboarding.forms.contact import AnswerForm, ContactForm, answer_form
from onboarding.models import Contact, Objection, Onboarding, Why
from onboarding.selectors import steps_of
from onboarding.services.contacts import answering, inviting
from onboarding.services.contacts.inviting import Invited, NotInvited, contact_of
from onboarding.services.contacts.standing import objections_of, standing_of
from onboarding.views.access import access_onboarding
from onboarding.views.admin_words import standing_facts, unsent_words
from onboarding.views.records import item_words
from portal.tenants.access import StaffRequest, gate
from portal.tenants.roles import Permission, Role

WORK = Permission.WORK_ONBOARDINGS
NOBODY_MAY = "The admin's permission to log in ended with it, and every session: they could not take it back."
SENT = "The link is on its way to {}."
ANOTHER_PERSON = "Naming another person sets aside what this one agreed to; the other one is asked again."
SET_ASIDE = "What {} agreed to is set aside; {} is asked again."
# What a press of a button asks for.
WHYS = {why.value: why for why in (Why.INVITED, Why.REMINDED)}


@gate(WORK, "GET HEAD POST")
def admin(request: StaffRequest, onboarding_id: UUID) -> HttpResponse:
    """Name the admin and send the link; how far they came, and what they say is wrong."""
    onboarding = access_onboarding(onboarding_id)
    known = contact_of(onboarding)
    form = ContactForm(
        request.POST if request.method == "POST" else None, initial=_initial(onboarding, known)
    )
    if request.method == "POST" and form.is_valid():
        has_agreed = known is not None and _has_agreed(onboarding, known)
        result = inviting.name_contact(actor=request.actor, onboarding=onboarding, **form.cleaned_data)
        if isinstance(result, Invited) and known and has_agreed and result.contact.pk != known.pk:
            messages.info(request, SET_ASIDE.format(known.name, result.contact.name))
        if not (isinstance(result, NotInvited) and result.field):
            return _told(request, onboarding, result, form.cleaned_data["email"])
        form.add_error(result.field, result.why)
    return _page(request, onboarding, form, status=422 if form.errors else 200)


def _has_agreed(onboarding: Onboarding, known: Contact) -> bool:
    """Whether a word of this person counts that another person would be asked for again."""
    accepted = onboarding.acceptance is not None and onboarding.acceptance.contact_id == known.pk
    granted = onboarding.grant is not None and onboarding.grant.contact_id == known.pk
    return granted or (accepted and not onboarding.bill_user_id)


def _say_what_stays(form: ContactForm, onboarding: Onboarding, known: Contact, is_owner: bool) -> None:
    """What cannot be changed, and what a change would do, beside the fields."""
    name, email = form.fields["name"], form.fields["email"]
    if known.confirmed_at and not known.declined_at:
        name.help_text = "They have confirmed their mailbox: the name stays, unless you name another person."
    if _has_agreed(onboarding, known):
        email.help_text = f"{email.help_text} {ANOTHER_PERSON}"
    if not is_owner:
        # Another name would need another address.
        name.widget.attrs["readonly"] = bool(name.help_text or known.declined_at)
        email.help_text = "Only an owner of your team may change it."
        email.widget.attrs["readonly"] = True


def _initial(onboarding: Onboarding, known: Contact | None) -> dict[str, str]:
    """Who it is now, or the administrator that step 3 names."""
    if known is not None:
        return {"name": known.name, "email": known.email, "language": known.language}
    steps = {step.key: step for step in steps_of(onboarding)}
    user = steps["create_user"]
    typed = user.draft or user.input if user.draft_saved_at else user.input
    name = f"{typed.get('first_name', '')} {typed.get('last_name', '')}".strip()
    return {"name": name, "email": typed.get("email", "")}


def _page(
    request: StaffRequest,
    onboarding: Onboarding,
    form: ContactForm,
    refused: tuple[UUID, AnswerForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    standing, said = standing_of(onboarding), []
    is_declined = standing is not None and standing.contact.declined_at is not None
    is_owner = request.place.role is Role.OWNER
    if standing:
        _say_what_stays(form, onboarding, standing.contact, is_owner)
    for objection in objections_of(onboarding):
        bound = refused[1] if refused and refused[0] == objection.pk else answer_form(objection.pk)
        said.append({"objection": objection, "item": item_words(objection.item), "form": bound})
    context: dict[str, Any] = {
        "onboarding": onboarding,
        "environment": onboarding.connection.environment,
        "form": form,
        "standing": standing,
        "facts": standing_facts(onboarding, standing) if standing else [],
        "unsent": unsent_words(standing) if standing else "",
        "said": said,
        "may_name": is_owner or not is_declined,
    }
    return render(request, "onboarding/people/admin.html", context, status=status)


def _told(request: StaffRequest, onboarding: Onboarding, result: object, email: str) -> HttpResponse:
    if isinstance(result, NotInvited):
        messages.info(request, result.why)
    else:
        messages.success(request, SENT.format(email))
    return redirect("onboarding_admin", onboarding.pk)


@gate(WORK, "POST")
def send(request: StaffRequest, onboarding_id: UUID) -> HttpResponse:
    """A fresh link, or a reminder with one."""
    onboarding = access_onboarding(onboarding_id)
    contact = contact_of(onboarding)
    if contact is None or onboarding.is_cancelled:
        messages.info(request, "This onboarding was cancelled." if contact else "Say first who the admin is.")
        return redirect("onboarding_admin", onboarding.pk)
    why = WHYS.get(request.POST.get("why", ""), Why.INVITED)
    result = inviting.send_link(actor=request.actor, contact=contact, why=why)
    return _told(request, onboarding, result, contact.email)


@gate(WORK, "POST")
def revoke(request: StaffRequest, onboarding_id: UUID) -> HttpResponse:
    """Take the link back, and end what it opened."""
    onboarding = access_onboarding(onboarding_id)
    contact = contact_of(onboarding)
    if contact is not None:
        ended = inviting.revoke(actor=request.actor, contact=contact)
        messages.success(request, "The link is taken back. It opens nothing any more, on no device.")
        if ended:
            messages.info(request, NOBODY_MAY)
    return redirect("onboarding_admin", onboarding.pk)


@gate(WORK, "POST")
def answer(request: StaffRequest, onboarding_id: UUID, objection_id: UUID) -> HttpResponse:
    """Answer what the admin says is wrong."""
    onboarding = access_onboarding(onboarding_id)
    objection = Objection.objects.filter(pk=objection_id, onboarding=onboarding).first()
    if objection is None:
        raise Http404
    form = answer_form(objection.pk, request.POST)
    if not form.is_valid():
        known = contact_of(onboarding)
        named = ContactForm(initial=_initial(onboarding, known))
        return _page(request, onboarding, named, (objection.pk, form), status=422)
    kept = answering.answer(actor=request.actor, objection=objection, text=form.cleaned_data["answer"])
    if kept:
        messages.success(request, "Your answer is kept; the admin sees it.")
    else:
        messages.info(request, "This was answered already.")
    return redirect("onboarding", onboarding.pk)
