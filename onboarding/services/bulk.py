"""Driving what imports began: a slice of time for each tenant in turn, so that nobody waits for a thousand rows.

What is in bulk gets no wake-up of its own. A few runners of the tenant take whatever is due, then the next row, and
make room after each slice; the messages in the broker stay few, so a person's wake-up never stands behind many.
"""

import time
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from onboarding.engine import wake
from onboarding.engine.sweep import tenants_with_bulk
from onboarding.models import Step
from onboarding.services.advance import advance_step
from onboarding.services.imports.starting import start_next_row, tenants_with_rows_to_start
from onboarding.states import DRIVEN
from portal.lib import clock
from portal.lib.places import give_back, take_place
from portal.lib.tenancy import acting_for

SLICE = 0.5


def work_through(*, tenant_id: UUID, seconds: float = SLICE) -> bool:
    """Drive the tenant's bulk for one slice; True when there is more. Too many runners of a tenant at once leave."""
    place = take_place(f"bulk {tenant_id}", settings.BULK_AT_ONCE)
    if not place:
        return False
    try:
        until = time.monotonic() + seconds
        while step_id := _next_due(tenant_id) or start_next_row(tenant_id):
            advance_step(tenant_id=tenant_id, step_id=step_id)
            if time.monotonic() >= until:
                return True
        return False
    finally:
        give_back(place)


def _next_due(tenant_id: UUID) -> UUID | None:
    """What is due and free the longest; what a dead executor holds is freed by the sweeper."""
    now = clock.now()
    with acting_for(tenant_id):
        due = Step.objects.filter(
            Q(lease_until__isnull=True) | Q(lease_until__lte=now),
            in_bulk=True,
            due_at__lte=now,
            state__in=[state.value for state in DRIVEN],
        )
        return due.order_by("due_at").values_list("pk", flat=True).first()


def wake_bulk() -> int:
    """Wake the runners of every tenant that has something to do. Returns the number of those tenants."""
    tenants = {*tenants_with_bulk(), *tenants_with_rows_to_start()}
    for tenant_id in tenants:
        for _ in range(settings.BULK_AT_ONCE):
            wake.send_bulk(tenant_id)
    return len(tenants)
