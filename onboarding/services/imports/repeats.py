"""Rows that come back put right: what was to be fixed is from then on a matter of the import that has it again."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef

from onboarding.models import Import, ImportRow, ImportState, RowState


def find_repeated(import_: Import, rows: Collection[ImportRow]) -> None:
    """Only a row of an earlier file of this tenant and environment can come again; any other id is left aside."""
    meant = {row.repeats_id for row in rows if row.repeats_id}
    known: set[UUID] = set()
    if meant:
        earlier = ImportRow.objects.filter(pk__in=meant, import_of__connection_id=import_.connection_id)
        known = set(earlier.exclude(import_of=import_).values_list("pk", flat=True))
    for row in rows:
        if row.repeats_id not in known:
            row.repeats_id = None


def take_over(import_: Import) -> None:
    """What these rows bring again is no longer to be fixed where it stood first."""
    again = ImportRow.objects.filter(import_of=import_, repeats__isnull=False).values("repeats")
    ImportRow.objects.filter(pk__in=again, state=RowState.BROKEN.value).update(state=RowState.AGAIN.value)


def give_back(import_: Import) -> None:
    """The import will not begin these rows, so they are to be fixed where they stood first."""
    open_ = ImportRow.objects.filter(import_of=import_, repeats__isnull=False)
    given = open_.exclude(state=RowState.STARTED.value).values("repeats")
    elsewhere = ImportRow.objects.filter(repeats=OuterRef("pk")).exclude(import_of=import_)
    elsewhere = elsewhere.exclude(import_of__state=ImportState.CANCELLED.value)
    back = ImportRow.objects.filter(~Exists(elsewhere), pk__in=given, state=RowState.AGAIN.value)
    back.update(state=RowState.BROKEN.value)


def brought_again(rows: Sequence[ImportRow]) -> dict[UUID | None, ImportRow]:
    """The row that each of these came back as, the newest of several, with its import."""
    gone = [row.pk for row in rows if row.state == RowState.AGAIN]
    found = ImportRow.objects.filter(repeats__in=gone).exclude(import_of__state=ImportState.CANCELLED.value)
    found = found.select_related("import_of").only("number", "repeats", "import_of__name")
    return {row.repeats_id: row for row in found.order_by("import_of__uploaded_at", "number")}
