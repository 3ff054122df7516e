"""What became of each row, and the file of those that a person has to put right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from onboarding.models import Import, ImportRow, Onboarding, RowState, Step
from onboarding.services.price_plan import KEY as PRICE_PLAN
from onboarding.sheets.repair import Broken, said
from onboarding.states import Status, StepState
from portal.lib.tenancy import acting_for

PAGE = 500
# Of what BILL said about one row: with more, the reason would be longer than a cell may be that comes back.
MOST_SAID = 5


@dataclass(frozen=True)
class Outcome:
    """A row's own state, or the status of its onboarding once that has begun; and why it is so, in words."""

    state: str
    status: str = ""
    waits_for: str = ""
    reason: str = ""


def rows(
    import_: Import, *, state: str = "", status: str = "", after: int = 0, most: int = 50
) -> list[ImportRow]:
    """Rows in the order of the file, with their onboardings; of one state, or whose onboarding has one status."""
    found = ImportRow.objects.filter(import_of=import_, number__gt=after)
    found = found.filter(state=state) if state else found
    found = found.filter(state=RowState.STARTED.value, onboarding__status=status) if status else found
    return list(found.select_related("onboarding").order_by("number")[:most])


def row_of(onboarding: Onboarding) -> ImportRow | None:
    """The row that began this onboarding, if one did."""
    began = ImportRow.objects.filter(onboarding=onboarding, is_correction=False)
    return began.select_related("import_of").defer("import_of__content", "import_of__header").first()


def outcomes(shown: Sequence[ImportRow]) -> list[Outcome]:
    """The outcome of each of these rows, in their order."""
    reasons = _reasons([row.onboarding for row in shown if row.onboarding])
    return [_outcome(row, reasons) for row in shown]


def _outcome(row: ImportRow, reasons: dict[UUID, str]) -> Outcome:
    if row.state != RowState.STARTED or row.onboarding is None:
        return Outcome(row.state, reason=" ".join(problem["words"] for problem in row.problems))
    about = row.onboarding
    return Outcome(row.state, about.status, about.waits_for, reasons.get(about.pk, ""))


def _reasons(onboardings: Sequence[Onboarding]) -> dict[UUID, str]:
    """What the open step says, and what BILL said about a price plan that it refused."""
    at = {one.pk: one.current_step for one in onboardings}
    keys = {*at.values(), PRICE_PLAN}
    steps = (
        Step.objects.filter(onboarding__in=at, key__in=keys)
        .order_by("round")
        .defer("input", "draft", "evidence")
    )
    newest = {(step.onboarding_id, step.key): step for step in steps}
    said: dict[UUID, str] = {}
    for pk, key in at.items():
        step, plan = newest.get((pk, key)), newest.get((pk, PRICE_PLAN))
        words = [_why(step)] if step and StepState(step.state) is not StepState.READY else []
        if plan and StepState(plan.state) is StepState.REFUSED:
            words.append(f"Price plan: {_why(plan)}")
        said[pk] = " ".join(word for word in words if word)
    return said


def _why(step: Step) -> str:
    """Our words, and after a refusal BILL's own, as the step's page has both."""
    if StepState(step.state) is not StepState.REFUSED:
        return step.reason
    words = [step.reason, *(_by_bill(one, step.reason) for one in step.problems[:MOST_SAID])]
    return " ".join(word for word in words if word)


def _by_bill(problem: dict[str, str], ours: str) -> str:
    code, text = problem.get("code", ""), problem.get("message", "")
    if not text or text in ours:
        return f"({code})" if code else ""
    return f"BILL says: “{text}” ({code})" if code else f"BILL says: “{text}”"


def repair_rows(import_: Import) -> Iterator[Broken]:
    """Rows that were broken from the start, and rows that BILL refused something of, with the reason of each.

    The latter carry their onboarding's id, so that they correct it when they come back.
    """
    after = 0
    while page := _page(import_, after):
        for row, outcome in page:
            after = row.number
            if words := _to_fix(row, outcome):
                theirs = str(row.onboarding_id) if row.onboarding_id else ""
                yield Broken(row.number, row.cells, words, theirs, str(row.pk))


def _page(import_: Import, after: int) -> list[tuple[ImportRow, Outcome]]:
    states = [RowState.BROKEN.value, RowState.STARTED.value]
    with acting_for(import_.tenant_id):
        found = ImportRow.objects.filter(import_of=import_, number__gt=after, state__in=states)
        page = list(found.select_related("onboarding").order_by("number")[:PAGE])
        came_of_it = outcomes(page)
    for row in page:
        row.import_of = import_
    return list(zip(page, came_of_it, strict=True))


def _to_fix(row: ImportRow, outcome: Outcome) -> list[str]:
    if row.state == RowState.BROKEN:
        return [said(row.import_of.header, problem) for problem in row.problems]
    is_refused = outcome.status == Status.NEEDS_YOU or "Price plan:" in outcome.reason
    return [outcome.reason or "BILL refused it."] if is_refused else []
