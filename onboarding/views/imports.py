"""Bulk import: a file goes up, is looked at, starts, and is watched."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse

from onboarding.forms.imports import ImportForm
from onboarding.models import Import, ImportState
from onboarding.selectors import connections, import_page
from onboarding.services import imports as service
from onboarding.sheets.columns import COLUMNS, guess, missing
from onboarding.sheets.sheet import MOST_BYTES, column_letters
from onboarding.states import Status
from onboarding.steps import REGISTRY
from onboarding.views.access import access_import
from onboarding.views.import_rows import Choice, chips, shown_rows
from onboarding.views.polling import polled
from portal.tenants.access import StaffRequest, allows, gate
from portal.tenants.roles import Permission

SEE, WORK = Permission.SEE_ONBOARDINGS, Permission.WORK_ONBOARDINGS
# What goes on by itself, and is watched.
MOVING = (ImportState.READING, ImportState.CHECKING, ImportState.RUNNING)
FEW_ROWS = 5_000
BEFORE_ROWS = (ImportState.READING, ImportState.UNREADABLE, ImportState.MAPPING, ImportState.CHECKING)


@gate(SEE)
def imports(request: StaffRequest) -> HttpResponse:
    """Every import, newest first."""
    page = import_page(request.GET.get("before", ""))
    left = service.left_behind(page.rows)
    context = {
        "rows": [(one, left.get(one.pk)) for one in page.rows],
        "older": f"?before={page.older}" if page.older else "",
        "newer": "?" if request.GET.get("before") else "",
        "can_work": allows(request.place, WORK),
        "connections": connections(),
    }
    return render(request, "onboarding/imports/imports.html", context)


@gate(WORK, "GET HEAD POST")
def new(request: StaffRequest) -> HttpResponse:
    """Upload a file. It is read in the background; nothing of it is sent before somebody starts it."""
    available = connections()
    if not available:
        messages.warning(request, "Connect to BILL first: an owner enters the credentials.")
        return redirect("imports")
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ImportForm(*given, connections=available, most=MOST_BYTES)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        received = service.receive_import(
            actor=request.actor,
            connection=available[form.cleaned_data["environment"]],
            name=file.name,
            content=file.read(),
        )
        if isinstance(received, Import):
            return redirect("import", received.pk)
        form.add_error("file", received.why)
    status = 422 if form.errors else 200
    return render(request, "onboarding/imports/new.html", {"form": form}, status=status)


@gate(SEE)
def import_(request: StaffRequest, import_id: UUID) -> HttpResponse:
    """One import: its rows before they start, how far they are, and what became of them."""
    found = access_import(import_id)
    return render(request, "onboarding/imports/import.html", context_of(request, found))


@gate(SEE)
def status(request: StaffRequest, import_id: UUID) -> HttpResponse:
    """The page's changing part. It only reads, and stops when nothing goes on by itself any more."""
    found = access_import(import_id)
    if request.GET.get("was", found.state) != found.state and request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = context_of(request, found)
    body = render_to_string("onboarding/imports/live.html", context, request)
    return polled(request, body, stops=not context["polls"])


def context_of(request: StaffRequest, found: Import) -> dict[str, Any]:
    """What templates/onboarding/imports/ shows of one import."""
    works, sees_all = allows(request.place, WORK), allows(request.place, Permission.SEE_PERSONAL_DATA)
    context: dict[str, Any] = {
        "import": found,
        "environment": found.connection.environment,
        "can_work": works,
        "can_download": sees_all,
        "polls": found.state in MOVING,
        "is_unread": service.is_unread(found.connection),
        # Each look counts the rows.
        "poll_every": "2s" if found.row_count <= FEW_ROWS else "10s",
        "earlier": service.earlier_uploads(found) if found.state == ImportState.CHECKED else [],
    }
    choice = Choice.of(request)
    context["status_url"] = (
        f"{reverse('import_status', args=[found.pk])}?was={found.state}&{choice.query(choice.after)}"
    )
    if found.state in BEFORE_ROWS:
        return context | {"open_questions": open_questions(found)}
    counted = service.progress(found)
    shown, following = shown_rows(found, choice, sees_personal_data=sees_all, can_work=works)
    asked = service.demand(found, counted) if found.state == ImportState.CHECKED else {}
    return context | {
        "counted": counted,
        "to_begin": counted.begun + counted.to_start,
        "left": counted.left,
        "held": counted.left.held,
        "broken": counted.left.broken,
        "refused": counted.left.refused,
        "for_admin": counted.onboardings.get(Status.WAITING_ON_ADMIN, 0),
        "has_repairs": bool(counted.left.broken or counted.begun),
        "asked": [(REGISTRY[key].title, n) for key, n in asked.items() if n],
        "creates": asked.get("create_organization", 0),
        "corrects": counted.to_start - asked.get("create_organization", 0),
        "forecast": service.forecast(found, counted)
        if counted.to_start or counted.begun > counted.settled
        else None,
        "chips": chips(choice, counted),
        "choice": choice,
        "rows": shown,
        "following": f"?{following}" if following else "",
    }


def open_questions(found: Import) -> list[str]:
    """What a person has to say about the columns."""
    if found.state != ImportState.MAPPING:
        return []
    guessed = guess(found.header)
    labels = {column.key: column.label for column in COLUMNS}
    asked = [
        f"“{labels[key]}” could be any of {len(places)} columns: {', '.join(column_letters(n) for n in places)}."
        for key, places in guessed.questions.items()
        if key in labels
    ]
    lacking = [column.label for column in missing(guessed.mapping) if column.key not in guessed.questions]
    return [*asked, f"Not found: {', '.join(lacking)}."] if lacking else asked
