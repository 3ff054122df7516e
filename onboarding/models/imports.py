"""A file of clients, and its rows: each becomes an onboarding that runs by itself as far as its data allows."""

from enum import StrEnum

from django.db import models

from onboarding.models.base import TenantOwned
from onboarding.models.connection import Connection
from onboarding.models.onboarding import Onboarding
from portal.lib.fields import SealedBytes, SealedJSON
from portal.tenants.models import Staff


class ImportState(StrEnum):
    READING = "reading"  # the file becomes rows
    UNREADABLE = "unreadable"
    MAPPING = "mapping"  # a person has to say which column is what
    CHECKING = "checking"  # the rows are checked
    CHECKED = "checked"  # nothing was sent yet
    RUNNING = "running"  # rows become onboardings, one after the other
    PAUSED = "paused"
    DONE = "done"  # nothing goes on by itself any more
    CANCELLED = "cancelled"


class RowState(StrEnum):
    NEW = "new"  # not checked yet
    READY = "ready"
    BROKEN = "broken"  # to be corrected, in another file
    AGAIN = "again"  # it was, and that file has come
    HELD = "held"  # looks like another; a person keeps or skips it
    SKIPPED = "skipped"
    STARTED = "started"
    NOT_BEGUN = "not_begun"  # the import was cancelled before its turn


class Import(TenantOwned):
    """One file. `content` is emptied once it is rows.

    `touched_at` is when the portal last went on with reading it, or when a person last had it run.
    """

    connection = models.ForeignKey(Connection, models.PROTECT, related_name="+", db_constraint=False)
    name = models.CharField(max_length=200)
    fingerprint = models.BinaryField(max_length=16)
    content = SealedBytes(null=True)
    uploaded_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", db_constraint=False)
    uploaded_at = models.DateTimeField()

    state = models.CharField(max_length=10, default=ImportState.READING.value)
    touched_at = models.DateTimeField()
    problem = models.TextField(blank=True)
    note = models.TextField(blank=True)
    # A file without a header has somebody's data in its first line.
    header = SealedJSON(default=list)
    mapping = models.JSONField(default=dict)
    row_count = models.PositiveIntegerField(default=0)
    read_count = models.PositiveIntegerField(default=0)
    checked_count = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)  # of reading it, since the last one that came further

    # In whose name the rows become onboardings: who started it, or resumed it last.
    started_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_constraint=False)
    started_at = models.DateTimeField(null=True)
    pause_reason = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(state__in=[s.value for s in ImportState]), name="import_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-uploaded_at", "-id"], name="import_newest"),
            models.Index(fields=["tenant", "fingerprint"], name="import_by_content"),
        ]

    def __str__(self) -> str:
        return self.name


class ImportRow(TenantOwned):
    """One row, numbered as a spreadsheet shows it.

    `cells` are as they came, `inputs` what the steps will be given. `reach` is the last step that the data is enough
    for, and `has_plan` whether a price plan is set on the way: what BILL will be asked to do, without opening `inputs`.
    """

    import_of = models.ForeignKey(Import, models.PROTECT, related_name="rows", db_constraint=False)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=9, default=RowState.NEW.value)
    cells = SealedJSON(default=list)
    line_problems = SealedJSON(default=list)
    inputs = SealedJSON(default=dict)
    problems = SealedJSON(default=list)
    notes = SealedJSON(default=list)
    reach = models.CharField(max_length=30, blank=True)
    has_plan = models.BooleanField(default=False)

    tax_fingerprint = models.BinaryField(max_length=16, null=True)
    company_fingerprint = models.BinaryField(max_length=16, null=True)
    twins = models.JSONField(default=list)
    is_kept = models.BooleanField(default=False)

    onboarding = models.ForeignKey(
        Onboarding, models.PROTECT, null=True, related_name="rows", db_constraint=False
    )
    is_correction = models.BooleanField(default=False)
    # The row of an earlier file that was to be fixed, and that this one is.
    repeats = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="repeated_by", db_constraint=False
    )
    started_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "import_of", "number"], name="importrow_number_once"),
            models.UniqueConstraint(
                fields=["tenant", "onboarding"],
                condition=models.Q(is_correction=False),
                name="importrow_onboarding_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[s.value for s in RowState]), name="importrow_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["import_of", "state", "number"], name="importrow_by_state"),
            models.Index(
                fields=["import_of", "number"],
                condition=models.Q(state=RowState.READY.value),
                name="importrow_next",
            ),
        ]

    def __str__(self) -> str:
        return f"row {self.number} ({self.state})"
