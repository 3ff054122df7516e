"""One persisted, resumable step of an onboarding."""

from django.db import models

from onboarding.models.base import TenantOwned
from onboarding.models.onboarding import Onboarding
from onboarding.states import StepState, WaitsFor
from portal.lib.fields import SealedJSON
from portal.tenants.models import Staff


class Step(TenantOwned):
    """`due_at` says when somebody should look at it next; the lease says who does so now.

    `draft` is what somebody is typing; `input` is what was checked and submitted, and all that is ever sent.

    `version` counts the saves of its input, and `saved_by_page` names the browser page of the last one: a page that
    was loaded before somebody else's save may not overwrite it, but may always go on from its own.

    `lease_holder` is the executor's number: once its database session has ended, its lease has, too. What is `in_bulk`
    is driven by the tenant's bulk runner, not by a wake-up of its own.

    `round` counts how often the same step was begun: a person may log in as user more than once.
    """

    onboarding = models.ForeignKey(Onboarding, models.PROTECT, related_name="steps", db_constraint=False)
    key = models.CharField(max_length=30)
    round = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=15, default=StepState.NOT_STARTED.value)
    since = models.DateTimeField()
    waits_for = models.CharField(max_length=5, blank=True, default=WaitsFor.NOBODY.value)
    reason = models.TextField(blank=True)
    problems = models.JSONField(default=list)

    input = SealedJSON(default=dict)
    draft = SealedJSON(default=dict)
    draft_saved_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)
    saved_by_page = models.CharField(max_length=32, blank=True)
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_constraint=False)
    result = models.JSONField(default=dict)
    evidence = SealedJSON(default=dict)

    due_at = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_holder = models.IntegerField(null=True)
    in_bulk = models.BooleanField(default=False)
    tries = models.PositiveIntegerField(default=0)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "onboarding", "key", "round"], name="step_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=[s.value for s in StepState]), name="step_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(lease_token__isnull=True, lease_until__isnull=True)
                | models.Q(lease_token__isnull=False, lease_until__isnull=False),
                name="step_lease_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="step_due"),
            models.Index(
                fields=["tenant"], condition=models.Q(lease_token__isnull=False), name="step_leased"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.state})"
