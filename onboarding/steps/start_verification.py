"""Step 5: start BILL's verification of the company and its owner (KYC/KYB), as the organization's user."""

from datetime import timedelta

from onboarding.bill.errors import BillRefused
from onboarding.bill.outputs import RiskVerification
from onboarding.engine.contracts import Begin, Done, Finding, Outcome, Run, StepDefinition
from onboarding.gateway.absence import not_there
from onboarding.gateway.bill import Bill, NotPermitted, bill_for
from onboarding.gateway.outcomes import guarded, looking
from onboarding.steps.create_user import wait_for_admin

FIRST_LOOK = timedelta(seconds=2)
NOT_PERMITTED = (
    "The organization's admin has not agreed yet that the portal logs in to start the verification. "
    "It starts once they do."
)


@guarded
def run(step: Run) -> Outcome:
    if not step.has_grant:
        return wait_for_admin(step, NOT_PERMITTED)
    bill = bill_for(step)
    # A login that then has to wait for its e-mail would be idle by the time it may be sent, and be needed again.
    bill.budgets.room_for("initiate_risk_verification", "devKey")
    try:
        initiated = bill.as_user(
            step.bill_organization_id,
            step.bill_user_id,
            lambda client, session: client.initiate_risk_verification(session=session),
        )
    except NotPermitted:
        return wait_for_admin(step, NOT_PERMITTED)
    except BillRefused:
        # What BILL says to a second start is not documented; if one is under way, this step is done.
        if under_way := read(bill, step):
            return started(under_way, "BILL had started the verification already.")
        raise
    return started(initiated, "")


def read(bill: Bill, step: Run) -> RiskVerification | None:
    """BILL's decision as it stands, or None when no verification was started."""
    return bill.as_user(
        step.bill_organization_id,
        step.bill_user_id,
        lambda client, session: client.get_risk_verification(session=session),
    )


def word_of(verification: RiskVerification) -> str:
    """The decision as we keep it: a word that BILL documents, or BILL's own for one that we do not know."""
    decision = verification.decision
    return decision.value.value if decision.is_recognised else decision.raw[:40]


def started(verification: RiskVerification, note: str) -> Done:
    """BILL has begun the check: its decision is followed from here on."""
    decision = word_of(verification)
    return Done(
        result={"decision": decision},
        onboarding={"decision": decision},
        begins={"follow_decision": Begin(FIRST_LOOK)},
        note=note,
    )


@looking
def reconcile(step: Run) -> Finding:
    under_way = read(bill_for(step), step)
    if under_way is None:
        return not_there(step, {})
    return started(under_way, "BILL has started the verification; its answer was lost.")


STEP = StepDefinition(
    key="start_verification",
    title="Start verification",
    sentence="Logs in as the organization's user and starts BILL's check of the company and its owner (KYC/KYB).",
    button="Start verification at BILL",
    run=run,
    reconcile=reconcile,
    unrepeatable="initiate_risk_verification",
)
