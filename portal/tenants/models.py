"""Tenants, and which person may do what for which of them."""

import uuid

from django.db import models

from portal.accounts.models import Person
from portal.tenants.roles import Role


class Tenant(models.Model):
    """One partner of BILL. Global: it is found before the scope of a tenant exists."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Staff(models.Model):
    """A person working for a tenant, in one role."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in Role])
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "person"], name="staff_person_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="staff_tenant_id"),
            models.CheckConstraint(
                condition=models.Q(role__in=[r.value for r in Role]), name="staff_role_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)
