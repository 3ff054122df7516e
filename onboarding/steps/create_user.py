"""Step 3: create the organization's first user, its administrator. BILL keeps usernames unique, so ours is derived."""

from uuid import UUID

from onboarding.bill.errors import BillRefused
from onboarding.bill.inputs import NewUser
from onboarding.bill.outputs import User
from onboarding.engine.contracts import Absent, Done, Finding, Outcome, Refused, Run, StepDefinition
from onboarding.gateway.bill import bill_for
from onboarding.gateway.outcomes import guarded, looking
from onboarding.models import Onboarding
from portal.lib.tenancy import acting_for


def username_of(onboarding_id: UUID) -> str:
    """The username at BILL: alphanumeric, 33 characters, no personal data, the same however often it is asked."""
    return f"u{onboarding_id.hex}"


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
    with acting_for(step.tenant_id):
        accepted = Onboarding.objects.filter(pk=step.onboarding_id, acceptance__isnull=False).exists()
    if not accepted:
        return Refused("Nobody is on record as having accepted BILL's terms. Record it, then send again.")
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
    users = bill_for(step).as_partner(
        lambda client, session: [
            user
            for page in client.user_pages(session=session, organization_id=step.bill_organization_id)
            for user in page.items
        ]
    )
    wanted = user_of(step)
    for user in users:
        if (
            user.username.casefold() == wanted.username
            or user.external_reference_id == wanted.external_reference_id
        ):
            return user
    # BILL may return neither; the organization is new and ours, so the person is enough.
    bare = [user for user in users if not user.username and not user.external_reference_id]
    return next((user for user in bare if user.email.casefold() == wanted.email.casefold()), None)


@looking
def reconcile(step: Run) -> Finding:
    found = _find(step)
    return _done(found, "Found at BILL after the answer was lost, and adopted.") if found else Absent()


STEP = StepDefinition(
    key="create_user",
    title="Create user",
    sentence="Creates the organization's administrator at BILL, and tells BILL that this person accepted its terms.",
    button="Create user at BILL",
    run=run,
    reconcile=reconcile,
    unrepeatable="create_partner_user",
)
