"""Running one step: take it, do it outside any transaction, write down what came of it."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from onboarding.engine.claims import Claim, Mode, take
from onboarding.engine.contracts import Finding, Outcome, Registry, RetryLater, Run, Unknown
from onboarding.engine.fence import LeaseLost
from onboarding.engine.settle import Settled, settle
from onboarding.models import Attempt
from portal.lib import clock
from portal.lib.batch import Batch
from portal.lib.tenancy import acting_for

logger = logging.getLogger("onboarding.runner")
# A database that is restarting is back within these waits; after them BILL is asked, once the lease has run out.
SETTLE_AGAIN_AFTER = [0.2, 0.5, 1.0, 2.0, 4.0, 8.0]


class InsideTransaction(RuntimeError):
    """BILL would be called while rows are locked."""


def drive(tenant_id: UUID, step_id: UUID, registry: Registry) -> UUID | None:
    """Run this one step if it is due. Returns the next step of the onboarding that is ready at once, if any."""
    _refuse_transaction()
    claim = take(tenant_id, step_id, registry)
    return _run(claim, registry, go_on=False).following if claim else None


def advance(tenant_id: UUID, step_id: UUID, registry: Registry) -> None:
    """Run the step if it is due, and each one after it that is ready: no message passes between them."""
    _refuse_transaction()
    claim = take(tenant_id, step_id, registry)
    while claim:
        claim = _run(claim, registry, go_on=True).claim


def _refuse_transaction() -> None:
    if connection.in_atomic_block:
        raise InsideTransaction("a step is never run inside a transaction")


def _run(claim: Claim, registry: Registry, *, go_on: bool) -> Settled:
    try:
        came_of_it = _do(claim, registry)
    except LeaseLost:
        logger.warning("step %s was taken by another executor; nothing more is sent", claim.run.step_id)
        with acting_for(claim.run.tenant_id):
            batch = Batch()
            claim.run.fence.write_pending(batch)
            batch.finish()
        return Settled()
    return _write_down(claim, came_of_it, registry, go_on=go_on)


def _do(claim: Claim, registry: Registry) -> Outcome | Finding:
    definition = registry[claim.run.key]
    try:
        return definition.reconcile(claim.run) if claim.mode is Mode.LOOK else definition.run(claim.run)
    except (LeaseLost, OperationalError, InterfaceError):
        raise
    except Exception:
        # A bug of ours must not leave the step to its lease: it is logged, shown, and tried again or looked for.
        logger.exception("step %s (%s) failed in the portal itself", claim.run.step_id, claim.run.key)
        return _after_a_bug(claim)


def _after_a_bug(claim: Claim) -> Outcome | Finding:
    reason = "The portal itself failed here; the failure is logged for its operators."
    with acting_for(claim.run.tenant_id):
        sent = Attempt.objects.filter(step_id=claim.run.step_id, operation=claim.run.unrepeatable)
        is_open = sent.filter(closed_at__isnull=True).exists()
    if is_open and claim.mode is Mode.RUN:
        return Unknown(reason)
    return RetryLater(timedelta(minutes=5), reason)


def _write_down(claim: Claim, came_of_it: Outcome | Finding, registry: Registry, *, go_on: bool) -> Settled:
    run = claim.run
    for wait in SETTLE_AGAIN_AFTER:
        try:
            return settle(run, came_of_it, registry, go_on=go_on)
        except (OperationalError, InterfaceError):
            logger.warning("the outcome of step %s is not written yet: the database is away", run.step_id)
            connection.close()
            clock.pause(wait)
        except Exception:
            # What cannot be written must not be done again and again: the step says that we failed, and BILL is asked.
            logger.exception("the outcome of step %s (%s) cannot be written", run.step_id, run.key)
            _last_trace(run, came_of_it)
            run.fence.forget_pending()
            return settle(run, _after_a_bug(claim), registry)
    try:
        return settle(run, came_of_it, registry, go_on=go_on)
    except (OperationalError, InterfaceError):
        _last_trace(run, came_of_it)
        raise


def _last_trace(run: Run, came_of_it: Outcome | Finding) -> None:
    """The last trace of an id that BILL gave and the database never got."""
    logger.critical(
        "step %s (%s) is not written down: %s", run.step_id, run.key, getattr(came_of_it, "result", "")
    )
