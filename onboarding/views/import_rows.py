"""Rows of an import in words: what is to be put right beside its cell, what a row looks like, what became of it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest

from onboarding.models import Import, ImportRow, ImportState, RowState
from onboarding.services.imports import Outcome, Progress, brought_again, outcomes, rows
from onboarding.states import Status
from onboarding.steps import REGISTRY
from onboarding.views.import_twins import Names, Twin, twins_of
from onboarding.views.journey import WAITS_FOR, WORDS

PAGE = 50
LONGEST_SHOWN = 80
ROW_WORDS = {
    RowState.NEW.value: "Not checked",
    RowState.READY.value: "Will start",
    RowState.BROKEN.value: "To fix",
    RowState.AGAIN.value: "Brought again",
    RowState.HELD.value: "Looks like another",
    RowState.SKIPPED.value: "Skipped",
    RowState.STARTED.value: "Begun",
    RowState.NOT_BEGUN.value: "Not begun",
}
# As far as a row's data goes; then somebody of ours is waited for, or BILL.
REACH_WORDS = {
    "create_organization": "Creates the organization, and waits at step 3.",
    "create_user": "Creates the organization and its user, and waits at step 4.",
    "add_risk_phone": "Goes on to the verification phone, and waits at step 5.",
    "start_verification": "Goes on until BILL's decision.",
}


@dataclass(frozen=True)
class Flaw:
    """One problem: the column, what stands in its cell, and the words."""

    column: str
    value: str
    words: str


@dataclass(frozen=True)
class Shown:
    """One row as the page has it."""

    row: ImportRow
    status: str
    word: str
    flaws: list[Flaw]
    twins: list[Twin]
    notes: list[str]
    about: str
    waits_for: str
    again: ImportRow | None
    can_decide: bool
    can_undo: bool


@dataclass(frozen=True)
class Chip:
    label: str
    url: str
    count: int
    current: bool
    urgent: bool = False


@dataclass(frozen=True)
class Choice:
    """Which rows are shown, as the address says it."""

    row: str = ""
    status: str = ""
    after: int = 0

    @classmethod
    def of(cls, request: HttpRequest) -> "Choice":
        row, status, after = (request.GET.get(name, "") for name in ("row", "status", "after"))
        return cls(
            row if row in set(RowState) else "",
            status if status in set(Status) else "",
            int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0,
        )

    def query(self, after: int = 0) -> str:
        given = {"row": self.row, "status": self.status, "after": after or ""}
        return urlencode({name: value for name, value in given.items() if value})


def shown_rows(
    import_: Import, choice: Choice, *, sees_personal_data: bool, can_work: bool
) -> tuple[list[Shown], str]:
    """A page of rows, and the query of the next one."""
    found = rows(import_, state=choice.row, status=choice.status, after=choice.after, most=PAGE + 1)
    more, found = len(found) > PAGE, found[:PAGE]
    names, again = Names.of(found), brought_again(found)
    works = can_work and import_.state != ImportState.CANCELLED
    seen = [
        _shown(import_, row, outcome, names, again.get(row.pk), sees_all=sees_personal_data, can_work=works)
        for row, outcome in zip(found, outcomes(found), strict=True)
    ]
    return seen, choice.query(found[-1].number) if more else ""


def _shown(
    import_: Import,
    row: ImportRow,
    outcome: Outcome,
    names: Names,
    again: ImportRow | None,
    *,
    sees_all: bool,
    can_work: bool,
) -> Shown:
    begun = row.state == RowState.STARTED
    is_over = begun or row.state == RowState.AGAIN
    is_decided = row.state == RowState.SKIPPED or (row.state == RowState.READY and row.is_kept)
    return Shown(
        row=row,
        status=outcome.status,
        word=ROW_WORDS[row.state],
        flaws=[] if is_over else [_flaw(import_.header, row.cells, one, sees_all) for one in row.problems],
        twins=[] if is_over else twins_of(row, names),
        notes=[] if is_over else row.notes,
        about=(outcome.reason or _next(row)) if begun else _about(row),
        waits_for=WAITS_FOR[outcome.waits_for] if begun and outcome.waits_for else "",
        again=again,
        can_decide=can_work and row.state == RowState.HELD,
        can_undo=can_work and is_decided and bool(row.twins),
    )


def _next(row: ImportRow) -> str:
    """What a person does next with an onboarding whose data has ended."""
    about = row.onboarding
    if about is None or about.status != Status.READY or about.current_step not in REGISTRY:
        return ""
    return f"Next: {REGISTRY[about.current_step].title.lower()}."


def _about(row: ImportRow) -> str:
    if row.state != RowState.READY:
        return ""
    return "Corrects an onboarding that has begun." if row.is_correction else REACH_WORDS.get(row.reach, "")


def _flaw(header: list[str], cells: list[str], problem: dict[str, object], sees_personal_data: bool) -> Flaw:
    at, words = problem["at"], str(problem["words"])
    if not isinstance(at, int):
        return Flaw("", "", words)
    name = (header[at] if at < len(header) else "") or f"Column {at + 1}"
    value = cells[at] if at < len(cells) else ""
    # Where a row has slipped, any cell may hold anything: whoever sees no personal data sees none of them.
    if value and not sees_personal_data:
        value = "••••"
    return Flaw(name, value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}…", words)


def chips(choice: Choice, counted: Progress) -> list[Chip]:
    """Filters with their counts: rows that have not begun by their state, the others by their onboarding's."""

    def chip(label: str, count: int, one: Choice, urgent: bool = False) -> Chip:
        current = (one.row, one.status) == (choice.row, choice.status)
        return Chip(label, f"?{one.query()}", count, current, urgent)

    by_state = [
        chip(ROW_WORDS[state], n, Choice(row=state), urgent=state in (RowState.BROKEN, RowState.HELD))
        for state in ROW_WORDS
        if state != RowState.STARTED and (n := counted.rows.get(state, 0))
    ]
    by_status = [
        chip(WORDS[status], n, Choice(status=status), urgent=status is Status.NEEDS_YOU)
        for status in Status
        if (n := counted.onboardings.get(status, 0))
    ]
    return [chip("All rows", counted.total, Choice()), *by_state, *by_status]
