"""Finding what is due without having been woken: lost messages, expired leases, retries and looks."""

from uuid import UUID

from django.db import connection

from portal.lib import clock


def due_steps(most: int = 500) -> list[tuple[UUID, UUID]]:
    """(tenant, step) of what is due in any tenant, one of each before the second of any; not what is in bulk."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant, step FROM due_steps(%s, %s)", [clock.now(), most])
        return [(tenant, step) for tenant, step in cursor.fetchall()]


def lost_steps(most: int = 500) -> list[tuple[UUID, UUID]]:
    """(tenant, step) of what is held by executors that are dead."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant, step FROM lost_steps(%s)", [most])
        return [(tenant, step) for tenant, step in cursor.fetchall()]


def tenants_with_bulk() -> list[UUID]:
    """Tenants that have steps due which their bulk runner drives."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant FROM tenants_with_bulk(%s)", [clock.now()])
        return [tenant for (tenant,) in cursor.fetchall()]
