"""Driving an onboarding as far as it goes by itself."""

from uuid import UUID

from onboarding.engine import wake
from onboarding.engine.runner import drive
from onboarding.engine.sweep import due_steps
from onboarding.steps import REGISTRY


def advance_step(*, tenant_id: UUID, step_id: UUID) -> None:
    """Run the step, and each one after it that is ready: no message passes between them."""
    following: UUID | None = step_id
    while following:
        following = drive(tenant_id, following, REGISTRY)


def wake_due_steps() -> int:
    """Send one wake-up for each step that is due. Returns their number."""
    due = due_steps()
    for tenant_id, step_id in due:
        if not wake.send(tenant_id, step_id):
            break
    return len(due)
