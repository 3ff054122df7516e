"""Checking rows by the wizard's own rules, and finding what they look like."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import F

from onboarding.engine import wake
from onboarding.models import Import, ImportRow, ImportState, Onboarding, RowState, Scope
from onboarding.services.imports.correcting import why_not_correct
from onboarding.services.imports.duplicates import find_twins
from onboarding.services.imports.receiving import tell
from onboarding.services.imports.repeats import find_repeated, give_back, take_over
from onboarding.services.steps import Accepted, NotReady
from onboarding.services.twins import company_fingerprint, tax_fingerprint
from onboarding.sheets.check import Checked, Checker
from onboarding.sheets.columns import ONBOARDING, is_example, missing
from onboarding.sheets.sheet import Line, Problem
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Actor, system
from portal.lib.tenancy import acting_for

BATCH = 500
WRITTEN = [
    "name", "state", "inputs", "problems", "notes", "reach", "has_plan", "tax_fingerprint", "company_fingerprint",
    "twins", "is_kept", "onboarding", "is_correction", "repeats",
]  # fmt: skip
NOBODYS = "There is no onboarding with this id here. Empty this cell to begin a new one."
EXAMPLE = "The example of the template: it is skipped."
TWICE = "Another row of the file corrects the same onboarding. Keep one of them."


def remap(*, actor: Actor, import_: Import, mapping: dict[str, int]) -> Accepted | NotReady:
    """Say which column is what, and have the rows checked with it; what was decided about them before is forgotten."""
    if lacking := missing(mapping):
        return NotReady(f"Say which column holds: {', '.join(column.label for column in lacking)}.")
    if not all(0 <= at < len(import_.header) for at in mapping.values()):
        return NotReady("The file has no such column.")
    if len(set(mapping.values())) < len(mapping):
        return NotReady("A column of the file can be one thing only.")
    with acting_for(actor.tenant_id):
        open_ = [ImportState.MAPPING.value, ImportState.CHECKED.value]
        fields = {"mapping": mapping, "checked_count": 0, "touched_at": clock.now()}
        if not Import.objects.filter(pk=import_.pk, state__in=open_).update(
            state=ImportState.CHECKING.value, **fields
        ):
            return NotReady("The columns cannot be chosen any more.")
        give_back(import_)
        ImportRow.objects.filter(import_of=import_).update(state=RowState.NEW.value)
        tell(actor, Tag.IMPORT_MAPPED, import_, columns=sorted(mapping))
        wake.reader_on_commit(import_.tenant_id, import_.pk)
    return Accepted()


def check_rows(import_: Import) -> None:
    """Check what is not checked yet, and close with what only the whole file shows."""
    checker = Checker(import_.mapping, import_.connection)
    while rows := _unchecked(import_):
        for row in rows:
            _check(row, checker)
        if not _write(import_, rows):
            return
    _conclude(import_)


def _unchecked(import_: Import) -> list[ImportRow]:
    with acting_for(import_.tenant_id):
        new = ImportRow.objects.filter(import_of=import_, state=RowState.NEW.value)
        return list(new.order_by("number")[:BATCH])


def _check(row: ImportRow, checker: Checker) -> None:
    line = Line(
        row.number, tuple(row.cells), tuple(Problem(one["at"], one["words"]) for one in row.line_problems)
    )
    checked = checker.check(line)
    company = checked.inputs.get("create_organization", {})
    row.name, row.inputs = checked.name.replace("\0", ""), checked.inputs
    row.problems = [problem.as_json() for problem in checked.problems]
    row.notes, row.twins, row.is_kept = list(checked.notes), [], False
    if is_example(checker.mapping, row.cells):
        # Whoever types below it did not mean to bring it onto BILL, where nothing can be deleted.
        row.state, row.problems, row.notes = RowState.SKIPPED.value, [], [EXAMPLE]
    row.reach, row.has_plan = _reach(checked), bool(company.get("price_plan"))
    row.tax_fingerprint = tax_fingerprint(row.tenant_id, company.get("tax_id", ""))
    row.company_fingerprint = company_fingerprint(row.tenant_id, company)
    row.onboarding_id, row.is_correction = _id_of(checked.onboarding), bool(checked.onboarding)
    row.repeats_id = _id_of(checked.repeats)
    if row.is_correction and row.onboarding_id is None:
        row.problems.append(_about_onboarding(checker.mapping, NOBODYS))


def _reach(checked: Checked) -> str:
    """The last step that will be sent without anybody doing more."""
    reach = ""
    for key, given in checked.inputs.items():
        if key == "create_user" and not given.get("accepted_by"):
            break
        if key == "start_verification" and given.get("scope") == Scope.NOTHING:
            break
        reach = key
    return reach


def _id_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _about_onboarding(mapping: dict[str, int], words: str) -> dict[str, int | str | None]:
    return Problem(mapping.get(ONBOARDING.key), words).as_json()


def _write(import_: Import, rows: list[ImportRow]) -> bool:
    """False when another has checked these meanwhile."""
    with acting_for(import_.tenant_id):
        # A reader from before the columns were chosen anew must not write what they meant then.
        checking = Import.objects.filter(pk=import_.pk, state=ImportState.CHECKING.value)
        here = checking.filter(checked_count=import_.checked_count, mapping=import_.mapping)
        if not here.update(checked_count=F("checked_count") + len(rows), touched_at=clock.now()):
            return False
        _find_corrected(import_, rows)
        find_repeated(import_, rows)
        for row in rows:
            if row.state != RowState.SKIPPED:
                row.state = (RowState.BROKEN if row.problems else RowState.READY).value
        # One statement for all of them: the rows exist, so each is an update.
        ImportRow.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN
        )
    import_.checked_count += len(rows)
    return True


def _find_corrected(import_: Import, rows: Collection[ImportRow]) -> None:
    """Only an onboarding of this tenant and environment that waits for a correction can have one."""
    meant = {row.onboarding_id for row in rows if row.onboarding_id}
    if not meant:
        return
    ours = Onboarding.objects.filter(pk__in=meant, connection_id=import_.connection_id)
    known = {one.pk: one for one in ours.prefetch_related("steps")}
    for row in rows:
        if not row.onboarding_id:
            continue
        found = known.get(row.onboarding_id)
        words = why_not_correct(found, row.inputs) if found else NOBODYS
        if words:
            row.problems.append(_about_onboarding(import_.mapping, words))
        if found is None:
            row.onboarding_id = None


def _conclude(import_: Import) -> None:
    with acting_for(import_.tenant_id):
        checking = Import.objects.filter(pk=import_.pk, state=ImportState.CHECKING.value)
        whole = checking.filter(checked_count=F("row_count"))
        if not whole.update(state=ImportState.CHECKED.value, touched_at=clock.now()):
            return
        _one_correction_each(import_)
        find_twins(import_)
        take_over(import_)
        states = list(ImportRow.objects.filter(import_of=import_).values_list("state", flat=True))
        counts = {
            state.value: states.count(state.value)
            for state in (RowState.READY, RowState.HELD, RowState.BROKEN)
        }
        tell(system(import_.tenant_id), Tag.IMPORT_CHECKED, import_, rows=len(states), **counts)


def _one_correction_each(import_: Import) -> None:
    seen: set[UUID | None] = set()
    corrections = ImportRow.objects.filter(import_of=import_, is_correction=True, onboarding__isnull=False)
    for row in corrections.order_by("number"):
        if row.onboarding_id in seen:
            row.problems = [*row.problems, _about_onboarding(import_.mapping, TWICE)]
            row.state = RowState.BROKEN.value
            row.save(update_fields=["problems", "state"])
        seen.add(row.onboarding_id)
