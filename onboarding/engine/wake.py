"""The only place that talks to the broker. What it sends is a hint; the sweeper finds what was not sent."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError

from portal.lib import clock

logger = logging.getLogger("onboarding.wake")
TASK = "onboarding.advance_step"


# Later than this, the sweeper's turn is soon enough; a broker should not be a calendar.
SOON = timedelta(seconds=60)


def send(tenant_id: UUID, step_id: UUID, countdown: float = 0) -> bool:
    """Wake a worker; False when the broker cannot be reached."""
    ids = {"tenant_id": str(tenant_id), "step_id": str(step_id)}
    try:
        current_app.send_task(TASK, kwargs=ids, countdown=countdown or None, ignore_result=True)
    except (KombuError, OSError) as error:
        logger.warning("no wake-up for step %s: %s", step_id, type(error).__name__)
        return False
    return True


def on_commit(tenant_id: UUID, step_id: UUID, due_at: datetime | None) -> None:
    """Wake a worker when the step is due, once the caller's change is committed; a failure never reaches the caller."""
    wait = (due_at - clock.now()) if due_at else None
    if wait is not None and wait <= SOON:
        seconds = max(0.0, wait.total_seconds())
        transaction.on_commit(lambda: send(tenant_id, step_id, seconds), robust=True)
