"""Step 4: add the phone that BILL uses for risk verification."""

from onboarding.bill.inputs import RiskPhone
from onboarding.engine.contracts import Done, Finding, Outcome, Run, StepDefinition
from onboarding.gateway.absence import not_there
from onboarding.gateway.bill import NotPermitted, bill_for
from onboarding.gateway.outcomes import guarded, looking
from portal.lib import masking

# BILL says that there is a phone, never which.
FOUND = "BILL has a phone for this user; the answer was lost."


def phone_of(step: Run) -> RiskPhone:
    """The typed input as BILL's client takes it."""
    return RiskPhone(step.input["phone"], step.input["phone_type"])


@guarded
def run(step: Run) -> Outcome:
    phone = phone_of(step)
    bill_for(step).as_partner(
        lambda client, session: client.create_partner_risk_phone(
            session=session, organization_id=step.bill_organization_id, user_id=step.bill_user_id, phone=phone
        )
    )
    return Done(result={"phone": masking.last_four(step.input["phone"])})


@looking
def reconcile(step: Run) -> Finding:
    bill = bill_for(step)
    payload = phone_of(step).payload()
    try:
        has_phone = bill.as_user(
            step.bill_organization_id,
            step.bill_user_id,
            lambda client, session: client.get_risk_phone(session=session),
        )
    except NotPermitted:
        # Only the user's own session can look. Setting the same phone once more changes nothing that we know of.
        blind = "The portal may not look without permission to log in; it sends the same phone once more."
        return not_there(step, payload, reason=blind)
    if not has_phone:
        return not_there(step, payload)
    return Done(result={"phone": masking.last_four(step.input["phone"])}, note=FOUND)


STEP = StepDefinition(
    key="add_risk_phone",
    title="Add verification phone",
    sentence="Adds the administrator's phone at BILL. BILL uses it to verify who they are.",
    button="Add phone at BILL",
    run=run,
    reconcile=reconcile,
    unrepeatable="create_partner_risk_phone",
)
