"""In the background, after step 2: put the organization on the price plan that was chosen for it."""

from onboarding.bill.inputs import PricePlanName
from onboarding.engine.contracts import Absent, Done, Finding, Outcome, Run, StepDefinition
from onboarding.gateway.bill import bill_for
from onboarding.gateway.outcomes import guarded, looking


@guarded
def run(step: Run) -> Outcome:
    plan = PricePlanName(step.input["price_plan"])
    bill_for(step).as_partner(
        lambda client, session: client.update_price_plan(
            session=session, organization_id=step.bill_organization_id, price_plan=plan
        )
    )
    return Done(result={"price_plan": plan.value})


@looking
def reconcile(step: Run) -> Finding:
    # The same plan set twice is the plan set once; nothing has to be looked for.
    return Absent()


STEP = StepDefinition(
    key="set_price_plan",
    title="Set price plan",
    sentence="Puts the organization on the price plan that you agreed with BILL.",
    button="Set price plan at BILL",
    run=run,
    reconcile=reconcile,
    needs_input=False,
    is_background=True,
)
