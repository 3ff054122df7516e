"""What the organization allowed, and how it stands with its admin, as the page of a step shows it."""

from typing import Any

from django.utils.dateformat import format as date_format

from onboarding.forms import StepForm
from onboarding.forms.contact import AnswerForm, answer_form
from onboarding.forms.grant import SCOPES
from onboarding.models import Grant, How, Onboarding, Step
from onboarding.selectors import NOT_ME, WRONG
from onboarding.services.contacts.details import values_of
from onboarding.services.contacts.standing import Said, Standing
from onboarding.states import Status
from onboarding.views.admin_words import person_of, standing_facts, unsent_words
from onboarding.views.journey import Journey
from onboarding.views.records import item_words

DEVICE = "They may use the remembered device: such a session can move money."


def words_of_organization(
    journey: Journey, found: Step, standing: Standing | None, sees_all: bool
) -> dict[str, Any]:
    """The acceptance and the permission on record, who is asked for them, and what they say is wrong."""
    onboarding, grant = journey.onboarding, journey.onboarding.grant
    permits_staff = bool(grant and grant.allows_staff)
    return {
        "grant": grant,
        "grant_scope": dict(SCOPES)[grant.scope] if grant else "",
        "permits_staff": permits_staff,
        "device_words": DEVICE,
        "no_permission": _no_permission(grant),
        "may_record": found.key == "login_as_user"
        and not permits_staff
        and _may_record(onboarding, standing),
        "acceptance": onboarding.acceptance,
        "asks_admin": _lacks_word(onboarding, found),
        "may_attest": onboarding.connection.may_attest,
        "standing": standing,
        "admin": person_of(standing, sees_all) if standing else None,
        "standing_facts": standing_facts(onboarding, standing) if standing else [],
        "unsent": unsent_words(standing) if standing else "",
        "said": _said(journey, standing) if sees_all and standing and standing.said else [],
    }


def _no_permission(grant: Grant | None) -> str:
    """Why our staff may not log in, or may not any more."""
    if grant and grant.until and grant.is_over:
        return f"What the organization permitted ended with {date_format(grant.until, 'j M Y')}."
    if grant and grant.how == How.HERE and not grant.with_terms:
        return "The organization's admin does not permit it, or took it back, on a page of their own."
    return "The organization has to allow that our staff log in as its user."


def _lacks_word(onboarding: Onboarding, found: Step) -> bool:
    """Whether the step waits for what the admin, or staff in their name, have not said yet."""
    if found.key == "create_user":
        return onboarding.acceptance is None
    return found.key == "start_verification" and onboarding.grant is None


def admin_says(onboarding: Onboarding, standing: Standing | None) -> str:
    """What staff have to act on, as the dashboard says it, too."""
    if standing is None or onboarding.status == Status.CANCELLED:
        return ""
    if standing.contact.declined_at:
        return NOT_ME
    return WRONG if standing.said else ""


def _may_record(onboarding: Onboarding, standing: Standing | None) -> bool:
    """Whether staff may put on record that they may log in: not what the admin decides on pages of their own."""
    return onboarding.connection.may_attest and not (standing and standing.has_spoken)


def _said(journey: Journey, standing: Standing) -> list[tuple[Said, str, str, AnswerForm]]:
    """What the admin says is wrong, with a form for each answer."""
    entered = values_of(journey.steps)
    return [
        (one, item_words(one.item), entered.get(one.item, ""), answer_form(one.pk)) for one in standing.said
    ]


def other_email(form: StepForm | None, standing: Standing | None) -> dict[str, Any]:
    """The named admin's address, beside a field with another one. It may be meant so."""
    if form is None or "email" not in form.fields or standing is None or standing.contact.declined_at:
        return {}
    named, typed = standing.contact.email, str(form["email"].value() or "").strip()
    return {"named_email": named, "is_other_email": bool(typed) and typed.casefold() != named.casefold()}
