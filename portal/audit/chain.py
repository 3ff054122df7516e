"""Checking chains: every entry against its hash, every hash against the one before it, the last against the head."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from portal.audit.models import Chain, Entry
from portal.lib.actor import PLATFORM
from portal.lib.tenancy import acting_for


@dataclass(frozen=True)
class Verdict:
    """What one chain showed: the number of good entries, and the damage that was met first."""

    tenant_id: UUID
    entries: int
    damage: str = ""


def entry_hash(previous: bytes, seq: int, body: str) -> bytes:
    """SHA-256 over the previous hash, the sequence number, a line feed and the body's exact text."""
    return hashlib.sha256(previous + f"{seq}\n{body}".encode()).digest()


def all_chains() -> list[UUID]:
    """The platform, every tenant, and whatever else has a chain or entries."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant FROM audited_tenants()")
        return [PLATFORM, *sorted(row[0] for row in cursor.fetchall() if row[0] != PLATFORM)]


def verify(tenant_id: UUID) -> Verdict:
    """Walk one chain from its first entry to its head."""
    with acting_for(tenant_id):
        head = Chain.objects.filter(tenant_id=tenant_id).first()
        entries = Entry.objects.filter(tenant_id=tenant_id).order_by("seq", "id")
        return _walk(
            tenant_id, head, entries.values_list("id", "seq", "hash", "body", "tag").iterator(chunk_size=5000)
        )


def _walk(
    tenant_id: UUID, head: Chain | None, rows: Iterator[tuple[int, int | None, Any, str, Any]]
) -> Verdict:
    count, previous = 0, b""
    for pk, seq, digest, body, tag in rows:
        where = f"entry {seq if seq is not None else '?'} (row {pk}, {tag})"
        if seq is None or digest is None:
            return Verdict(tenant_id, count, f"{where}: never chained")
        if seq != count + 1:
            kind = "entries are missing before it" if seq > count + 1 else "its number is used twice"
            return Verdict(tenant_id, count, f"{where}: {kind}")
        if entry_hash(previous, seq, body) != bytes(digest):
            return Verdict(tenant_id, count, f"{where}: it was changed")
        count, previous = seq, bytes(digest)
    if head is None:
        missing = "its chain has no head" if count else "it has no chain"
        return Verdict(tenant_id, count, f"tenant {tenant_id}: {missing}")
    if (head.seq, bytes(head.hash)) != (count, previous):
        return Verdict(
            tenant_id, count, f"after entry {count}: the head says {head.seq}, the tail was cut or replaced"
        )
    return Verdict(tenant_id, count)
