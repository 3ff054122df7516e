"""Writing down what came of a run or a look: one transaction for the answer, the move, the audit entry, the wake-up."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from onboarding.engine import wake
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
from onboarding.engine.moves import move, refresh
from onboarding.engine.timing import QUIET_PERIOD, next_look
from onboarding.models import Onboarding, Step
from onboarding.states import StepState, WaitsFor
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import system
from portal.lib.tenancy import acting_for

RETRY_LATER_CAP = timedelta(hours=1)
# Waiting its turn for a moment is no event in the life of an onboarding.
WORTH_AN_ENTRY = timedelta(seconds=10)
WAITS_FOR = {
    WaitsFor.NOBODY: "nobody",
    WaitsFor.STAFF: "our staff",
    WaitsFor.ADMIN: "the admin",
    WaitsFor.BILL: "BILL",
}


def settle(run: Run, came_of_it: Outcome | Finding, registry: Registry) -> UUID | None:
    """Write it down and free the step. Returns the next step to run at once, if there is one."""
    with acting_for(run.tenant_id):
        run.fence.write_pending()
        onboarding = Onboarding.objects.select_for_update().get(pk=run.onboarding_id)
        step = Step.objects.get(pk=run.step_id)
        if step.lease_token != run.fence.token:
            return None  # the step moved on without us; our attempts are on record all the same
        _write(step, onboarding, came_of_it, run)
        current = refresh(onboarding, registry)
        following = (
            current.pk if current and current.state == StepState.READY and current.pk != step.pk else None
        )
    run.fence.forget_pending()
    return following


def _write(step: Step, onboarding: Onboarding, came_of_it: Outcome | Finding, run: Run) -> None:
    now = clock.now()
    told: dict[str, Any]
    fields: dict[str, Any]
    match came_of_it:
        case Done():
            begin(onboarding, came_of_it)
            result = {**step.result, **came_of_it.result}
            note = {"note": came_of_it.note} if came_of_it.note else {}
            fields = {"bill_id": came_of_it.result.get("id", ""), **note}
            _free(
                step,
                StepState.DONE,
                run,
                Tag.STEP_DONE,
                fields,
                result=result,
                due_at=None,
                reason=came_of_it.note,
            )
        case Refused(reason, problems):
            told = {"reason": reason, "codes": _codes(problems)}
            _free(
                step,
                StepState.REFUSED,
                run,
                Tag.STEP_REFUSED,
                told,
                reason=reason,
                problems=list(problems),
                due_at=None,
            )
        case RetryLater(after, reason, problems, paced):
            due = now + min(after, RETRY_LATER_CAP)
            told = {"reason": reason, "codes": _codes(problems), "until": due.isoformat(timespec="seconds")}
            again = StepState.READY if step.state == StepState.RUNNING else StepState(step.state)
            # What is postponed again and again for one reason is one entry; its attempts are on record anyway.
            in_passing = paced and after < WORTH_AN_ENTRY
            tag = None if reason == step.reason or in_passing else Tag.STEP_POSTPONED
            tries = step.tries + (not paced)
            fields = {"problems": list(problems), "due_at": due, "tries": tries}
            _free(step, again, run, tag, told, reason=reason, **fields)
        case Waiting(on, reason, look_after):
            _fill(onboarding, came_of_it.onboarding)
            due_at = now + look_after if look_after else None
            told = {"reason": reason, "waiting_on": WAITS_FOR[on]}
            # Following a decision looks often; only what changed is worth an entry.
            changed = (step.state, step.reason, step.waits_for) != (StepState.WAITING, reason, on.value)
            tag = Tag.STEP_WAITING if changed else None
            _free(step, StepState.WAITING, run, tag, told, reason=reason, due_at=due_at, waits_for=on.value)
        case Unknown(reason):
            told = {"reason": reason}
            fields = {"due_at": now + next_look(0), "waits_for": WaitsFor.NOBODY.value, "tries": 0}
            _free(step, StepState.UNKNOWN, run, Tag.STEP_UNKNOWN, told, reason=reason, **fields)
        case Absent(reason):
            _not_there(step, run, reason)
        case Undecided(reason, candidates):
            evidence = {**step.evidence, "candidates": [dict(c) for c in candidates]}
            told = {"reason": reason, "waiting_on": WAITS_FOR[WaitsFor.STAFF]}
            fields = {"due_at": None, "waits_for": WaitsFor.STAFF.value, "evidence": evidence}
            _free(step, StepState.UNKNOWN, run, Tag.STEP_WAITING, told, reason=reason, **fields)


def _not_there(step: Step, run: Run, reason: str) -> None:
    """Believed only after the quiet period: a request may still be on its way through BILL."""
    quiet_until = (run.last_sent_at or step.since) + QUIET_PERIOD
    now = clock.now()
    if now >= quiet_until:
        _free(step, StepState.READY, run, Tag.STEP_POSTPONED, {"reason": reason}, reason=reason, due_at=now)
        return
    # The last look must begin after the quiet period has ended.
    due = max(now, min(now + next_look(step.tries + 1), quiet_until))
    _free(step, StepState.UNKNOWN, run, None, {}, due_at=due)


def _free(step: Step, to: StepState, run: Run, tag: Tag | None, told: dict[str, Any], **fields: Any) -> None:
    fields.setdefault("waits_for", step.waits_for if to == step.state else WaitsFor.NOBODY.value)
    fields.setdefault("problems", [])
    fields.setdefault("tries", step.tries + 1)
    move(step, to, token=run.fence.token, lease_token=None, lease_until=None, **fields)
    wake.on_commit(step.tenant_id, step.pk, step.due_at)
    if tag:
        told = {name: value for name, value in told.items() if value}
        record(
            actor=system(step.tenant_id),
            tag=tag,
            onboarding=step.onboarding_id,
            target=("step", str(step.pk)),
            fields={"step": step.key, **told},
        )


def _codes(problems: tuple[Any, ...]) -> list[str]:
    return [problem["code"] for problem in problems if problem.get("code")]


def begin(onboarding: Onboarding, done: Done) -> None:
    """Fill the onboarding's columns and begin the steps that follow by themselves."""
    _fill(onboarding, done.onboarding)
    for key, following in done.begins.items():
        now = clock.now()
        before = Step.objects.filter(onboarding=onboarding, key=key).order_by("-round").first()
        step = Step.objects.create(
            tenant_id=onboarding.tenant_id,
            onboarding=onboarding,
            key=key,
            round=before.round + 1 if before else 1,
            since=now,
            input=dict(following.input),
        )
        move(step, StepState.READY, due_at=now + following.after, submitted_at=now)
        wake.on_commit(step.tenant_id, step.pk, step.due_at)


def _fill(onboarding: Onboarding, columns: Any) -> None:
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
        )
    Onboarding.objects.filter(pk=onboarding.pk).update(**fields)
    for name, value in fields.items():
        setattr(onboarding, name, value)
