"""What a worker is woken for. Ids in, one service call."""

from uuid import UUID

from celery import shared_task
from celery.signals import worker_ready
from django.contrib.sessions.backends.db import SessionStore

from onboarding.engine import wake
from onboarding.services import advance, bulk, health
from onboarding.services.contacts import fresh_links, mails, reminding, trust
from onboarding.services.imports import finishing, reading


@shared_task(name="onboarding.advance_step")
def advance_step(*, tenant_id: str, step_id: str) -> None:
    advance.advance_step(tenant_id=UUID(tenant_id), step_id=UUID(step_id))


@shared_task(name="onboarding.work_through")
def work_through(*, tenant_id: str) -> None:
    if bulk.work_through(tenant_id=UUID(tenant_id)):
        wake.send_bulk(UUID(tenant_id))


@shared_task(name="onboarding.sweep")
def sweep() -> None:
    advance.release_lost_steps()
    advance.wake_due_steps()
    bulk.wake_bulk()
    reading.read_stuck()
    finishing.finish_settled()
    mails.wake_due()
    health.note_sweep()


@worker_ready.connect
def sweep_at_once(**_: object) -> None:
    """What was left by whoever died is taken up when somebody is there again, not when the clock next strikes."""
    sweep.delay()


@shared_task(name="onboarding.read_import")
def read_import(*, tenant_id: str, import_id: str) -> None:
    reading.read_import(tenant_id=UUID(tenant_id), import_id=UUID(import_id))


@shared_task(name="onboarding.send_mail")
def send_mail(*, tenant_id: str, mail_id: str) -> None:
    mails.send(UUID(tenant_id), UUID(mail_id))


@shared_task(name="onboarding.send_links")
def send_links(*, address: str, ip: str, request_id: str) -> None:
    fresh_links.send_links(bytes.fromhex(address), ip=ip, request_id=request_id)


@shared_task(name="onboarding.remind")
def remind() -> None:
    reminding.remind_all()


@shared_task(name="onboarding.renew_trust")
def renew_trust() -> None:
    trust.ask_for_renewals()


@shared_task(name="onboarding.forget_old_sign_ins")
def forget_old_sign_ins() -> None:
    SessionStore.clear_expired()
