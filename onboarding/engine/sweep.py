"""Finding what is due without having been woken: lost messages, expired leases, retries and looks."""

from uuid import UUID

from django.db import connection

from portal.lib import clock


def due_steps(most: int = 500) -> list[tuple[UUID, UUID]]:
    """(tenant, step) of what is due in any tenant, the longest due first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant, step FROM due_steps(%s, %s)", [clock.now(), most])
        return [(tenant, step) for tenant, step in cursor.fetchall()]
