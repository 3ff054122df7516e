"""A person decides about a step of which nobody knows whether it happened: adopt, send again, give up."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from onboarding.engine import wake
from onboarding.engine.contracts import Done
from onboarding.engine.moves import move, refresh
from onboarding.engine.settle import begin
from onboarding.engine.timing import QUIET_PERIOD
from onboarding.gateway.listed import candidate, fits, shown
from onboarding.gateway.scans import folded
from onboarding.models import Attempt, Onboarding, Step
from onboarding.services.steps import Accepted, NotReady, locked, tell
from onboarding.states import ADOPT, ENDED, SEND_AGAIN, StepState, WaitsFor
from onboarding.steps import REGISTRY
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for

# What an adopted candidate fills in of the onboarding.
COLUMN = {"create_organization": "bill_organization_id", "create_user": "bill_user_id"}
MOST_CANDIDATES = 20
TAKEN = "Another onboarding holds this one already."
LOOKING = "The portal is looking at BILL just now. Decide in a moment."


def is_decidable(step: Step) -> bool:
    """Whether it may have happened at BILL, and only a look or a person can tell."""
    return StepState(step.state) is StepState.UNKNOWN and bool(REGISTRY[step.key].unrepeatable)


def is_undecided(step: Step) -> bool:
    """Whether the portal has given the decision to a person."""
    return StepState(step.state) is StepState.UNKNOWN and step.waits_for == WaitsFor.STAFF


def calls_of(step: Step) -> list[Attempt]:
    """The calls that may have made it, oldest first."""
    return list(step.attempts.filter(operation=REGISTRY[step.key].unrepeatable).order_by("opened_at"))


def sendable_from(step: Step, calls: Sequence[Attempt]) -> datetime:
    """Until then BILL may still be working on what was sent last."""
    return (calls[-1].opened_at if calls else step.since) + QUIET_PERIOD


def candidates_of(onboarding: Onboarding, step: Step) -> list[dict[str, str]]:
    """What BILL has that may be it: found by the last look, or seen in BILL's list since."""
    found = {one["id"]: one for one in step.evidence.get("candidates", [])}
    if step.key == "create_organization":
        name = folded(step.input.get("name", ""))[:400]
        for listed in shown(onboarding.connection).filter(folded=name)[:MOST_CANDIDATES]:
            if fits(listed, step.input) and listed.bill_id not in step.evidence.get("not_ours", []):
                found[listed.bill_id] = candidate(listed)
    return list(found.values())[:MOST_CANDIDATES]


def resolve(
    *, actor: Actor, step: Step, choice: str, bill_id: str = "", reason: str, seen: Collection[str] = ()
) -> Accepted | NotReady:
    """One of the candidates is ours; or none of those `seen` is, and it is sent again; or the onboarding ends here."""
    with acting_for(actor.tenant_id):
        onboarding, step = locked(step)
        if not is_decidable(step):
            return NotReady("There is nothing to decide here any more.")
        if step.lease_token:
            return NotReady(LOOKING)
        if choice == ADOPT:
            done = _adopt(onboarding, step, bill_id)
        elif choice == SEND_AGAIN:
            done = _send_again(onboarding, step, seen)
        else:
            done = _give_up(actor, onboarding, step, reason)
        if isinstance(done, NotReady):
            return done
        tell(actor, Tag.STEP_RESOLVED, step, choice=choice.replace("_", " "), bill_id=bill_id, reason=reason)
        current = refresh(onboarding, REGISTRY)
        for moved in (step, current):
            if moved and moved.due_at:
                wake.when_due(moved)
    return done


def _adopt(onboarding: Onboarding, step: Step, bill_id: str) -> Accepted | NotReady:
    found = {one["id"]: one for one in candidates_of(onboarding, step)}.get(bill_id)
    if found is None or step.key not in COLUMN:
        return NotReady("Choose one of the candidates.")
    column = COLUMN[step.key]
    if Onboarding.objects.filter(**{column: bill_id}, connection=onboarding.connection_id).exists():
        return NotReady(TAKEN)
    adopted = Done(onboarding={column: bill_id}, begins=REGISTRY[step.key].begins(step.input))
    note = "A person recognised it at BILL, and it was adopted."
    result = {**step.result, "id": bill_id, "name": found.get("name", "")}
    try:
        with transaction.atomic():
            begin(onboarding, adopted)
    except IntegrityError:
        return NotReady(TAKEN)
    move(step, StepState.DONE, due_at=None, waits_for="", reason=note, result=result, problems=[])
    return Accepted()


def _send_again(onboarding: Onboarding, step: Step, seen: Collection[str]) -> Accepted | NotReady:
    """After one more look: it is sent only when the quiet period has shown nothing that was not rejected."""
    now, possible_from = clock.now(), sendable_from(step, calls_of(step))
    if now < possible_from and not is_undecided(step):
        return NotReady(
            "BILL may still be working on what was sent. "
            f"It can be sent again from {possible_from:%H:%M:%S} UTC; until then the portal looks by itself."
        )
    rejected = [one["id"] for one in candidates_of(onboarding, step)]
    if not set(rejected) <= set(seen):
        return NotReady("BILL shows another one since this page was opened. Look at it before you decide.")
    evidence = {"not_ours": [*step.evidence.get("not_ours", []), *rejected], SEND_AGAIN: True}
    reason = "None of BILL's candidates is ours. The portal looks once more, and sends it again if BILL has no other."
    due_at = max(now, possible_from)
    move(step, StepState.UNKNOWN, due_at=due_at, waits_for="", reason=reason, evidence=evidence)
    return Accepted()


def _give_up(actor: Actor, onboarding: Onboarding, step: Step, reason: str) -> Accepted | NotReady:
    """End the onboarding. What it may have left at BILL stays not known, and is said so."""
    steps = [one for one in onboarding.steps.all() if StepState(one.state) not in ENDED]
    if any(one.lease_token for one in steps):
        return NotReady(LOOKING)
    for one in steps:
        # A session that is open still has to be ended at BILL.
        if one.pk != step.pk and one.key != "end_login_as":
            move(one, StepState.CANCELLED, due_at=None)
    said = "Given up without knowing. It may exist at BILL all the same; BILL's list will show it."
    evidence = {**step.evidence, "given_up": True}
    move(step, StepState.CANCELLED, due_at=None, waits_for="", reason=said, evidence=evidence)
    record(actor=actor, tag=Tag.ONBOARDING_CANCELLED, onboarding=onboarding.pk, fields={"reason": reason})
    return Accepted()
