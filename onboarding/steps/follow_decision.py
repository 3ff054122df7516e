"""In the background: follow BILL's decision to its end."""

from datetime import timedelta

from onboarding.bill.outputs import DecisionValue
from onboarding.engine.contracts import Done, Finding, Outcome, Run, StepDefinition, Waiting
from onboarding.gateway.bill import bill_for
from onboarding.gateway.industries import learn_industries
from onboarding.gateway.outcomes import guarded, looking
from onboarding.states import WaitsFor
from onboarding.steps.start_verification import read, word_of

# Automatic checks end within seconds; what is left after an hour is looked at by people.
LOOKS = [timedelta(seconds=s) for s in (2, 3, 5, 10, 30, 60, 120, 300, 600, 900, 1800)]
BY_PEOPLE = timedelta(minutes=30)
REASONS = {
    DecisionValue.REVIEW: "BILL reviews the company by hand. Payments may already be scheduled.",
    DecisionValue.HOLD: "BILL has paused the verification and asked the owner by e-mail for more information.",
    DecisionValue.IN_PROGRESS: "BILL is checking the company.",
}


@guarded
def run(step: Run) -> Outcome:
    bill = bill_for(step)
    verification = read(bill, step)
    learn_industries(bill, step)
    if verification is None:
        return Waiting(WaitsFor.BILL, "BILL does not show the verification yet.", _next_look(step))
    decision, value = word_of(verification), verification.decision.value
    if verification.decision.is_terminal:
        bill.end_user_session()
        return Done(result={"decision": decision}, onboarding={"decision": decision})
    by_people = value is not DecisionValue.IN_PROGRESS
    return Waiting(
        WaitsFor.ADMIN if value is DecisionValue.HOLD else WaitsFor.BILL,
        REASONS.get(value, f"BILL says {decision}, which this portal does not know."),
        max(_next_look(step), BY_PEOPLE if by_people and step.tries > len(LOOKS) else timedelta()),
        onboarding={"decision": decision},
    )


def _next_look(step: Run) -> timedelta:
    return LOOKS[min(step.tries, len(LOOKS) - 1)]


@looking
def reconcile(step: Run) -> Finding:
    raise AssertionError("following only reads: its outcome is never unknown")


STEP = StepDefinition(
    key="follow_decision",
    title="Follow BILL's decision",
    sentence="Reads BILL's decision until it is final.",
    button="Look now",
    run=run,
    reconcile=reconcile,
    needs_input=False,
    is_background=True,
)
