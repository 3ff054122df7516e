"""From a file to checked rows, in batches. Each batch is one transaction that begins where the last one ended: a
reader that is killed is followed by another, and of two at once only one goes on."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import TypeVar
from uuid import UUID

from django.db import connection

from onboarding.engine import wake
from onboarding.models import Import, ImportRow, ImportState
from onboarding.services.imports.checking import check_rows
from onboarding.services.imports.receiving import tell
from onboarding.sheets.columns import ONBOARDING, guess, missing
from onboarding.sheets.read import read_sheet
from onboarding.sheets.sheet import Line, Unreadable
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import system
from portal.lib.tenancy import acting_for

T = TypeVar("T")
BATCH = 500
# A reader that lives touches its import with each batch.
STUCK_AFTER = timedelta(seconds=60)
# As many earlier imports are asked for how a person mapped the same columns.
LENDERS = 20


def read_import(*, tenant_id: UUID, import_id: UUID) -> None:
    """Make rows of the file and check them, as far as nobody else does."""
    with acting_for(tenant_id):
        import_ = Import.objects.select_related("connection").filter(pk=import_id).first()
    if import_ is None:
        return
    if import_.state == ImportState.READING and not _store(import_):
        return
    if import_.state == ImportState.CHECKING:
        check_rows(import_)


def read_stuck() -> int:
    """Have every file read on that nobody has worked on for a while. Returns their number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant, import FROM imports_to_read(%s)", [clock.now() - STUCK_AFTER])
        stuck = cursor.fetchall()
    for tenant_id, import_id in stuck:
        with acting_for(tenant_id):
            Import.objects.filter(pk=import_id).update(touched_at=clock.now())
        wake.send_reader(tenant_id, import_id)
    return len(stuck)


def _store(import_: Import) -> bool:
    """True when the whole file is rows now, and by us."""
    try:
        if not import_.row_count and not _measure(import_):
            return False
        lines = read_sheet(import_.name, import_.content).lines
        for batch in batches(islice(lines, import_.read_count, None), BATCH):
            if not _keep(import_, batch):
                return False
    except Unreadable as error:
        return _refuse(import_, error.words)
    return _stored(import_)


def _measure(import_: Import) -> bool:
    """Read the file once without keeping anything: one that breaks off in the middle is refused as a whole."""
    sheet = read_sheet(import_.name, import_.content)
    count = sum(1 for _ in sheet.lines)
    if not count:
        return _refuse(import_, "The file has column names, but no rows.")
    return _go_on(import_, row_count=count, header=list(sheet.header), note=sheet.note)


def _keep(import_: Import, lines: list[Line]) -> bool:
    with acting_for(import_.tenant_id):
        if not _go_on(import_, read_count=import_.read_count + len(lines)):
            return False
        ImportRow.objects.bulk_create(
            ImportRow(
                tenant_id=import_.tenant_id,
                import_of=import_,
                number=line.number,
                cells=list(line.cells),
                line_problems=[problem.as_json() for problem in line.problems],
            )
            for line in lines
        )
    return True


def _go_on(import_: Import, **fields: object) -> bool:
    """Write how far we are; False when another has gone on from where we were."""
    with acting_for(import_.tenant_id):
        here = Import.objects.filter(
            pk=import_.pk,
            state=import_.state,
            row_count=import_.row_count,
            read_count=import_.read_count,
        )
        if not here.update(touched_at=clock.now(), **fields):
            return False
    for name, value in fields.items():
        setattr(import_, name, value)
    return True


def _refuse(import_: Import, words: str) -> bool:
    with acting_for(import_.tenant_id):
        now = clock.now()
        if _go_on(import_, state=ImportState.UNREADABLE.value, problem=words, content=None, ended_at=now):
            tell(system(import_.tenant_id), Tag.IMPORT_UNREADABLE, import_, reason=words)
    return False


def _stored(import_: Import) -> bool:
    mapping = _mapping(import_)
    state = ImportState.MAPPING if mapping is None else ImportState.CHECKING
    return _go_on(import_, state=state.value, mapping=mapping or guess(import_.header).mapping, content=None)


def _mapping(import_: Import) -> dict[str, int] | None:
    """Which column is what, if that is clear: by the columns' names, or because the same ones were mapped before."""
    guessed = guess(import_.header)
    if not guessed.questions and not missing(guessed.mapping):
        return guessed.mapping
    with acting_for(import_.tenant_id):
        others = Import.objects.exclude(pk=import_.pk).defer("content").order_by("-uploaded_at")
        decided = others.exclude(state__in=[ImportState.READING.value, ImportState.MAPPING.value])
        for other in decided.exclude(state=ImportState.UNREADABLE.value)[:LENDERS]:
            if other.header == import_.header[: len(other.header)]:
                ours = {key: at for key, at in guessed.mapping.items() if key == ONBOARDING.key}
                return {**other.mapping, **ours}
    return None


def batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    """The items in lists of this size."""
    while batch := list(islice(items, size)):
        yield batch
