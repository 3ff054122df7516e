"""Where a person works."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from portal.tenants.models import Staff
from portal.tenants.roles import Permission, Role, may


@dataclass(frozen=True)
class Place:
    """One tenant that a person works for, and the role there."""

    tenant_id: UUID
    slug: str
    name: str
    role: Role


def places_of(person_id: int) -> list[Place]:
    """Every tenant the person may enter; asked before a tenant is known, so through the database's finder."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant, slug, name, role FROM places_of_person(%s)", [person_id])
        return [Place(tenant, slug, name, Role(role)) for tenant, slug, name, role in cursor.fetchall()]


def colleagues_who_may(permission: Permission) -> list[Staff]:
    """The active staff of the tenant in scope whose role allows it, by name."""
    roles = [role.value for role in Role if may(role, permission)]
    active = Staff.objects.filter(is_active=True, role__in=roles).select_related("person")
    return sorted(active, key=lambda staff: str(staff.person).lower())
