"""What BILL's list of a partner's organizations showed, and when it was read."""

from enum import StrEnum

from django.db import models

from onboarding.models.base import TenantOwned
from onboarding.models.connection import Connection
from portal.lib.fields import SealedJSON


class ScanState(StrEnum):
    READING = "reading"  # page by page, by one executor at a time
    WHOLE = "whole"
    HOLED = "holed"  # it left out what the scan before it had shown
    BROKEN = "broken"  # BILL did not give it to its end
    TOO_LONG = "too_long"


class Scan(TenantOwned):
    """One reading of the list. It outlives the executor that began it: the next one goes on at `next_page`.

    `account` tells the credentials apart: what another account's list shows is no evidence. `mark` is an earlier
    `next_page`: when it comes again, the pages go round in a circle.
    """

    connection = models.ForeignKey(Connection, models.PROTECT, related_name="+", db_constraint=False)
    account = models.BinaryField(max_length=16)
    state = models.CharField(max_length=8, default=ScanState.READING.value)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    pages = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    next_page = models.TextField(blank=True)
    mark = models.TextField(blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "connection"],
                condition=models.Q(state=ScanState.READING.value),
                name="scan_one_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "connection", "-began_at"], name="scan_newest")]

    def __str__(self) -> str:
        return f"scan ({self.state})"


class ListedOrganization(TenantOwned):
    """An organization as the list showed it last, in `scan`; it was first seen at `first_seen_at`.

    `folded` is the name without regard to case and spaces, cut well behind the longest that BILL takes. `details` are
    BILL's words about the company.
    """

    connection = models.ForeignKey(Connection, models.PROTECT, related_name="+", db_constraint=False)
    scan = models.ForeignKey(Scan, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    bill_id = models.CharField(max_length=40)
    name = models.CharField(max_length=400)
    folded = models.CharField(max_length=400)
    details = SealedJSON(default=dict)
    created_time = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "connection", "bill_id"], name="listedorganization_once"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "connection", "folded"], name="listedorganization_named"),
            models.Index(
                fields=["tenant", "connection", "-first_seen_at", "-id"], name="listedorganization_newest"
            ),
        ]

    def __str__(self) -> str:
        return self.name
