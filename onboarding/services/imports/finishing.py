"""How far an import is, and when it is done.

An onboarding is settled when nothing goes on by itself but BILL's decision: it has ended, or it waits for staff, for
the organization's admin, or for what BILL decides. It is not settled while a step is sent, waits for one of BILL's
limits, or is looked for at BILL.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q

from onboarding.models import Import, ImportRow, ImportState, RowState, Step
from onboarding.services.imports.receiving import tell
from onboarding.services.price_plan import KEY as PRICE_PLAN
from onboarding.states import Status, StepState
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import system
from portal.lib.tenancy import acting_for

UNSETTLED = frozenset({Status.NOT_STARTED, Status.RUNNING, Status.UNKNOWN})
GOES_ON = [s.value for s in (StepState.READY, StepState.RUNNING, StepState.UNKNOWN)]


@dataclass(frozen=True)
class Group:
    """Rows that are alike in all that counts: how far their data goes, and where their onboardings stand."""

    state: str
    reach: str
    has_plan: bool
    is_correction: bool
    status: str | None
    step: str | None
    rows: int
    busy: int  # whose price plan is still on its way


@dataclass(frozen=True)
class Left:
    """Rows that stay behind until a person does something about them."""

    broken: int = 0
    refused: int = 0
    held: int = 0

    @property
    def to_correct(self) -> int:
        return self.broken + self.refused

    @property
    def has_any(self) -> bool:
        return bool(self.to_correct or self.held)


@dataclass(frozen=True)
class Progress:
    """How many rows are where."""

    groups: tuple[Group, ...]

    @property
    def rows(self) -> dict[str, int]:
        """By their own state."""
        return dict(sum((Counter({one.state: one.rows}) for one in self.groups), Counter[str]()))

    @property
    def onboardings(self) -> dict[str, int]:
        """Those that have begun, by the status of their onboarding."""
        begun = (Counter({one.status: one.rows}) for one in self._begun if one.status)
        return dict(sum(begun, Counter[str]()))

    @property
    def _begun(self) -> list[Group]:
        return [one for one in self.groups if one.state == RowState.STARTED]

    @property
    def begun(self) -> int:
        return sum(one.rows for one in self._begun)

    @property
    def settled(self) -> int:
        return sum(one.rows - one.busy for one in self._begun if one.status not in UNSETTLED)

    @property
    def total(self) -> int:
        return sum(one.rows for one in self.groups)

    @property
    def left(self) -> Left:
        refused = self.onboardings.get(Status.NEEDS_YOU, 0)
        return Left(self.rows.get(RowState.BROKEN, 0), refused, self.rows.get(RowState.HELD, 0))

    @property
    def to_start(self) -> int:
        return self.rows.get(RowState.READY, 0)

    @property
    def is_settled(self) -> bool:
        """Nothing is to be begun, and nothing that has begun goes on by itself."""
        return not self.to_start and self.settled == self.begun


def left_behind(imports: Iterable[Import]) -> dict[UUID, Left]:
    """What each of these leaves to people, if they are done."""
    done = [one.pk for one in imports if one.state == ImportState.DONE]
    if not done:
        return {}
    rows = ImportRow.objects.filter(import_of__in=done)
    # Apart: each has an index of its own, and most rows are neither.
    open_ = rows.filter(state__in=[RowState.BROKEN.value, RowState.HELD.value])
    refused = rows.filter(state=RowState.STARTED.value, onboarding__status=Status.NEEDS_YOU.value)
    counted: dict[tuple[UUID, str], int] = {}
    for found in (open_, refused):
        alike = found.values_list("import_of_id", "state").annotate(n=Count("id")).order_by()
        counted |= {(pk, state): n for pk, state, n in alike}
    states = (RowState.BROKEN, RowState.STARTED, RowState.HELD)
    return {pk: Left(*(counted.get((pk, state.value), 0) for state in states)) for pk in done}


def progress(import_: Import) -> Progress:
    """Counted anew each time; the caller is inside the tenant's transaction."""
    plans = Step.objects.filter(onboarding=OuterRef("onboarding"), key=PRICE_PLAN, state__in=GOES_ON)
    busy = Count("id", filter=Q(Exists(plans), has_plan=True))
    alike = ("state", "reach", "has_plan", "is_correction", "onboarding__status", "onboarding__current_step")
    found = ImportRow.objects.filter(import_of=import_).values_list(*alike)
    return Progress(tuple(Group(*one) for one in found.annotate(n=Count("id"), busy=busy).order_by()))


def finish_settled() -> int:
    """Close every running import in which nothing goes on by itself any more. Returns their number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant FROM tenants_importing()")
        tenants = [tenant for (tenant,) in cursor.fetchall()]
    return sum(_finish_of(tenant) for tenant in tenants)


def _finish_of(tenant_id: UUID) -> int:
    done = 0
    with acting_for(tenant_id):
        running = Import.objects.filter(state=ImportState.RUNNING.value).defer("content", "header")
        for import_ in running.select_for_update(of=("self",), skip_locked=True):
            reached = progress(import_)
            if not reached.is_settled:
                continue
            ended = Import.objects.filter(pk=import_.pk)
            done += ended.update(state=ImportState.DONE.value, ended_at=clock.now())
            tell(system(tenant_id), Tag.IMPORT_ENDED, import_, rows=reached.begun)
    return done
