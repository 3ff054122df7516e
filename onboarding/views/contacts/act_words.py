"""Entries of the audit log in the words of the organization's admin."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onboarding.services.contacts.activity import Act
from onboarding.services.contacts.details import ITEMS
from portal.audit.tags import Tag
from portal.lib.actor import Kind

# What a person entered, by the step that it belongs to: whether BILL has it yet is another matter.
ENTERED: dict[str, Promise] = {
    "create_organization": gettext_lazy("entered the company’s details for BILL"),
    "create_user": gettext_lazy("entered your name and e-mail address for BILL"),
    "add_risk_phone": gettext_lazy("entered the phone for BILL’s check"),
    "start_verification": gettext_lazy("asked for BILL’s check of the company"),
}
TOLD: dict[str, Promise] = {
    Tag.ONBOARDING_STARTED.text: gettext_lazy("began to set up your company on BILL"),
    Tag.ONBOARDING_IMPORTED.text: gettext_lazy("began to set up your company on BILL"),
    Tag.ONBOARDING_CORRECTED.text: gettext_lazy("corrected what was entered"),
    Tag.ONBOARDING_HANDED_OVER.text: gettext_lazy("handed the set-up over to a colleague"),
    Tag.ONBOARDING_CANCELLED.text: gettext_lazy("stopped the set-up"),
    Tag.STEP_SUBMITTED.text: gettext_lazy("went on with the set-up"),
    Tag.STEP_RETRIED.text: gettext_lazy("tried again what did not work"),
    Tag.STEP_RESOLVED.text: gettext_lazy("compared what BILL has, and decided how to go on"),
    Tag.TERMS_ACCEPTED.text: gettext_lazy("put on record that BILL’s terms were accepted"),
    Tag.GRANT_GIVEN.text: gettext_lazy("put on record that people may log in as your user"),
    Tag.GRANT_LIMITED.text: gettext_lazy("put on record that only the portal itself may log in"),
    Tag.GRANT_REFUSED.text: gettext_lazy("put on record that nobody may log in as your user"),
    Tag.GRANT_WITHDRAWN.text: gettext_lazy("ended what was allowed about logging in"),
    Tag.CONTACT_NAMED.text: gettext_lazy("named the company’s administrator"),
    Tag.CONTACT_INVITED.text: gettext_lazy("had a link sent to the administrator"),
    Tag.CONTACT_REVOKED.text: gettext_lazy("took a link back"),
    Tag.CONTACT_ANSWERED.text: gettext_lazy("answered what you said is wrong"),
    Tag.DOCUMENT_DOWNLOADED.text: gettext_lazy(
        "downloaded the document that shows that BILL’s terms were accepted"
    ),
    Tag.LOGIN_AS_REQUESTED.text: gettext_lazy("asked to log in at BILL as your user"),
    Tag.LOGIN_AS_STARTED.text: gettext_lazy("logged in at BILL as your user"),
    Tag.MFA_LOST.text: gettext_lazy("found that BILL does not remember this portal any more"),
}
OWN: dict[str, Promise] = {
    Tag.TERMS_ACCEPTED.text: gettext_lazy("accepted BILL’s terms"),
    Tag.GRANT_GIVEN.text: gettext_lazy("allowed that people log in as your user"),
    Tag.GRANT_LIMITED.text: gettext_lazy("decided that nobody may log in as your user"),
    Tag.CONTACT_INVITED.text: gettext_lazy("asked for a fresh link"),
    Tag.CONTACT_OBJECTED.text: gettext_lazy("said that something is wrong"),
    Tag.MFA_SET_UP.text: gettext_lazy("set up a phone at BILL"),
    Tag.MFA_TRUSTED.text: gettext_lazy("made this portal a device that BILL remembers"),
}
# People are decided on after this, and not by it.
CONSENTED = gettext_lazy("allowed the portal’s own sessions, and none of people")


def told(act: Act, brand: str) -> tuple[str, str]:
    """Who did it, and what."""
    what = (OWN if act.is_admin else TOLD).get(act.tag) or TOLD.get(act.tag) or OWN[act.tag]
    if act.is_admin and act.with_terms:
        what = CONSENTED
    if act.tag == Tag.STEP_SUBMITTED.text:
        what = ENTERED.get(act.item, what)
    text = str(what)
    if act.tag in (Tag.CONTACT_OBJECTED.text, Tag.CONTACT_ANSWERED.text) and act.item in ITEMS:
        text = f"{text}: {ITEMS[act.item][0]}"
    return _who(act, brand), text


def _who(act: Act, brand: str) -> str:
    if act.is_admin:
        return _("An earlier administrator") if act.is_earlier else _("You")
    if act.kind == Kind.STAFF:
        return act.who or _("Somebody at %(brand)s") % {"brand": brand}
    return _("The portal")
