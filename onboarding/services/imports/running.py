"""Starting an import, and stopping what has not begun."""

from typing import Any

from django.db import transaction

from onboarding.engine import wake
from onboarding.models import Import, ImportRow, ImportState, RowState
from onboarding.services.imports.receiving import tell
from onboarding.services.imports.repeats import give_back
from onboarding.services.onboardings import staff_of
from onboarding.services.steps import Accepted, NotReady
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for

NOT_BEGUN = [RowState.READY.value, RowState.HELD.value]
OPEN = [
    ImportState.READING,
    ImportState.CHECKING,
    ImportState.MAPPING,
    ImportState.CHECKED,
    ImportState.RUNNING,
    ImportState.PAUSED,
]


def start_import(*, actor: Actor, import_: Import) -> Accepted | NotReady:
    """Have the rows become onboardings, in the name of whoever starts it. Rows that are held or broken stay behind."""
    with acting_for(actor.tenant_id):
        now, ready = clock.now(), _ready(import_)
        if not ready:
            return NotReady("No row can be started as it is.")
        fields = {"started_by": staff_of(actor), "started_at": now, "touched_at": now}
        if not _move(import_, [ImportState.CHECKED], ImportState.RUNNING, **fields):
            return NotReady("This import was started already, or is not checked yet.")
        tell(actor, Tag.IMPORT_STARTED, import_, rows=ready)
        _wake(import_)
    return Accepted()


def pause_import(*, actor: Actor, import_: Import) -> Accepted | NotReady:
    """Begin no further row. What has begun goes on."""
    with acting_for(actor.tenant_id):
        if not _ready(import_):
            return NotReady("Every row has begun already.")
        if not _move(import_, [ImportState.RUNNING], ImportState.PAUSED, pause_reason=""):
            return NotReady("This import does not run.")
        tell(actor, Tag.IMPORT_PAUSED, import_, reason="")
    return Accepted()


def resume_import(*, actor: Actor, import_: Import) -> Accepted | NotReady:
    """Go on with the rows that have not begun, in the name of whoever resumes it."""
    with acting_for(actor.tenant_id):
        fields = {"started_by": staff_of(actor), "touched_at": clock.now(), "pause_reason": ""}
        if not _move(import_, [ImportState.PAUSED], ImportState.RUNNING, **fields):
            return NotReady("This import is not paused.")
        tell(actor, Tag.IMPORT_RESUMED, import_, rows=_ready(import_))
        _wake(import_)
    return Accepted()


def cancel_import(*, actor: Actor, import_: Import) -> Accepted | NotReady:
    """Never begin what has not begun. What has begun goes on, and what exists at BILL stays there."""
    with acting_for(actor.tenant_id):
        if not _move(import_, OPEN, ImportState.CANCELLED, ended_at=clock.now(), content=None):
            return NotReady("This import has ended already.")
        # Waits for a row that is just being begun, and then leaves it alone.
        rows = ImportRow.objects.filter(import_of=import_, state__in=NOT_BEGUN)
        tell(actor, Tag.IMPORT_CANCELLED, import_, rows=rows.update(state=RowState.NOT_BEGUN.value))
        give_back(import_)
    return Accepted()


def _ready(import_: Import) -> int:
    return ImportRow.objects.filter(import_of=import_, state=RowState.READY.value).count()


def _move(import_: Import, was: list[ImportState], to: ImportState, **fields: Any) -> bool:
    """False when another click was faster."""
    open_ = Import.objects.filter(pk=import_.pk, state__in=[one.value for one in was])
    return bool(open_.update(state=to.value, **fields))


def _wake(import_: Import) -> None:
    """Begin at once; the sweeper adds more runners."""
    transaction.on_commit(lambda: wake.send_bulk(import_.tenant_id), robust=True)
