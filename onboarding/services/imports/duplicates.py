"""Rows that look like another row or like an onboarding that exists: found over fingerprints, by the database."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from onboarding.models import Import, ImportRow, ImportState, Onboarding, RowState
from onboarding.services.imports.receiving import tell
from onboarding.services.imports.strays import creates, find_strays, strays_now
from onboarding.states import Status
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for

# As many of each kind are named; whoever looks at a thousand equal rows learns nothing from the thousandth.
NAMED = 3
# A row is held for what is there already, and for what stands before it in the file: first those that give an
# onboarding which has begun another company, then the new ones. What a person or the template leaves out holds nothing.
HOLD = """
WITH creating AS MATERIALIZED (
  SELECT r.id, r.number, r.is_correction, r.onboarding_id, r.tax_fingerprint, r.company_fingerprint
    FROM onboarding_importrow r LEFT JOIN onboarding_onboarding o ON o.id = r.onboarding_id
    WHERE r.import_of_id = %(import)s AND r.state <> %(skipped)s
      AND (NOT r.is_correction OR o.bill_organization_id = '')
), prints AS MATERIALIZED (
  SELECT id, number, is_correction, onboarding_id, 'tax_id' AS same, tax_fingerprint AS print FROM creating
    WHERE tax_fingerprint IS NOT NULL
  UNION ALL
  SELECT id, number, is_correction, onboarding_id, 'company', company_fingerprint FROM creating
    WHERE company_fingerprint IS NOT NULL
), groups AS (
  SELECT same, print, (array_agg(id ORDER BY NOT is_correction, number))[1:%(named)s + 1] AS ids,
      (array_agg(number ORDER BY NOT is_correction, number))[1:%(named)s + 1] AS numbers
    FROM prints GROUP BY same, print HAVING count(*) > 1
), there AS (
  SELECT id, 'tax_id' AS same, tax_fingerprint AS print FROM onboarding_onboarding
    WHERE connection_id = %(connection)s AND status <> %(cancelled)s AND tax_fingerprint IS NOT NULL
  UNION ALL
  SELECT id, 'company', company_fingerprint FROM onboarding_onboarding
    WHERE connection_id = %(connection)s AND status <> %(cancelled)s AND company_fingerprint IS NOT NULL
), known AS (
  SELECT same, print, (array_agg(id))[1:%(named)s + 1] AS ids FROM there
    WHERE print IN (SELECT print FROM prints) GROUP BY same, print
), twins AS (
  SELECT p.id, jsonb_build_object('same', p.same, 'row', n.number) AS twin,
      coalesce(n.place < array_position(g.ids, p.id), true) AS holds
    FROM prints p JOIN groups g USING (same, print)
    CROSS JOIN unnest(g.ids, g.numbers) WITH ORDINALITY AS n(id, number, place) WHERE n.id <> p.id
  UNION ALL
  SELECT p.id, jsonb_build_object('same', p.same, 'onboarding', o), true
    FROM prints p JOIN known k USING (same, print) CROSS JOIN unnest(k.ids) o
    WHERE o IS DISTINCT FROM p.onboarding_id
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
        "skipped": RowState.SKIPPED.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(HOLD, given)
    find_strays(import_)


def lock_company(row: ImportRow) -> None:
    """Until the caller's transaction ends, nobody else begins a row with one of this row's fingerprints."""
    # In one order, so that two rows that share both never wait for each other.
    places = [f"{row.tenant_id} {same} {value.hex()}" for same, value in sorted(_prints(row).items())]
    if places:
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join([LOCK] * len(places)), places)


def twins_now(row: ImportRow) -> list[dict[str, str]]:
    """What the row looks like just before it begins: onboardings, and organizations at BILL that none holds."""
    if row.is_kept or not creates(row):
        return []
    return [*_onboardings_now(row), *strays_now(row)]


def _onboardings_now(row: ImportRow) -> list[dict[str, str]]:
    known, alike = _prints(row), Q()
    for same, value in known.items():
        alike |= Q(**{FIELDS[same]: value})
    if not known:
        return []
    # Another row of the file that a person had begun beside this one was decided on with this one in view.
    decided = [twin["row"] for twin in row.twins if "row" in twin]
    kept = ImportRow.objects.filter(import_of=row.import_of_id, number__in=decided, is_kept=True)
    kept = kept.filter(is_correction=False, onboarding=OuterRef("pk"))
    others = Onboarding.objects.filter(alike, ~Exists(kept), connection_id=row.import_of.connection_id)
    others = others.exclude(status=Status.CANCELLED.value).exclude(rows=row)
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
    return _decide(actor, import_, rows, Q(state=RowState.HELD.value), RowState.READY, "keep")


def skip_rows(*, actor: Actor, import_: Import, rows: Collection[UUID] | None) -> int:
    """Never start these rows (None: all that are held). Returns how many could still be skipped."""
    open_ = [RowState.HELD.value] if rows is None else [RowState.HELD.value, RowState.READY.value]
    return _decide(actor, import_, rows, Q(state__in=open_), RowState.SKIPPED, "skip")


def hold_rows(*, actor: Actor, import_: Import, rows: Collection[UUID] | None) -> int:
    """Take back what was decided about these rows (None: all) that have not begun. Returns how many wait again."""
    decided = Q(state=RowState.SKIPPED.value) | Q(state=RowState.READY.value, is_kept=True)
    return _decide(actor, import_, rows, decided & ~Q(twins=[]), RowState.HELD, "undo")


def _decide(
    actor: Actor, import_: Import, rows: Collection[UUID] | None, which: Q, to: RowState, choice: str
) -> int:
    with acting_for(actor.tenant_id):
        import_ = Import.objects.select_for_update(of=("self",)).defer("content").get(pk=import_.pk)
        if import_.state not in DECIDABLE:
            return 0
        chosen = ImportRow.objects.filter(which, import_of=import_)
        if rows is not None:
            chosen = chosen.filter(pk__in=rows)
        keeps = choice == "keep"
        count = chosen.update(state=to.value, is_kept=keeps)
        if not count:
            return 0
        tell(actor, Tag.IMPORT_DECIDED, import_, choice=choice, rows=count)
        if keeps and import_.state == ImportState.DONE:
            # Whoever keeps a row of an import that has run wants it to run.
            Import.objects.filter(pk=import_.pk).update(
                state=ImportState.RUNNING.value, touched_at=clock.now(), ended_at=None
            )
    return count
