"""Attempts: committed before a call is sent, closed with what follows from its answer."""

import logging
import time
import uuid
from dataclasses import dataclass
from uuid import UUID

from onboarding.bill.journal import Answer, Call, Ticket
from onboarding.engine.fence import Fence
from onboarding.engine.timing import SEND_WITHIN
from onboarding.gateway.budgets import Budgets
from onboarding.models import Attempt, AttemptOutcome, Connection
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock, crypto
from portal.lib.actor import Actor
from portal.lib.batch import Batch, Result
from portal.lib.tenancy import acting_for

logger = logging.getLogger("onboarding.attempts")


@dataclass(frozen=True)
class AttemptJournal:
    """The journal of one executor. With a fence, nothing is sent unless the lease is still ours."""

    actor: Actor
    connection: Connection
    budgets: Budgets
    onboarding_id: UUID | None = None
    fence: Fence | None = None

    def open(self, call: Call) -> Ticket:
        """Commit the intent and what it costs. LeaseLost when another executor has the step; LimitReached."""
        started = time.monotonic()
        attempt = Attempt(
            id=uuid.uuid4(),
            tenant_id=self.actor.tenant_id,
            connection_id=self.connection.pk,
            account=self.connection.account,
            onboarding_id=self.onboarding_id,
            step_id=self.fence.step_id if self.fence else None,
            operation=call.operation,
            method=call.method,
            path=call.path,
            fingerprint=crypto.fingerprint_of(call.operation, dict(call.payload or {})),
            opened_at=clock.now(),
        )
        with acting_for(self.actor.tenant_id):
            batch = Batch()
            if self.fence:
                self.fence.write_pending(batch)
                self.fence.hold(batch)
            self.budgets.spend(call.toll, batch)
            batch.insert(attempt)
            batch.finish()
        if self.fence:
            self.fence.forget_pending()
        return Ticket(started + SEND_WITHIN.total_seconds(), str(attempt.pk), call.operation)

    def close(self, ticket: Ticket, answer: Answer) -> None:
        """Write the answer now, or with the step's next commit when there is a step."""
        moment = clock.now()
        if self.fence:
            self.fence.later(lambda batch: self._write(ticket, answer, moment, batch))
            return
        with acting_for(self.actor.tenant_id):
            batch = Batch()
            self._write(ticket, answer, moment, batch)
            batch.finish()

    def _write(self, ticket: Ticket, answer: Answer, moment: object, batch: Batch) -> None:
        outcome = outcome_of(answer)
        fields = {
            "closed_at": moment,
            "outcome": outcome.value,
            "http_status": answer.status,
            "codes": list(answer.codes),
            "error": answer.error or "",
            "bill_id": answer.bill_id or "",
            "latency_ms": answer.latency_ms,
            "excerpt": answer.excerpt,
        }

        def written(result: Result) -> None:
            tag = Tag.ATTEMPT_CLOSED
            if not result.count:
                known = Attempt.objects.get(pk=ticket.key)
                if (known.outcome, known.bill_id) == (outcome.value, fields["bill_id"]):
                    return  # this very answer is written already; its commit was not acknowledged to us
                # It was given up as unknown meanwhile. The answer goes on record; the step is reconciled with BILL.
                tag = Tag.ATTEMPT_LATE
            self._tell(tag, ticket, answer, outcome, batch)

        batch.update(Attempt, {"id": uuid.UUID(ticket.key), "closed_at": None}, fields, written)

    def _tell(self, tag: Tag, ticket: Ticket, answer: Answer, outcome: AttemptOutcome, batch: Batch) -> None:
        told = {
            "operation": ticket.operation,
            "attempt": ticket.key,
            "outcome": outcome.value.replace("_", " "),
            "status": answer.status,
            "codes": list(answer.codes),
            "bill_id": answer.bill_id,
            "error": answer.error,
        }
        record(
            actor=self.actor,
            tag=tag,
            onboarding=self.onboarding_id,
            target=("attempt", ticket.key),
            fields={name: value for name, value in told.items() if value},
            batch=batch,
        )


def outcome_of(answer: Answer) -> AttemptOutcome:
    """In one word, what became of a call."""
    if answer.error is None:
        return AttemptOutcome.DONE
    if not answer.request_sent:
        return AttemptOutcome.NOT_SENT
    return AttemptOutcome.UNKNOWN if answer.may_have_happened else AttemptOutcome.REFUSED
