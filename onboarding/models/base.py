"""What every table of a tenant has."""

import uuid

from django.db import models

from portal.tenants.models import Tenant


class TenantOwned(models.Model):
    """Isolated by row-level security; its foreign keys carry the tenant (see the migration)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(fields=["tenant", "id"], name="%(class)s_tenant_id")]
