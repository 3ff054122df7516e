"""The only writer of the audit log."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Actor
from portal.lib.batch import Batch

Value = str | int | bool | None | list[str] | dict[str, str]


class UnlistedField(ValueError):
    """A field was offered that the tag does not list; it may be personal data."""


def record(
    *,
    actor: Actor,
    tag: Tag,
    onboarding: UUID | None = None,
    target: tuple[str, str] | None = None,
    fields: Mapping[str, Value] | None = None,
    before: Mapping[str, Value] | None = None,
    after: Mapping[str, Value] | None = None,
    batch: Batch | None = None,
) -> None:
    """Write one entry into the caller's transaction: it commits with the change it tells of, or not at all.

    With a batch it travels with that. `target` is (kind, id). Values are masked by the caller; names of fields are
    checked against the tag.
    """
    for mapping in (fields, before, after):
        if unlisted := set(mapping or {}) - tag.value.fields:
            raise UnlistedField(f"{tag.text} does not list {sorted(unlisted)}")
    body = {
        "tag": tag.text,
        "at": clock.now().isoformat(timespec="milliseconds"),
        "actor": {
            "kind": actor.kind.value,
            "person": actor.person_id,
            "name": actor.name,
            "role": actor.role,
        },
        "ip": actor.ip,
        "request_id": actor.request_id,
        "onboarding": str(onboarding) if onboarding else None,
        "target": {"kind": target[0], "id": target[1]} if target else None,
        "fields": dict(fields or {}),
        "before": dict(before or {}),
        "after": dict(after or {}),
    }
    text = json.dumps(_storable(body), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # Plain SQL: the application may insert these two columns and no others.
    writing = batch or Batch()
    writing.add("INSERT INTO audit_entry (tenant_id, body) VALUES (%s, %s)", [actor.tenant_id, text])
    if batch is None:
        writing.run()


def _storable(value: Any) -> Any:
    """The value without what PostgreSQL cannot store: NUL characters and halves of surrogate pairs."""
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    return value
