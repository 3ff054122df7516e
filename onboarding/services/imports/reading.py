"""From a file to checked rows, in batches. Each batch is one transaction that begins where the last one ended: a
reader that is killed is followed by another, and of two at once only one goes on.

A file is what a stranger wrote. One that ends its reader, whatever way, is refused in the end; a tenant's files keep so
many readers busy, and not those of all tenants.
"""

import logging
import traceback
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from onboarding.engine import wake
from onboarding.models import Import, ImportRow, ImportState
from onboarding.services.imports.checking import check_rows
from onboarding.services.imports.receiving import tell
from onboarding.sheets.columns import ONBOARDING, REPEATS, guess, missing
from onboarding.sheets.read import read_sheet
from onboarding.sheets.sheet import Line, Unreadable
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import system
from portal.lib.places import give_back, take_place
from portal.lib.tenancy import acting_for

logger = logging.getLogger("onboarding.imports")
T = TypeVar("T")
BATCH = 500
# While a file is measured, so many rows pass before it is said that somebody is at it, and asked whether to go on.
LOOK_UP = 2_000
READERS = 2  # of one tenant's files at once
TRIES = 3
# A reader that lives touches its import with each batch.
STUCK_AFTER = timedelta(seconds=60)
# As many earlier imports are asked for how a person mapped the same columns.
LENDERS = 20


BROKEN = (
    "This file cannot be read: something in it is not as in other files."
    " Open it in a spreadsheet, save it again as .xlsx or .csv, and upload that."
)
INTERRUPTED = (
    f"This file cannot be read: reading it was interrupted {TRIES} times."
    " Open it in a spreadsheet, save it again as .xlsx or .csv, and upload that; divide it if it is large."
)


def read_import(*, tenant_id: UUID, import_id: UUID) -> None:
    """Make rows of the file and check them, as far as nobody else does."""
    places: list[str] = []
    try:
        for name, of in ((f"import {import_id}", 1), (f"reader of {tenant_id}", READERS)):
            if not (place := take_place(name, of)):
                return  # who has it takes this file next, or is at it
            places.append(place)
        _read(tenant_id, import_id)
    finally:
        for place in places:
            give_back(place)
    _wake_next(tenant_id)


def _read(tenant_id: UUID, import_id: UUID) -> None:
    with acting_for(tenant_id):
        import_ = Import.objects.select_related("connection").filter(pk=import_id).first()
    if import_ is None:
        return
    try:
        if import_.state == ImportState.READING and not (_begin(import_) and _store(import_)):
            return
        if import_.state == ImportState.CHECKING:
            check_rows(import_)
    except Unreadable as error:
        _refuse(import_, error.words)
    except (OperationalError, InterfaceError):
        raise  # the database is not there: no word about the file
    except Exception as error:  # noqa: BLE001  what another try would only meet again
        # Where, and not what: the message may quote a cell.
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("import %s cannot be read: %s\n%s", import_.pk, type(error).__name__, where)
        _refuse(import_, BROKEN)


def _wake_next(tenant_id: UUID) -> None:
    """Whose file came while the tenant's readers were busy was sent away."""
    unread = [ImportState.READING.value, ImportState.CHECKING.value]
    with acting_for(tenant_id):
        waiting = Import.objects.filter(state__in=unread).order_by("uploaded_at").values_list("pk", flat=True)
        following = waiting.first()
    if following:
        wake.send_reader(tenant_id, following)


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


def _begin(import_: Import) -> bool:
    """Count the try, until there is something to show for it: a reader that is killed cannot say so."""
    if import_.tries >= TRIES:
        return _refuse(import_, INTERRUPTED)
    return _go_on(import_, tries=import_.tries + 1)


def _store(import_: Import) -> bool:
    """True when the whole file is rows now, and by us."""
    if not import_.row_count and not _measure(import_):
        return False
    lines = read_sheet(import_.name, import_.content).lines
    for batch in batches(islice(lines, import_.read_count, None), BATCH):
        if not _keep(import_, batch):
            return False
    return _stored(import_)


def _measure(import_: Import) -> bool:
    """Read the file once without keeping anything: one that breaks off in the middle is refused as a whole."""
    sheet = read_sheet(import_.name, import_.content)
    count = 0
    for count, _ in enumerate(sheet.lines, start=1):
        if count % LOOK_UP == 0 and not _go_on(import_):
            return False
    return _go_on(import_, row_count=count, header=list(sheet.header), note=sheet.note, tries=0)


def _keep(import_: Import, lines: list[Line]) -> bool:
    with acting_for(import_.tenant_id):
        if not _go_on(import_, read_count=import_.read_count + len(lines), tries=0):
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
        # How far we are in memory may be what a transaction that failed has not written.
        here, now = Import.objects.filter(pk=import_.pk, state=import_.state), clock.now()
        fields = {"problem": words, "content": None, "ended_at": now, "touched_at": now}
        if here.update(state=ImportState.UNREADABLE.value, **fields):
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
                ours = {
                    key: at for key, at in guessed.mapping.items() if key in (ONBOARDING.key, REPEATS.key)
                }
                return {**other.mapping, **ours}
    return None


def batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    """The items in lists of this size."""
    while batch := list(islice(items, size)):
        yield batch
