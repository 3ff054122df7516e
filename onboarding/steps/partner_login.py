"""Step 1: log the partner in. The session is shared by the tenant's staff and renews itself."""

from onboarding.engine.contracts import Done, Finding, Outcome, Run, StepDefinition
from onboarding.gateway.bill import bill_for
from onboarding.gateway.outcomes import guarded, looking


@guarded
def run(step: Run) -> Outcome:
    session = bill_for(step).partner_session()
    opened = session.opened_at.isoformat(timespec="seconds") if session.opened_at else ""
    return Done(result={"logged_in_at": opened})


@looking
def reconcile(step: Run) -> Finding:
    # A login may always be repeated; a session that was lost on the way ends by itself.
    bill_for(step).partner_session()
    return Done()


STEP = StepDefinition(
    key="partner_login",
    title="Partner login",
    sentence="Logs in to BILL with your connection. The session is shared by your staff and renewed by itself.",
    button="Log in to BILL",
    run=run,
    reconcile=reconcile,
    needs_input=False,
)
