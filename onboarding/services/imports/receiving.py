"""Taking a file: it is kept sealed until it is rows, and read in the background."""

import hashlib

from onboarding.engine import wake
from onboarding.models import Connection, Import, ImportState
from onboarding.services.onboardings import staff_of
from onboarding.services.steps import NotReady
from onboarding.sheets.sheet import MOST_BYTES
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock, crypto
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for


def receive_import(*, actor: Actor, connection: Connection, name: str, content: bytes) -> Import | NotReady:
    """Keep the file and have it read. Nothing of it is sent to BILL before somebody starts it."""
    if not content:
        return NotReady("The file is empty.")
    if len(content) > MOST_BYTES:
        return NotReady(f"The file is larger than {MOST_BYTES // 1024**2} MB. Divide it into several.")
    now = clock.now()
    with acting_for(actor.tenant_id):
        import_ = Import.objects.create(
            tenant_id=actor.tenant_id,
            connection=connection,
            name=_plain(name),
            fingerprint=_fingerprint(actor, content),
            content=content,
            uploaded_by=staff_of(actor),
            uploaded_at=now,
            touched_at=now,
        )
        tell(actor, Tag.IMPORT_RECEIVED, import_, environment=connection.environment)
        wake.reader_on_commit(import_.tenant_id, import_.pk)
    return import_


def _plain(name: str) -> str:
    """The file's own name, without its folders and what cannot be shown."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[-200:] or "file"


def _fingerprint(actor: Actor, content: bytes) -> bytes:
    return crypto.fingerprint(f"import/{actor.tenant_id}", hashlib.sha256(content).hexdigest())


def earlier_uploads(import_: Import) -> list[Import]:
    """The same file, uploaded before to the same environment, newest first."""
    same = Import.objects.filter(
        fingerprint=import_.fingerprint,
        connection_id=import_.connection_id,
        uploaded_at__lte=import_.uploaded_at,
    )
    same = same.exclude(pk=import_.pk).exclude(state=ImportState.UNREADABLE.value).defer("content")
    return list(same.select_related("uploaded_by__person").order_by("-uploaded_at")[:5])


def tell(actor: Actor, tag: Tag, import_: Import, **fields: str | int | list[str]) -> None:
    """Write to the audit log what became of this import."""
    told = {"name": import_.name, **fields}
    record(actor=actor, tag=tag, target=("import", str(import_.pk)), fields=told)
