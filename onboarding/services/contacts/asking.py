"""What the admin is asked for as soon as an onboarding comes to it: to begin with, and for their phone."""

from datetime import datetime, timedelta
from uuid import UUID

from onboarding.engine.moves import move, refresh
from onboarding.models import Acceptance, Contact, Invitation, Onboarding, Step, Why
from onboarding.services.consent import locked_onboarding
from onboarding.services.contacts.inviting import (
    OF_STAFF,
    NotInvited,
    contact_of,
    name_contact,
    send_link,
    waiters,
)
from onboarding.services.contacts.people import fingerprint_of_email, is_of_staff
from onboarding.services.contacts.tasks import Stage, Task, tasks_of
from onboarding.states import Status, StepState, WaitsFor
from onboarding.steps import REGISTRY
from portal.lib import clock
from portal.lib.actor import system
from portal.lib.tenancy import acting_for

NOBODY_ASKED = "The admin's word is needed, and nobody has been asked yet."
# Links to one mailbox that the portal sends by itself in a day; an import may name it a thousand times.
MOST_IN_A_DAY = 10
ASKED_ENOUGH = (
    f"The portal has sent this address {MOST_IN_A_DAY} links today, and leaves this one to you:"
    " name the admin, and send the link."
)


def ask_for_what_is_next(tenant_id: UUID, step_id: UUID) -> None:
    """After a worker went as far as it could: send the admin the link that this came to, if it came to one."""
    with acting_for(tenant_id):
        onboarding = Onboarding.objects.select_related("grant").filter(steps=step_id).first()
        if onboarding is None:
            return
        if onboarding.status == Status.WAITING_ON_ADMIN:
            _ask_for_their_word(onboarding)
        elif onboarding.bill_user_id and onboarding.grant and onboarding.grant.contact_id:
            _ask_for_the_phone(onboarding)


def _ask_for_their_word(onboarding: Onboarding) -> None:
    """Ask whom BILL is to have as the user, if no admin was named yet."""
    onboarding = locked_onboarding(onboarding)
    # BILL waits for the company's owner, too, when it needs to know more: that is no matter of ours.
    if not waiters(onboarding, WaitsFor.ADMIN).exists():
        return
    user = Step.objects.filter(onboarding=onboarding, key="create_user").order_by("-round").first()
    contact = contact_of(onboarding)
    if user is None or user.submitted_by is None or user.submitted_at is None:
        return
    if contact is None:
        _ask_the_user(onboarding, user)
    elif onboarding.acceptance is None and contact.may_come:
        _ask_again(onboarding, contact, user.submitted_at)


def _ask_the_user(onboarding: Onboarding, user: Step) -> None:
    """In the name of whoever entered them, who may have left the team since."""
    given = user.input
    name, email = (
        f"{given.get('first_name', '')} {given.get('last_name', '')}".strip(),
        given.get("email", ""),
    )
    if _links_today(email) >= MOST_IN_A_DAY:
        _leave_to_staff(onboarding, ASKED_ENOUGH)
        return
    asked = name_contact(
        actor=system(onboarding.tenant_id),
        onboarding=onboarding,
        name=name,
        email=email,
        entered_by=user.submitted_by,
    )
    if isinstance(asked, NotInvited):
        _leave_to_staff(onboarding, f"{NOBODY_ASKED} {asked.why}")


def _links_today(email: str) -> int:
    day = clock.now() - timedelta(days=1)
    by_itself = Invitation.objects.filter(why=Why.INVITED.value, made_by__isnull=True, made_at__gt=day)
    return by_itself.filter(contact__email_fingerprint=fingerprint_of_email(email)).count()


def _ask_again(onboarding: Onboarding, contact: Contact, since: datetime) -> None:
    """They had accepted, and another user was entered since: there is something new to read. Once."""
    had_accepted = Acceptance.objects.filter(contact=contact, recorded_at__lt=since)
    if not had_accepted.exists() or Invitation.objects.filter(contact=contact, made_at__gte=since).exists():
        return
    if is_of_staff(contact.email):
        _leave_to_staff(onboarding, f"{NOBODY_ASKED} {OF_STAFF}")
    else:
        send_link(actor=system(contact.tenant_id), contact=contact, why=Why.INVITED)


def _leave_to_staff(onboarding: Onboarding, reason: str) -> None:
    """The portal has nobody to ask: the step says why, and is looked at again once somebody is named."""
    for step in waiters(onboarding, WaitsFor.ADMIN):
        move(step, StepState.WAITING, waits_for=WaitsFor.STAFF.value, reason=reason, due_at=None)
    refresh(onboarding, REGISTRY)


def _ask_for_the_phone(onboarding: Onboarding) -> None:
    """Who agreed before their user was there was told that the phone comes later: it has come. Once."""
    contact, grant = contact_of(onboarding), onboarding.grant
    if contact is None or grant is None or grant.contact_id != contact.pk:
        return
    user = Step.objects.filter(onboarding=onboarding, key="create_user", state=StepState.DONE.value).first()
    if user is None or grant.recorded_at > user.since:
        return
    if Invitation.objects.filter(contact=contact, why=Why.PHONE.value).exists():
        return
    if tasks_of(contact, onboarding).of(Task.MFA).stage is Stage.OPEN:
        send_link(actor=system(onboarding.tenant_id), contact=contact, why=Why.PHONE)
