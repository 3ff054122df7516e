"""One client's journey."""

from django.db import models

from onboarding.models.base import TenantOwned
from onboarding.models.connection import Connection
from onboarding.states import Status, WaitsFor
from portal.tenants.models import Staff


class Onboarding(TenantOwned):
    """`status`, `waits_for` and `current_step` are computed from the steps whenever one of them moves."""

    connection = models.ForeignKey(Connection, models.PROTECT, related_name="+", db_constraint=False)
    name = models.CharField(max_length=100)
    tax_fingerprint = models.BinaryField(max_length=16, null=True)
    company_fingerprint = models.BinaryField(max_length=16, null=True)
    owner = models.ForeignKey(Staff, models.PROTECT, related_name="+", db_constraint=False)
    created_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", db_constraint=False)
    created_at = models.DateTimeField(db_index=False)
    is_bulk = models.BooleanField(default=False)

    status = models.CharField(max_length=20, default=Status.NOT_STARTED.value)
    waits_for = models.CharField(max_length=5, blank=True, default=WaitsFor.STAFF.value)
    status_since = models.DateTimeField()
    current_step = models.CharField(max_length=30, blank=True)
    steps_done = models.PositiveSmallIntegerField(default=0)
    updated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    # The newest word of the organization; earlier ones stay in their tables.
    acceptance = models.ForeignKey(
        "onboarding.Acceptance", models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    grant = models.ForeignKey(
        "onboarding.Grant", models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    bill_organization_id = models.CharField(max_length=40, blank=True)
    bill_user_id = models.CharField(max_length=40, blank=True)
    decision = models.CharField(max_length=40, blank=True)
    decision_since = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "connection", "bill_organization_id"],
                condition=~models.Q(bill_organization_id=""),
                name="onboarding_organization_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=[s.value for s in Status]), name="onboarding_status_known"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="onboarding_newest"),
            models.Index(fields=["tenant", "status", "-created_at", "-id"], name="onboarding_by_status"),
            models.Index(fields=["tenant", "tax_fingerprint"], name="onboarding_by_tax_id"),
            models.Index(fields=["tenant", "company_fingerprint"], name="onboarding_by_company"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_cancelled(self) -> bool:
        return self.status == Status.CANCELLED

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None
