"""Reads for the pages. Each is asked inside the tenant's transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When

from onboarding.models import (
    Attempt,
    BillSession,
    Budget,
    Connection,
    Contact,
    Environment,
    Import,
    ListedOrganization,
    Objection,
    Onboarding,
    Purpose,
    Scope,
    SessionState,
    Step,
)
from onboarding.models.consent import first_day_not_over
from onboarding.states import Status, WaitsFor
from portal.audit.models import Entry
from portal.audit.tags import Tag
from portal.lib import clock

PAGE = 50
# What an organization's admin says and nobody of ours has acted on yet.
NOT_ME, WRONG = "not_me", "wrong"


@dataclass(frozen=True)
class Filters:
    """What the dashboard is narrowed to; empty means everything."""

    q: str = ""
    status: str = ""
    waits_for: str = ""
    mine: UUID | None = None


@dataclass(frozen=True)
class OnboardingPage:
    """One page of the dashboard and the keys of its neighbours."""

    rows: list[Onboarding]
    older: str = ""
    newer: str = ""


def onboardings(filters: Filters) -> QuerySet[Any]:
    """The tenant's onboardings that pass the filters, each with what its admin says."""
    # The industries of the connection would come with every row.
    found: QuerySet[Any] = _with_admins_word().annotate(admin_says=F("says"))
    found = found.select_related("owner__person", "connection").defer("connection__industries")
    if filters.q:
        by_id = Q(bill_organization_id=filters.q) | Q(bill_user_id=filters.q)
        found = found.filter(Q(name__icontains=filters.q) | by_id)
    if filters.status:
        found = found.filter(status=filters.status)
    if filters.waits_for:
        found = found.filter(waits_now=filters.waits_for)
    if filters.mine:
        found = found.filter(owner_id=filters.mine)
    return found


def _with_admins_word() -> QuerySet[Any]:
    """Every onboarding with what its admin says; while nobody has acted on that, we are the ones it waits for."""
    contacts = Contact.objects.filter(onboarding=OuterRef("pk"), replaced_at__isnull=True)
    objections = Objection.objects.filter(onboarding=OuterRef("pk"), answered_at__isnull=True)
    says = Case(
        When(status=Status.CANCELLED.value, then=Value("")),
        When(Exists(contacts.filter(declined_at__isnull=False)), then=Value(NOT_ME)),
        When(Exists(objections), then=Value(WRONG)),
        default=Value(""),
    )
    waits = Case(
        When(~Q(says=""), then=Value(WaitsFor.STAFF.value)),
        When(closed_at__isnull=True, then=F("waits_for")),
        default=Value(""),
    )
    return Onboarding.objects.alias(says=says, waits_now=waits)


def onboarding_page(filters: Filters, before: str = "", after: str = "") -> OnboardingPage:
    """Newest first, by key: `before` and `after` are what an earlier page gave as `older` and `newer`."""
    found = onboardings(filters)
    if after and (key := _key(after)):
        newer = found.filter(Q(created_at__gt=key[0]) | Q(created_at=key[0], id__gt=key[1]))
        rows = list(newer.order_by("created_at", "id")[: PAGE + 1])[::-1]
        more_newer, rows = len(rows) > PAGE, rows[-PAGE:]
        return OnboardingPage(rows, _token(rows[-1]) if rows else "", _token(rows[0]) if more_newer else "")
    key = _key(before) if before else None
    if key:
        found = found.filter(Q(created_at__lt=key[0]) | Q(created_at=key[0], id__lt=key[1]))
    rows = list(found.order_by("-created_at", "-id")[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return OnboardingPage(rows, _token(rows[-1]) if more else "", _token(rows[0]) if key and rows else "")


def _token(row: Onboarding) -> str:
    return _token_of(row.created_at, row.pk)


def _token_of(moment: datetime, pk: UUID) -> str:
    return f"{moment.timestamp():.6f}~{pk}"


def _key(token: str) -> tuple[datetime, UUID] | None:
    """The key in a page's address; None when somebody made it up."""
    moment, _, pk = token.partition("~")
    try:
        return datetime.fromtimestamp(float(moment), tz=clock.now().tzinfo), UUID(pk)
    except (ValueError, OverflowError, OSError):
        return None


def counts() -> dict[str, int]:
    """How many onboardings show each status, and how many wait for whom."""
    known = _with_admins_word().annotate(who=F("waits_now"))
    by_status = known.values_list("status", "who").annotate(n=Count("id")).order_by()
    found: dict[str, int] = {"all": 0}
    for status, waits_for, n in by_status:
        found["all"] += n
        found[status] = found.get(status, 0) + n
        if waits_for:
            found[f"for_{waits_for}"] = found.get(f"for_{waits_for}", 0) + n
    return found


def waiting_on_us() -> int:
    return _with_admins_word().filter(waits_now=WaitsFor.STAFF.value).count()


WITH_ONBOARDING = (
    "owner__person",
    "connection",
    "acceptance__attested_by__person",
    "grant__attested_by__person",
)


def onboarding_by_id(onboarding_id: UUID) -> Onboarding | None:
    # The document would come with every look at the page.
    found = Onboarding.objects.select_related(*WITH_ONBOARDING).defer("acceptance__document")
    return found.filter(pk=onboarding_id).first()


def steps_with_onboarding(onboarding_id: UUID) -> list[Step]:
    """All steps, and their onboarding with them, in one question."""
    related = [f"onboarding__{name}" for name in WITH_ONBOARDING]
    found = Step.objects.select_related(*related).filter(onboarding_id=onboarding_id).order_by("round")
    # The industries of the connection would come with every row.
    steps = list(found.defer("onboarding__acceptance__document", "onboarding__connection__industries"))
    for step in steps:
        step.onboarding = steps[0].onboarding
    return steps


def onboarding_names(ids: set[UUID]) -> dict[UUID, str]:
    """The clients' names, for a list that only knows ids."""
    return dict(Onboarding.objects.filter(pk__in=ids).values_list("pk", "name"))


def listed_names(ids: set[UUID]) -> dict[UUID, str]:
    """The same of organizations that BILL's list showed."""
    return dict(ListedOrganization.objects.filter(pk__in=ids).values_list("pk", "name"))


def steps_of(onboarding: Onboarding) -> list[Step]:
    return list(onboarding.steps.order_by("round"))


def attempts_of(step: Step) -> list[Attempt]:
    """The step's attempts, newest first."""
    return list(step.attempts.order_by("-opened_at", "-id")[:50])


def timeline(onboarding: Onboarding, most: int = 30) -> list[Entry]:
    """The newest entries of the audit log about one onboarding."""
    # Each call to BILL stands beside its step, as an attempt.
    entries = Entry.objects.filter(onboarding_id=onboarding.pk).exclude(tag=Tag.ATTEMPT_CLOSED.text)
    return list(entries.order_by("-seq")[:most])


def connections() -> dict[str, Connection]:
    """The tenant's connections by environment, in the order simulator, sandbox, production."""
    found = {connection.environment: connection for connection in Connection.objects.all()}
    return {env.value: found[env.value] for env in Environment if env.value in found}


def acting_session(person_id: int) -> BillSession | None:
    """The login-as-user session that this person is in, while it lasts and is permitted."""
    live = BillSession.objects.filter(
        staff__person_id=person_id,
        purpose=Purpose.STAFF.value,
        state=SessionState.OPEN.value,
        expires_at__gt=clock.now(),
        onboarding__grant=F("grant"),
        onboarding__grant__scope=Scope.STAFF.value,
    ).filter(Q(grant__until__isnull=True) | Q(grant__until__gte=first_day_not_over()))
    return live.select_related("onboarding", "staff__person").first()


def staff_sessions(onboarding: Onboarding) -> list[BillSession]:
    """Login-as-user sessions of this onboarding, newest first."""
    found = onboarding.sessions.filter(purpose=Purpose.STAFF.value).exclude(opened_at__isnull=True)
    return list(found.select_related("staff__person").order_by("-opened_at")[:20])


def import_by_id(import_id: UUID) -> Import | None:
    people = ("uploaded_by__person", "started_by__person", "connection")
    return Import.objects.select_related(*people).defer("content").filter(pk=import_id).first()


@dataclass(frozen=True)
class ImportPage:
    rows: list[Import]
    older: str = ""


def import_page(before: str = "") -> ImportPage:
    """Newest first, by key: `before` is what an earlier page gave as `older`."""
    found = Import.objects.select_related("uploaded_by__person", "connection")
    found = found.defer("content", "header", "connection__industries")
    if key := _key(before):
        found = found.filter(Q(uploaded_at__lt=key[0]) | Q(uploaded_at=key[0], id__lt=key[1]))
    rows = list(found.order_by("-uploaded_at", "-id")[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return ImportPage(rows[:PAGE], _token_of(last.uploaded_at, last.pk) if last else "")


@dataclass(frozen=True)
class Spent:
    """What counts now of one bucket of a connection."""

    name: tuple[str, str]
    used: int
    closed_until: datetime | None


def spent_budgets(connection: Connection) -> list[Spent]:
    """Of an hour that is over, and of messages that went out long ago, nothing counts any more."""
    now = clock.now()
    found = Budget.objects.filter(connection=connection)
    return [
        Spent(
            (one.key, one.bucket),
            one.used_at(now),
            one.closed(now),
        )
        for one in found
    ]
