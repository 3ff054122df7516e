"""Rows that look like another row or like an onboarding that exists: found over fingerprints, by the database."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from onboarding.models import Import, ImportRow, ImportState, Onboarding, RowState
from onboarding.services.imports.receiving import tell
from onboarding.states import Status
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for

# As many of each kind are named; whoever looks at a thousand equal rows learns nothing from the thousandth.
NAMED = 3
# A row is held for what is there already, and for what stands before it in the file.
HOLD = """
WITH prints AS MATERIALIZED (
  SELECT id, number, 'tax_id' AS same, tax_fingerprint AS print FROM onboarding_importrow
    WHERE import_of_id = %(import)s AND NOT is_correction AND tax_fingerprint IS NOT NULL
  UNION ALL
  SELECT id, number, 'company', company_fingerprint FROM onboarding_importrow
    WHERE import_of_id = %(import)s AND NOT is_correction AND company_fingerprint IS NOT NULL
), groups AS (
  SELECT same, print, (array_agg(number ORDER BY number))[1:%(named)s + 1] AS numbers
    FROM prints GROUP BY same, print HAVING count(*) > 1
), there AS (
  SELECT id, 'tax_id' AS same, tax_fingerprint AS print FROM onboarding_onboarding
    WHERE connection_id = %(connection)s AND status <> %(cancelled)s AND tax_fingerprint IS NOT NULL
  UNION ALL
  SELECT id, 'company', company_fingerprint FROM onboarding_onboarding
    WHERE connection_id = %(connection)s AND status <> %(cancelled)s AND company_fingerprint IS NOT NULL
), known AS (
  SELECT same, print, (array_agg(id))[1:%(named)s] AS ids FROM there
    WHERE print IN (SELECT print FROM prints) GROUP BY same, print
), twins AS (
  SELECT p.id, jsonb_build_object('same', p.same, 'row', n) AS twin, n < p.number AS holds
    FROM prints p JOIN groups g USING (same, print) CROSS JOIN unnest(g.numbers) n WHERE n <> p.number
  UNION ALL
  SELECT p.id, jsonb_build_object('same', p.same, 'onboarding', o), true
    FROM prints p JOIN known k USING (same, print) CROSS JOIN unnest(k.ids) o
), found AS (
  SELECT id, jsonb_agg(twin) AS twins, bool_or(holds) AS holds FROM twins GROUP BY id
)
UPDATE onboarding_importrow r SET twins = f.twins,
  state = CASE WHEN r.state = %(ready)s AND f.holds THEN %(held)s ELSE r.state END
FROM found f WHERE r.id = f.id
"""
LOCK = "pg_advisory_xact_lock(hashtextextended(%s, 0))"
FIELDS = {"tax_id": "tax_fingerprint", "company": "company_fingerprint"}


def find_twins(import_: Import) -> None:
    """Write beside each row what it looks like, and hold the ones that a person has to decide on."""
    given: dict[str, Any] = {
        "import": import_.pk,
        "connection": import_.connection_id,
        "named": NAMED,
        "cancelled": Status.CANCELLED.value,
        "ready": RowState.READY.value,
        "held": RowState.HELD.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(HOLD, given)


def lock_company(row: ImportRow) -> None:
    """Until the caller's transaction ends, nobody else begins a row with one of this row's fingerprints."""
    # In one order, so that two rows that share both never wait for each other.
    places = [f"{row.tenant_id} {same} {value.hex()}" for same, value in sorted(_prints(row).items())]
    if places:
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join([LOCK] * len(places)), places)


def twins_now(row: ImportRow) -> list[dict[str, str]]:
    """Onboardings that the row looks like and that its own import did not begin: they came after it was checked."""
    known, alike = _prints(row), Q()
    for same, value in known.items():
        alike |= Q(**{FIELDS[same]: value})
    if not known:
        return []
    begun_here = ImportRow.objects.filter(import_of=row.import_of_id, onboarding=OuterRef("pk"))
    others = Onboarding.objects.filter(alike, ~Exists(begun_here), connection_id=row.import_of.connection_id)
    others = others.exclude(status=Status.CANCELLED.value)
    return [
        {"same": same, "onboarding": str(other.pk)}
        for other in others.only(*FIELDS.values())[:NAMED]
        for same, value in known.items()
        if bytes(getattr(other, FIELDS[same]) or b"") == value
    ]


def _prints(row: ImportRow) -> dict[str, bytes]:
    return {same: bytes(value) for same, name in FIELDS.items() if (value := getattr(row, name))}


DECIDABLE = [
    s.value for s in (ImportState.CHECKED, ImportState.RUNNING, ImportState.PAUSED, ImportState.DONE)
]


def keep_rows(*, actor: Actor, import_: Import, rows: Collection[UUID] | None) -> int:
    """Start these rows (None: all that are held) in spite of what they look like. Returns how many were held."""
    return _decide(actor, import_, rows, [RowState.HELD], RowState.READY, is_kept=True)


def skip_rows(*, actor: Actor, import_: Import, rows: Collection[UUID] | None) -> int:
    """Never start these rows (None: all that are held). Returns how many could still be skipped."""
    open_ = [RowState.HELD] if rows is None else [RowState.HELD, RowState.READY]
    return _decide(actor, import_, rows, open_, RowState.SKIPPED, is_kept=False)


def _decide(
    actor: Actor,
    import_: Import,
    rows: Collection[UUID] | None,
    was: list[RowState],
    to: RowState,
    *,
    is_kept: bool,
) -> int:
    with acting_for(actor.tenant_id):
        import_ = Import.objects.select_for_update(of=("self",)).defer("content").get(pk=import_.pk)
        if import_.state not in DECIDABLE:
            return 0
        chosen = ImportRow.objects.filter(import_of=import_, state__in=[one.value for one in was])
        if rows is not None:
            chosen = chosen.filter(pk__in=rows)
        count = chosen.update(state=to.value, is_kept=is_kept)
        if not count:
            return 0
        tell(actor, Tag.IMPORT_DECIDED, import_, choice="keep" if is_kept else "skip", rows=count)
        if is_kept and import_.state == ImportState.DONE:
            # Whoever keeps a row of an import that has run wants it to run.
            Import.objects.filter(pk=import_.pk).update(
                state=ImportState.RUNNING.value, touched_at=clock.now(), ended_at=None
            )
    return count
