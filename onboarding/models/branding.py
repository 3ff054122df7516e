"""How a tenant shows itself to its clients' admins."""

from django.core.validators import RegexValidator
from django.db import models

from onboarding.models.base import TenantOwned
from portal.tenants.models import Staff

COLOUR = "#1f5eff"


class Branding(TenantOwned):
    """Name, logo and colour on the admin's pages and mails."""

    name = models.CharField(max_length=60)
    colour = models.CharField(max_length=7, default=COLOUR, validators=[RegexValidator(r"^#[0-9a-f]{6}$")])
    email = models.EmailField(blank=True)  # where the admins write to
    logo = models.BinaryField(null=True)
    logo_type = models.CharField(max_length=20, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", db_constraint=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant"], name="branding_once"),
        ]

    def __str__(self) -> str:
        return self.name
