"""The only place that talks to the broker. What it sends is a hint; the sweeper finds what was not sent."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError

from onboarding.models import Step
from portal.lib import clock

logger = logging.getLogger("onboarding.wake")
TASK = "onboarding.advance_step"
BULK_TASK = "onboarding.work_through"
READ = "onboarding.read_import"
MAIL = "onboarding.send_mail"
RENEW = "onboarding.renew_trust"
LINKS = "onboarding.send_links"


# Later than this, the sweeper's turn is soon enough; a broker should not be a calendar.
SOON = timedelta(seconds=60)


def send(tenant_id: UUID, step_id: UUID, countdown: float = 0) -> bool:
    """Wake a worker; False when the broker cannot be reached."""
    return _send(TASK, {"tenant_id": str(tenant_id), "step_id": str(step_id)}, countdown)


def send_bulk(tenant_id: UUID) -> bool:
    """Wake a runner of the tenant's bulk; False when the broker cannot be reached."""
    return _send(BULK_TASK, {"tenant_id": str(tenant_id)})


def _send(task: str, ids: dict[str, str], countdown: float = 0) -> bool:
    try:
        current_app.send_task(task, kwargs=ids, countdown=countdown or None, ignore_result=True)
    except (KombuError, OSError) as error:
        logger.warning("no wake-up for %s: %s", ids, type(error).__name__)
        return False
    return True


def on_commit(tenant_id: UUID, step_id: UUID, due_at: datetime | None) -> None:
    """Wake a worker when the step is due, once the caller's change is committed; a failure never reaches the caller."""
    wait = (due_at - clock.now()) if due_at else None
    if wait is not None and wait <= SOON:
        seconds = max(0.0, wait.total_seconds())
        transaction.on_commit(lambda: send(tenant_id, step_id, seconds), robust=True)


def when_due(step: Step) -> None:
    """The same for a step of the engine's; what is in bulk is found by the tenant's bulk runner."""
    if not step.in_bulk:
        on_commit(step.tenant_id, step.pk, step.due_at)


def send_reader(tenant_id: UUID, import_id: UUID) -> bool:
    """Wake a worker to read an uploaded file; False when the broker cannot be reached."""
    return _send(READ, {"tenant_id": str(tenant_id), "import_id": str(import_id)})


def reader_on_commit(tenant_id: UUID, import_id: UUID) -> None:
    """The same once the caller's change is committed; a failure never reaches the caller."""
    transaction.on_commit(lambda: send_reader(tenant_id, import_id), robust=True)


def send_mail(tenant_id: UUID, mail_id: UUID) -> bool:
    """Wake a worker to send a mail; False when the broker cannot be reached."""
    return _send(MAIL, {"tenant_id": str(tenant_id), "mail_id": str(mail_id)})


def mail_on_commit(tenant_id: UUID, mail_id: UUID) -> None:
    """The same once the caller's change is committed; a failure never reaches the caller."""
    transaction.on_commit(lambda: send_mail(tenant_id, mail_id), robust=True)


def send_links(address: str, ip: str, request_id: str) -> bool:
    """Wake a worker to send fresh links to this fingerprint of an address; False when the broker cannot be reached."""
    return _send(LINKS, {"address": address, "ip": ip, "request_id": request_id})


def renewal_on_commit() -> None:
    """Wake a worker to ask for what has to be renewed, once the caller's change is committed."""
    transaction.on_commit(lambda: _send(RENEW, {}), robust=True)
