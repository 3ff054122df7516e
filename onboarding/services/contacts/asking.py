"""What the admin is asked for as soon as an onboarding comes to it: to begin with, and for their phone."""

from uuid import UUID

from onboarding.engine.moves import move, refresh
from onboarding.models import Invitation, Onboarding, Step, Why
from onboarding.services.consent import locked_onboarding
from onboarding.services.contacts.inviting import NotInvited, contact_of, name_contact, send_link, waiters
from onboarding.services.contacts.tasks import Stage, Task, tasks_of
from onboarding.states import Status, StepState, WaitsFor
from onboarding.steps import REGISTRY
from portal.lib.actor import Actor, Kind, system
from portal.lib.tenancy import acting_for
from portal.tenants.models import Staff

NOBODY_ASKED = "The admin's word is needed, and nobody has been asked yet: name the admin, and send the link."


def ask_for_what_is_next(tenant_id: UUID, step_id: UUID) -> None:
    """After a worker went as far as it could: send the admin the link that this came to, if it came to one."""
    with acting_for(tenant_id):
        onboarding = Onboarding.objects.select_related("grant").filter(steps=step_id).first()
        if onboarding is None:
            return
        if onboarding.status == Status.WAITING_ON_ADMIN:
            _ask_the_user(onboarding)
        elif onboarding.bill_user_id and onboarding.grant and onboarding.grant.contact_id:
            _ask_for_the_phone(onboarding)


def _ask_the_user(onboarding: Onboarding) -> None:
    """Whom BILL is to have as the user is asked, in the name of whoever entered them, if no admin was named yet."""
    onboarding = locked_onboarding(onboarding)
    # BILL waits for the company's owner, too, when it needs to know more: that is no matter of ours.
    if contact_of(onboarding) is not None or not waiters(onboarding, WaitsFor.ADMIN).exists():
        return
    user = Step.objects.filter(onboarding=onboarding, key="create_user").order_by("-round").first()
    if user is None or user.submitted_by_id is None:
        return
    given = user.input
    name = f"{given.get('first_name', '')} {given.get('last_name', '')}".strip()
    asked = name_contact(
        actor=_person(onboarding, user.submitted_by_id),
        onboarding=onboarding,
        name=name,
        email=given.get("email", ""),
    )
    if isinstance(asked, NotInvited):
        _leave_to_staff(onboarding)


def _person(onboarding: Onboarding, staff_id: UUID) -> Actor:
    staff = Staff.objects.select_related("person").get(pk=staff_id)
    return Actor(Kind.STAFF, onboarding.tenant_id, staff.person_id, str(staff.person), staff.role)


def _leave_to_staff(onboarding: Onboarding) -> None:
    """The portal has nobody to ask: the step says that somebody has to name them."""
    for step in waiters(onboarding, WaitsFor.ADMIN):
        move(step, StepState.WAITING, waits_for=WaitsFor.STAFF.value, reason=NOBODY_ASKED)
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
