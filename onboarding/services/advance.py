"""Driving onboardings as far as they go by themselves."""

from uuid import UUID

from onboarding.engine import wake
from onboarding.engine.claims import release_lost
from onboarding.engine.runner import advance
from onboarding.engine.sweep import due_steps, lost_steps
from onboarding.services.contacts.asking import ask_for_what_is_next
from onboarding.steps import REGISTRY


def advance_step(*, tenant_id: UUID, step_id: UUID) -> None:
    """Run the step, and each one after it that is ready; whom that leaves waiting for the admin, asks them."""
    advance(tenant_id, step_id, REGISTRY)
    ask_for_what_is_next(tenant_id, step_id)


def release_lost_steps() -> int:
    """Free what dead executors held: it is ready again, or looked for at BILL. Returns their number."""
    lost = lost_steps()
    for tenant_id, step_id in lost:
        release_lost(tenant_id, step_id, REGISTRY)
    return len(lost)


def wake_due_steps() -> int:
    """Send one wake-up for each step that is due. Returns their number."""
    due = due_steps()
    for tenant_id, step_id in due:
        if not wake.send(tenant_id, step_id):
            break
    return len(due)
