"""Writing down what came of a run or a look: one transaction with the answer and what follows."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from onboarding.engine import wake
from onboarding.engine.bulk_line import stand_in_line
from onboarding.engine.claims import Claim, claim_step
from onboarding.engine.contracts import (
    Absent,
    Done,
    Finding,
    Outcome,
    Refused,
    Registry,
    RetryLater,
    Run,
    Undecided,
    Unknown,
    Waiting,
)
from onboarding.engine.held import Held, hold_onboarding
from onboarding.engine.moves import move, refresh
from onboarding.engine.timing import QUIET_PERIOD, next_look
from onboarding.models import Onboarding, Step
from onboarding.states import SEND_AGAIN, StepState, WaitsFor
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import system
from portal.lib.batch import Batch
from portal.lib.tenancy import acting_for

RETRY_LATER_CAP = timedelta(hours=1)
# Waiting its turn for a moment is no event in the life of an onboarding.
WORTH_AN_ENTRY = timedelta(seconds=10)
NOT_SO_FAR = "BILL answers, and does not show it so far. It may still be on its way there."
WAITS_FOR = {
    WaitsFor.NOBODY: "nobody",
    WaitsFor.STAFF: "our staff",
    WaitsFor.ADMIN: "the admin",
    WaitsFor.BILL: "BILL",
}


@dataclass(frozen=True)
class Settled:
    """It is written down: the step that is ready next, and our claim of it if we were to go on."""

    following: UUID | None = None
    claim: Claim | None = None


def settle(run: Run, came_of_it: Outcome | Finding, registry: Registry, *, go_on: bool = False) -> Settled:
    """Write it down and free the step; to go on is to take the step that follows in the same transaction."""
    with acting_for(run.tenant_id):
        batch = Batch()
        held = hold_onboarding(run.onboarding_id, run.connection_id, batch, run.fence.write_pending)
        if held.step(run.step_id).lease_token != run.fence.token:
            batch.finish()
            return Settled()  # the step moved on without us; our attempts are on record all the same
        step = held.step(run.step_id)
        _Writing(step, held, run, batch).write(came_of_it)
        current = refresh(held.onboarding, registry, held.steps, batch)
        settled = Settled()
        if current and current.state == StepState.READY and current.pk != step.pk:
            is_ours = go_on and current.lease_token is None and current.key in registry
            claim = claim_step(current, held, registry, batch) if is_ours else None
            settled = Settled(current.pk, claim)
        batch.finish()
    run.fence.forget_pending()
    return settled


@dataclass(frozen=True)
class _Writing:
    """One settlement, being written."""

    step: Step
    held: Held
    run: Run
    batch: Batch

    def write(self, came_of_it: Outcome | Finding) -> None:
        now, step = clock.now(), self.step
        told: dict[str, Any]
        fields: dict[str, Any]
        match came_of_it:
            case Done():
                begin(self.held.onboarding, came_of_it, self.held.steps, self.batch)
                result = {**step.result, **came_of_it.result}
                told = {"bill_id": came_of_it.result.get("id", ""), "note": came_of_it.note}
                fields = {"result": result, "due_at": None, "reason": came_of_it.note}
                self._free(StepState.DONE, Tag.STEP_DONE, told, **fields)
            case Refused(reason, problems):
                told = {"reason": reason, "codes": _codes(problems)}
                fields = {"reason": reason, "problems": list(problems), "due_at": None}
                self._free(StepState.REFUSED, Tag.STEP_REFUSED, told, **fields)
            case RetryLater(after, reason, problems, paced, line):
                due = now + min(after, RETRY_LATER_CAP)
                until = due.isoformat(timespec="seconds")
                told = {"reason": reason, "codes": _codes(problems), "until": until}
                again = StepState.READY if step.state == StepState.RUNNING else StepState(step.state)
                # What is postponed again and again for one reason is one entry; its attempts are on record anyway.
                in_passing = paced and after < WORTH_AN_ENTRY
                postponed = Tag.LOOK_POSTPONED if again is StepState.UNKNOWN else Tag.STEP_POSTPONED
                tag = None if reason == step.reason or in_passing else postponed
                fields = {"problems": list(problems), "due_at": due, "tries": step.tries + (not paced)}
                self._free(again, tag, told, reason=reason, **fields)
                if line and step.in_bulk:
                    stand_in_line(self.run, line, reason, due, self.batch)
            case Waiting(on, reason, look_after):
                fill(self.held.onboarding, came_of_it.onboarding, self.batch)
                told = {"reason": reason, "waiting_on": WAITS_FOR[on]}
                # Following a decision looks often; only what changed is worth an entry.
                changed = (step.state, step.reason, step.waits_for) != (StepState.WAITING, reason, on.value)
                fields = {"due_at": now + look_after if look_after else None, "waits_for": on.value}
                tag = Tag.STEP_WAITING if changed else None
                self._free(StepState.WAITING, tag, told, reason=reason, **fields)
            case Unknown(reason):
                fields = {"due_at": now + next_look(0), "waits_for": WaitsFor.NOBODY.value, "tries": 0}
                self._free(StepState.UNKNOWN, Tag.STEP_UNKNOWN, {"reason": reason}, reason=reason, **fields)
            case Absent(reason):
                self._not_there(reason)
            case Undecided(reason, candidates):
                evidence = {**step.evidence, "candidates": [dict(c) for c in candidates]}
                told = {"reason": reason, "waiting_on": WAITS_FOR[WaitsFor.STAFF]}
                fields = {"due_at": None, "waits_for": WaitsFor.STAFF.value, "evidence": evidence}
                self._free(StepState.UNKNOWN, Tag.STEP_WAITING, told, reason=reason, **fields)

    def _not_there(self, reason: str) -> None:
        """Believed only of a look that began after the quiet period: a request may still be on its way through BILL."""
        step, now = self.step, clock.now()
        quiet_until = (self.run.last_sent_at or step.since) + QUIET_PERIOD
        if self.run.taken_at >= quiet_until:
            told = {"reason": reason}
            # A person's word was about what was sent so far; the next call is another matter.
            evidence = {name: value for name, value in step.evidence.items() if name != SEND_AGAIN}
            fields: dict[str, Any] = {"reason": reason, "due_at": now, "evidence": evidence}
            self._free(StepState.READY, Tag.STEP_POSTPONED, told, **fields)
            return
        due = max(now, min(now + next_look(step.tries + 1), quiet_until))
        self._free(StepState.UNKNOWN, None, {}, reason=NOT_SO_FAR, due_at=due)

    def _free(self, to: StepState, tag: Tag | None, told: dict[str, Any], **fields: Any) -> None:
        step = self.step
        fields.setdefault("waits_for", step.waits_for if to == step.state else WaitsFor.NOBODY.value)
        fields.setdefault("problems", [])
        fields.setdefault("tries", step.tries + 1)
        free = {"lease_token": None, "lease_until": None, "lease_holder": None}
        move(step, to, token=self.run.fence.token, batch=self.batch, **free, **fields)
        wake.when_due(step)
        if tag:
            told = {name: value for name, value in told.items() if value}
            record(
                actor=system(self.run.tenant_id),
                tag=tag,
                onboarding=self.run.onboarding_id,
                target=("step", str(self.run.step_id)),
                fields={"step": self.run.key, **told},
                batch=self.batch,
            )


def _codes(problems: tuple[Any, ...]) -> list[str]:
    return [problem["code"] for problem in problems if problem.get("code")]


def begin(
    onboarding: Onboarding, done: Done, steps: list[Step] | None = None, batch: Batch | None = None
) -> None:
    """Fill the onboarding's columns and begin the steps that follow by themselves."""
    writing = batch or Batch()
    fill(onboarding, done.onboarding, writing)
    if steps is None and done.begins:
        steps = list(Step.objects.filter(onboarding=onboarding, key__in=done.begins))
    for key, following in done.begins.items():
        now = clock.now()
        rounds = [step.round for step in steps or [] if step.key == key]
        step = Step(
            tenant_id=onboarding.tenant_id,
            onboarding=onboarding,
            key=key,
            round=max(rounds, default=0) + 1,
            state=StepState.READY.value,
            since=now,
            input=dict(following.input),
            submitted_at=now,
            due_at=now + following.after,
            in_bulk=onboarding.is_bulk,
        )
        writing.insert(step)
        wake.when_due(step)
    if batch is None:
        writing.run()


def fill(onboarding: Onboarding, columns: Any, batch: Batch) -> None:
    """Write what the onboarding itself learns from a step."""
    changed = {name: value for name, value in columns.items() if getattr(onboarding, name) != value}
    if not changed:
        return
    fields: dict[str, Any] = dict(changed)
    if "decision" in changed:
        fields["decision_since"] = clock.now()
        told = {"was": onboarding.decision or "none", "now": changed["decision"]}
        record(
            actor=system(onboarding.tenant_id),
            tag=Tag.DECISION_CHANGED,
            onboarding=onboarding.pk,
            fields=told,
            batch=batch,
        )
    batch.update(Onboarding, {"id": onboarding.pk}, fields)
    for name, value in fields.items():
        setattr(onboarding, name, value)
