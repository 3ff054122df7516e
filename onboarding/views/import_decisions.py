"""What a person decides about an import: its columns, rows that look like others, when it runs."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from onboarding.forms.imports import Choices, ColumnsForm
from onboarding.models import Import, ImportRow, ImportState
from onboarding.services import imports as service
from onboarding.services.steps import Accepted, NotReady
from onboarding.sheets.columns import COLUMNS, ONBOARDING, REPEATS
from onboarding.sheets.sheet import column_letters
from onboarding.views.access import access_import
from onboarding.views.import_rows import Choice
from onboarding.views.imports import open_questions
from portal.tenants.access import StaffRequest, gate
from portal.tenants.roles import Permission

WORK = Permission.WORK_ONBOARDINGS
GROUPS = {
    "create_organization": "Organization",
    "create_user": "Administrator and BILL's terms",
    "add_risk_phone": "Verification phone",
    "start_verification": "Permission to log in as user",
}
SAMPLES = 3


@gate(WORK, "GET HEAD POST")
def columns(request: StaffRequest, import_id: UUID) -> HttpResponse:
    """Say which column is what; the rows are checked anew with it."""
    found = access_import(import_id)
    if found.state not in (ImportState.MAPPING, ImportState.CHECKED):
        messages.info(request, "The columns cannot be chosen any more.")
        return redirect("import", found.pk)
    data = request.POST if request.method == "POST" else None
    form = ColumnsForm(data, header=found.header, mapping=found.mapping, choices=_choices())
    if request.method == "POST" and form.is_valid():
        result = service.remap(actor=request.actor, import_=found, mapping=form.mapping())
        if isinstance(result, Accepted):
            return redirect("import", found.pk)
        form.add_error(None, result.why)
    first = list(ImportRow.objects.filter(import_of=found).order_by("number")[:SAMPLES])
    lines = [
        (
            column_letters(n),
            form[f"column-{n}"],
            [row.cells[n] for row in first if n < len(row.cells) and row.cells[n]],
        )
        for n in range(len(found.header))
    ]
    context = {
        "import": found,
        "environment": found.connection.environment,
        "form": form,
        "lines": lines,
        "open_questions": open_questions(found),
    }
    return render(request, "onboarding/imports/columns.html", context, status=422 if form.errors else 200)


def _choices() -> Choices:
    named = [
        (column.step, column.key, f"{column.label} (needed)" if column.is_required else column.label)
        for column in COLUMNS
    ]
    groups = [
        (words, [(key, label) for step, key, label in named if step == group])
        for group, words in GROUPS.items()
    ]
    ours = [
        (ONBOARDING.key, "Onboarding that the row corrects"),
        (REPEATS.key, "Row of an earlier file that it is"),
    ]
    return [("", "Leave out"), *groups, *ours]


@gate(WORK, "POST")
def decide(request: StaffRequest, import_id: UUID) -> HttpResponse:
    """Keep or skip rows that look like others: one, or all of them; or decide again on one."""
    found = access_import(import_id)
    decisions = {"keep": service.keep_rows, "skip": service.skip_rows, "undo": service.hold_rows}
    chosen, rows = decisions.get(request.POST.get("choice", "")), _chosen_rows(request)
    if chosen is None or rows == []:
        messages.info(request, "Choose a row, and whether to keep or to skip it.")
    elif not chosen(actor=request.actor, import_=found, rows=rows):
        messages.info(request, "There was nothing to decide any more.")
    back = Choice.of(request)
    return redirect(f"{reverse('import', args=[found.pk])}?{back.query(back.after)}")


def _chosen_rows(request: StaffRequest) -> list[UUID] | None:
    """None: all of them."""
    if request.POST.get("all") == "on":
        return None
    try:
        return [UUID(text) for text in request.POST.getlist("row")]
    except ValueError:
        return []


@gate(WORK, "POST")
def start(request: StaffRequest, import_id: UUID) -> HttpResponse:
    """Have the rows begin. At BILL itself only after a person has confirmed it."""
    found = access_import(import_id)
    if found.connection.is_production and request.POST.get("confirmed") != "on":
        messages.warning(request, "This is BILL itself, not a test: confirm it beside the button.")
        return redirect("import", found.pk)
    return _done(request, found, service.start_import(actor=request.actor, import_=found))


@gate(WORK, "POST")
def pause(request: StaffRequest, import_id: UUID) -> HttpResponse:
    """Begin no further row for now."""
    found = access_import(import_id)
    return _done(request, found, service.pause_import(actor=request.actor, import_=found))


@gate(WORK, "POST")
def resume(request: StaffRequest, import_id: UUID) -> HttpResponse:
    """Go on with the rows that have not begun."""
    found = access_import(import_id)
    return _done(request, found, service.resume_import(actor=request.actor, import_=found))


@gate(WORK, "GET HEAD POST")
def cancel(request: StaffRequest, import_id: UUID) -> HttpResponse:
    """Never begin what has not begun; the page says first what goes on and what stays."""
    found = access_import(import_id)
    if request.method == "POST":
        return _done(request, found, service.cancel_import(actor=request.actor, import_=found))
    context = {
        "import": found,
        "environment": found.connection.environment,
        "counted": service.progress(found),
    }
    return render(request, "onboarding/imports/cancel.html", context)


def _done(request: StaffRequest, found: Import, result: Accepted | NotReady) -> HttpResponse:
    if isinstance(result, NotReady):
        messages.info(request, result.why)
    return redirect("import", found.pk)
