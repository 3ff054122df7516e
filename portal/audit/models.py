"""The audit log: entries that nobody can change, chained for each tenant when their transaction commits."""

import json
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import F, Func

from portal.audit.tags import BY_TEXT


def _from_body(path: str, kind: str) -> Func:
    # The column is computed from the hashed text by the database, so the two cannot disagree.
    return Func(
        F("body"),
        template=f"((%(expressions)s::jsonb #>> '{{{path}}}')::{kind})",
        output_field=models.TextField(),
    )


class Entry(models.Model):
    """One entry. `body` is the exact text that is hashed; `seq` and `hash` are given by the database at COMMIT."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    body = models.TextField()
    seq = models.BigIntegerField(null=True, editable=False)
    hash = models.BinaryField(null=True, editable=False)
    tag = models.GeneratedField(
        expression=_from_body("tag", "text"), output_field=models.TextField(), db_persist=True
    )
    at = models.GeneratedField(
        expression=_from_body("at", "text"), output_field=models.TextField(), db_persist=True
    )
    onboarding_id = models.GeneratedField(
        expression=_from_body("onboarding", "uuid"), output_field=models.UUIDField(null=True), db_persist=True
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "seq"], name="audit_entry_seq_once")]
        indexes = [
            models.Index(fields=["tenant_id", "onboarding_id", "seq"], name="audit_entry_onboarding"),
            models.Index(fields=["tenant_id", "tag", "seq"], name="audit_entry_tag"),
        ]

    def __str__(self) -> str:
        return f"{self.tag} #{self.seq}"

    @cached_property
    def content(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    @property
    def sentence(self) -> str:
        known = BY_TEXT.get(self.content["tag"])
        return known.sentence(self.content.get("fields", {})) if known else self.content["tag"]


class Chain(models.Model):
    """The head of one tenant's chain; a tail cut off the entries no longer fits it."""

    tenant_id = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField(default=0)
    hash = models.BinaryField(default=b"")

    def __str__(self) -> str:
        return f"{self.tenant_id} at {self.seq}"
