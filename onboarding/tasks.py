"""What a worker is woken for. Ids in, one service call."""

from uuid import UUID

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from onboarding.services import advance, health


@shared_task(name="onboarding.advance_step")
def advance_step(*, tenant_id: str, step_id: str) -> None:
    advance.advance_step(tenant_id=UUID(tenant_id), step_id=UUID(step_id))


@shared_task(name="onboarding.sweep")
def sweep() -> None:
    advance.wake_due_steps()
    health.note_sweep()


@shared_task(name="onboarding.forget_old_sign_ins")
def forget_old_sign_ins() -> None:
    SessionStore.clear_expired()
