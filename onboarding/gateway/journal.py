"""Attempts: committed before a call is sent, closed with what follows from its answer."""

import logging
import time
import uuid
from dataclasses import dataclass
from uuid import UUID

from onboarding.bill.journal import Answer, Call, Ticket
from onboarding.engine.fence import Fence
from onboarding.engine.timing import SEND_WITHIN
from onboarding.models import Attempt, AttemptOutcome
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock, crypto
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for

logger = logging.getLogger("onboarding.attempts")


@dataclass(frozen=True)
class AttemptJournal:
    """The journal of one executor. With a fence, nothing is sent unless the lease is still ours."""

    actor: Actor
    connection_id: UUID
    onboarding_id: UUID | None = None
    fence: Fence | None = None

    def open(self, call: Call) -> Ticket:
        """Commit the intent. LeaseLost when another executor has the step."""
        started = time.monotonic()
        attempt = Attempt(
            id=uuid.uuid4(),
            tenant_id=self.actor.tenant_id,
            connection_id=self.connection_id,
            onboarding_id=self.onboarding_id,
            step_id=self.fence.step_id if self.fence else None,
            operation=call.operation,
            method=call.method,
            path=call.path,
            fingerprint=crypto.fingerprint_of(call.operation, dict(call.payload or {})),
            opened_at=clock.now(),
        )
        with acting_for(self.actor.tenant_id):
            if self.fence:
                self.fence.write_pending()
                self.fence.hold()
            attempt.save(force_insert=True)
        if self.fence:
            self.fence.forget_pending()
        return Ticket(send_by=started + SEND_WITHIN.total_seconds(), key=str(attempt.pk))

    def close(self, ticket: Ticket, answer: Answer) -> None:
        """Write the answer now, or with the step's next commit when there is a step."""
        moment = clock.now()
        if self.fence:
            self.fence.later(lambda: self._write(ticket, answer, moment))
            return
        with acting_for(self.actor.tenant_id):
            self._write(ticket, answer, moment)

    def _write(self, ticket: Ticket, answer: Answer, moment: object) -> None:
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
        tag = Tag.ATTEMPT_CLOSED
        if not Attempt.objects.filter(pk=ticket.key, closed_at__isnull=True).update(**fields):
            known = Attempt.objects.get(pk=ticket.key)
            if (known.outcome, known.bill_id) == (outcome.value, fields["bill_id"]):
                return  # this very answer is written already; its commit was not acknowledged to us
            # It was given up as unknown meanwhile. The answer goes on record; the step is reconciled with BILL.
            tag = Tag.ATTEMPT_LATE
        self._tell(tag, ticket, answer, outcome)

    def _tell(self, tag: Tag, ticket: Ticket, answer: Answer, outcome: AttemptOutcome) -> None:
        operation = Attempt.objects.values_list("operation", flat=True).get(pk=ticket.key)
        told = {
            "operation": operation,
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
        )


def outcome_of(answer: Answer) -> AttemptOutcome:
    """In one word, what became of a call."""
    if answer.error is None:
        return AttemptOutcome.DONE
    if not answer.request_sent:
        return AttemptOutcome.NOT_SENT
    return AttemptOutcome.UNKNOWN if answer.may_have_happened else AttemptOutcome.REFUSED
