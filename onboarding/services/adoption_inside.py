"""Taking over what an organization at BILL has: its administrator, the phone and the verification."""

from dataclasses import dataclass
from datetime import datetime

from onboarding.bill.errors import BillError
from onboarding.bill.outputs import RiskVerification, User
from onboarding.engine.contracts import Done
from onboarding.gateway.bill import Bill, NotPermitted
from onboarding.gateway.outcomes import reason_of
from onboarding.gateway.sessions import SessionBeingOpened
from onboarding.models import Onboarding
from onboarding.services.adoption import LOGGING_IN, adopt, is_adoptable
from onboarding.services.steps import Accepted, NotReady, locked
from onboarding.steps import REGISTRY
from onboarding.steps.start_verification import started
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for

NOT_PERMITTED = NotReady(
    "Only the user's own session can see this. Record the organization's permission first."
)
ADMINISTRATOR = "ADMINISTRATOR"


@dataclass(frozen=True)
class UserAtBill:
    """A user of the organization, and why it cannot be the administrator here, if it cannot."""

    id: str
    first_name: str
    last_name: str
    email: str
    username: str
    role: str
    created_at: datetime | None
    why_not: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.id


def users_at_bill(*, actor: Actor, onboarding: Onboarding) -> list[UserAtBill] | NotReady:
    """The users of the onboarding's organization, archived ones too. No transaction is held meanwhile."""
    bill = _bill(actor, onboarding)
    try:
        pages = bill.as_partner(
            lambda client, session: list(
                client.user_pages(session=session, organization_id=onboarding.bill_organization_id)
            )
        )
    except SessionBeingOpened:
        return LOGGING_IN
    except BillError as error:
        return NotReady(f"BILL's users could not be read: {reason_of(error)}")
    return list({user.id: _at_bill(user) for page in pages for user in page.items}.values())


def _at_bill(user: User) -> UserAtBill:
    why_not = ""
    if user.archived:
        why_not = "Archived at BILL."
    elif user.role_type not in ("", ADMINISTRATOR):
        why_not = "Not an administrator: BILL would refuse the verification."
    return UserAtBill(
        id=user.id,
        first_name=user.first_name,
        last_name=user.last_name,
        email=user.email,
        username=user.username,
        role=user.role_type,
        created_at=user.created_time,
        why_not=why_not,
    )


def adopt_user(*, actor: Actor, onboarding: Onboarding, user_id: str, reason: str) -> Accepted | NotReady:
    """Have this user of the organization be its administrator here; BILL is asked again whether it is there."""
    users = users_at_bill(actor=actor, onboarding=onboarding)
    if isinstance(users, NotReady):
        return users
    user = next((one for one in users if one.id == user_id), None)
    if user is None:
        return NotReady("BILL's organization has no such user.")
    if user.why_not:
        return NotReady(user.why_not)
    with acting_for(actor.tenant_id):
        onboarding, step = locked(onboarding.steps.get(key="create_user"))
        if not is_adoptable(onboarding, step):
            return NotReady("This onboarding has a user already, or is creating one.")
        done = Done(
            result={
                "id": user.id,
                "username": user.username,
                "role": user.role or ADMINISTRATOR,
                "terms": f"accepted on BILL's own record, as {actor.name} attests",
            },
            onboarding={"bill_user_id": user.id},
        )
        given = {"first_name": user.first_name, "last_name": user.last_name, "email": user.email}
        adopt(actor, onboarding, step, done, reason, input=given)
    return Accepted()


def adopt_rest(*, actor: Actor, onboarding: Onboarding, reason: str) -> list[str] | NotReady:
    """Look for the phone and the verification as the user, and adopt what is there: the titles of those steps."""
    bill, there = _bill(actor, onboarding), (onboarding.bill_organization_id, onboarding.bill_user_id)
    try:
        has_phone = bill.as_user(*there, lambda client, session: client.get_risk_phone(session=session))
        check = bill.as_user(*there, lambda client, session: client.get_risk_verification(session=session))
    except SessionBeingOpened:
        return LOGGING_IN
    except NotPermitted:
        return NOT_PERMITTED
    except BillError as error:
        return NotReady(f"BILL could not be asked: {reason_of(error)}")
    return _adopt_found(actor, onboarding, has_phone, check, reason)


def _adopt_found(
    actor: Actor, onboarding: Onboarding, has_phone: bool, check: RiskVerification | None, reason: str
) -> list[str]:
    found: dict[str, Done] = {"add_risk_phone": Done()} if has_phone else {}
    if check:
        found["start_verification"] = started(check, "")
    titles = []
    with acting_for(actor.tenant_id):
        for key, done in found.items():
            onboarding, step = locked(onboarding.steps.get(key=key))
            if is_adoptable(onboarding, step):
                adopt(actor, onboarding, step, done, reason)
                titles.append(REGISTRY[key].title)
    return titles


def _bill(actor: Actor, onboarding: Onboarding) -> Bill:
    return Bill(actor=actor, connection=onboarding.connection, onboarding_id=onboarding.pk)
