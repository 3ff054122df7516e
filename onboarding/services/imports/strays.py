"""Rows that look like an organization at BILL that no onboarding holds: somebody else created it, or a time that a
restore of the database took back. They are not begun by themselves."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from onboarding.gateway.listed import fits, strays
from onboarding.gateway.scans import folded, scans_of
from onboarding.models import Connection, Import, ImportRow, ListedOrganization, RowState, ScanState

Twin = dict[str, str]
NOT_READ = (
    "The database was restored to an earlier point: rows that have not begun here may exist at BILL already. "
    "Read BILL's list on the page At BILL, then resume."
)
BATCH = 500
NAMED = 3
SEALED = ("cells", "line_problems", "inputs", "problems", "notes")


def is_unread(connection: Connection) -> bool:
    """Whether the database was restored, and BILL's list was not read to its end since."""
    read = (ScanState.WHOLE, ScanState.HOLED, ScanState.TOO_LONG)
    return connection.restored_at is not None and not _has_scan(connection, read)


def _is_seen_in_part(connection: Connection) -> bool:
    """Whether BILL's list, as it was read since the database was restored, may have left something out."""
    return connection.restored_at is not None and not _has_scan(connection, (ScanState.WHOLE,))


def _has_scan(connection: Connection, states: Iterable[ScanState]) -> bool:
    since = scans_of(connection).filter(began_at__gte=connection.restored_at)
    return since.filter(state__in=[state.value for state in states]).exists()


def creates(row: ImportRow) -> bool:
    """Whether beginning the row creates an organization: a correction may come after that."""
    return not row.is_correction or (row.onboarding is not None and not row.onboarding.bill_organization_id)


def find_strays(import_: Import) -> None:
    """Write beside each row that could begin which organizations of nobody's it looks like, and hold it."""
    if not strays(import_.connection).exists():
        return
    open_ = [RowState.READY.value, RowState.HELD.value]
    rows = ImportRow.objects.filter(import_of=import_, state__in=open_).select_related("onboarding")
    rows, after = rows.defer(*SEALED).order_by("number"), 0
    while batch := list(rows.filter(number__gt=after)[:BATCH]):
        after = batch[-1].number
        alike = _alike(import_.connection, [row for row in batch if creates(row)])
        held = [row for row in batch if row.pk in alike]
        for row in held:
            row.twins, row.state = [*row.twins, *alike[row.pk]], RowState.HELD.value
        ImportRow.objects.bulk_update(held, ["twins", "state"])


def strays_now(row: ImportRow) -> list[Twin]:
    """The same for one row that is about to begin."""
    connection = row.import_of.connection
    if alike := _alike(connection, [row]):
        return alike[row.pk]
    return [{"same": "unseen"}] if _is_seen_in_part(connection) else []


def _alike(connection: Connection, rows: Sequence[ImportRow]) -> dict[UUID, list[Twin]]:
    named: dict[str, list[ListedOrganization]] = {}
    for listed in strays(connection).filter(folded__in={folded(row.name) for row in rows}):
        named.setdefault(listed.folded, []).append(listed)
    namesakes = {row.pk: named[folded(row.name)] for row in rows if folded(row.name) in named}
    found = {
        row.pk: [_twin(one) for one in namesakes[row.pk] if fits(one, row.inputs["create_organization"])]
        for row in ImportRow.objects.filter(pk__in=namesakes).only("inputs")
    }
    return {pk: twins[:NAMED] for pk, twins in found.items() if twins}


def _twin(listed: ListedOrganization) -> Twin:
    return {"same": "at_bill", "listed": str(listed.pk), "bill_id": listed.bill_id}
