"""A tenant's BILL credentials for one environment."""

from enum import StrEnum

from django.db import models

from onboarding.models.base import TenantOwned
from portal.lib import crypto
from portal.lib.fields import SealedText


class Environment(StrEnum):
    SIMULATOR = "simulator"
    SANDBOX = "sandbox"
    PRODUCTION = "production"


class Connection(TenantOwned):
    environment = models.CharField(
        max_length=10, choices=[(e.value, e.value.capitalize()) for e in Environment]
    )
    username = models.EmailField()
    password = SealedText()
    app_key = SealedText()
    dev_key = SealedText()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    tested_at = models.DateTimeField(null=True)
    test_passed = models.BooleanField(null=True)
    test_message = models.TextField(blank=True)
    # What BILL takes as an industry: the same for all organizations, but only told inside a session of one.
    industries = models.JSONField(default=list)
    industries_at = models.DateTimeField(null=True)
    # Whether staff may attest what the admin did elsewhere; unset: everywhere but in production.
    attestation = models.BooleanField(null=True)
    # When the database was last put back to an earlier point: since then BILL may have more than is known here.
    restored_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "environment"], name="connection_environment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.environment} connection"

    @property
    def is_production(self) -> bool:
        return self.environment == Environment.PRODUCTION

    @property
    def account(self) -> bytes:
        """Whose credentials these are, without them: another user or app key may see other organizations at BILL."""
        return crypto.fingerprint("scan", f"{self.username}\0{self.app_key}")

    @property
    def may_attest(self) -> bool:
        return not self.is_production if self.attestation is None else self.attestation
