"""Step 3: create the organization's first user, its administrator. BILL keeps usernames unique, so ours is derived."""

from datetime import timedelta
from uuid import UUID

from onboarding.bill.errors import BillRefused
from onboarding.bill.inputs import NewUser
from onboarding.bill.outputs import Page, User
from onboarding.engine.contracts import Done, Finding, Outcome, Run, StepDefinition, Undecided, Waiting
from onboarding.gateway.absence import not_there
from onboarding.gateway.bill import bill_for
from onboarding.gateway.outcomes import guarded, looking
from onboarding.states import WaitsFor

NOT_ACCEPTED = (
    "BILL's terms have not been accepted for this organization yet. The user is created once they are."
)

# The admin's word wakes the step. One that came while the step was just looking is found by the first look after.
FIRST_LOOK, LOOK_AGAIN = timedelta(minutes=1), timedelta(hours=6)


def username_of(onboarding_id: UUID) -> str:
    """The username at BILL: alphanumeric, 33 characters, no personal data, the same however often it is asked."""
    return f"u{onboarding_id.hex}"


def wait_for_admin(step: Run, reason: str) -> Waiting:
    """Until the organization's admin has given their word."""
    return Waiting(WaitsFor.ADMIN, reason, FIRST_LOOK if step.tries == 0 else LOOK_AGAIN)


def user_of(step: Run) -> NewUser:
    """The typed input as BILL's client takes it. Without a role, BILL makes an administrator."""
    return NewUser(
        first_name=step.input["first_name"],
        last_name=step.input["last_name"],
        email=step.input["email"],
        username=username_of(step.onboarding_id),
        accept_terms_of_service=True,
        external_reference_id=str(step.onboarding_id),
    )


@guarded
def run(step: Run) -> Outcome:
    if not step.has_acceptance:
        return wait_for_admin(step, NOT_ACCEPTED)
    try:
        created = bill_for(step).as_partner(
            lambda client, session: client.create_partner_user(
                session=session, organization_id=step.bill_organization_id, user=user_of(step)
            )
        )
    except BillRefused:
        # BILL's answer to a username that is taken is not documented; if it is ours, the user exists.
        if found := _find(step):
            return _done(found, "BILL has this user already; it was adopted.")
        raise
    return _done(created, "")


def _done(user: User, note: str) -> Done:
    return Done(
        result={"id": user.id, "username": user.username or "", "role": user.role_type or "ADMINISTRATOR"},
        onboarding={"bill_user_id": user.id},
        note=note,
    )


def _find(step: Run) -> User | None:
    """The user that is ours, if it can be told."""
    fits = _fitting(step)
    return fits[0] if len(fits) == 1 else None


def _fitting(step: Run) -> list[User]:
    """Ours by username or reference, archived or not; where BILL returns neither, whoever it may be by the person."""
    users = {
        user.id: user
        for page in _pages(step)
        for user in page.items  # a user may stand on two pages
        if user.id not in step.not_ours
    }
    wanted = user_of(step)
    for user in users.values():
        if (
            user.username.casefold() == wanted.username
            or user.external_reference_id == wanted.external_reference_id
        ):
            return [user]
    bare = [user for user in users.values() if not user.username and not user.external_reference_id]
    return [user for user in bare if user.email.casefold() == wanted.email.casefold()]


def _pages(step: Run) -> list[Page[User]]:
    return bill_for(step).as_partner(
        lambda client, session: list(
            client.user_pages(session=session, organization_id=step.bill_organization_id)
        )
    )


@looking
def reconcile(step: Run) -> Finding:
    fits = _fitting(step)
    if not fits:
        return not_there(step, user_of(step).payload())
    if len(fits) > 1:
        reason = "BILL has several users with this e-mail address, and does not tell which of them was created here."
        return Undecided(reason, tuple(candidate(user) for user in fits))
    note = "Found at BILL after the answer was lost, and adopted."
    return _done(fits[0], f"{note} It is archived there." if fits[0].archived else note)


def candidate(user: User) -> dict[str, str]:
    """What a person compares when the portal cannot decide, under the names of the form's fields."""
    told = {
        "id": user.id,
        "name": f"{user.first_name} {user.last_name}".strip(),
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "username": user.username,
        "role": user.role_type,
        "created": user.created_time.isoformat() if user.created_time else "",
        "archived": "yes" if user.archived else "",
    }
    return {name: value for name, value in told.items() if value}


STEP = StepDefinition(
    key="create_user",
    title="Create user",
    sentence="Creates the organization's administrator at BILL, and tells BILL that this person accepted its terms.",
    button="Create user at BILL",
    run=run,
    reconcile=reconcile,
    unrepeatable="create_partner_user",
)
