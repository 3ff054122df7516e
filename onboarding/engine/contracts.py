"""What a step is, what can come of running it, and what can come of looking for it. No HTTP, no BILL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from onboarding.engine.fence import Fence
from onboarding.models import BillSession, Connection
from onboarding.states import WaitsFor

Problems = tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class Begin:
    """Another step that begins by itself, after a while, with this input."""

    after: timedelta
    input: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """It happened. `onboarding` names columns of the onboarding to fill; `begins` other steps, by their key."""

    result: Mapping[str, str] = field(default_factory=dict)
    onboarding: Mapping[str, str] = field(default_factory=dict)
    begins: Mapping[str, Begin] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Refused:
    """BILL said no; a person has to change something."""

    reason: str
    problems: Problems = ()


@dataclass(frozen=True)
class Line:
    """Who waits for the same gets a turn: so many at once, and as many again after a while."""

    size: int
    every: timedelta


@dataclass(frozen=True)
class RetryLater:
    """Nothing happened; try again after a while. What was only `paced` has not failed, and counts as no try.

    With a `line`, the steps of this kind that are in bulk stand in it behind this one: they would meet the same limit.
    """

    after: timedelta
    reason: str
    problems: Problems = ()
    paced: bool = False
    line: Line | None = None


@dataclass(frozen=True)
class Unknown:
    """It may have happened: look before anything is sent again."""

    reason: str


@dataclass(frozen=True)
class Waiting:
    """Somebody else has to act; look again after a while, or when somebody wakes us."""

    on: WaitsFor
    reason: str
    look_after: timedelta | None = None
    onboarding: Mapping[str, str] = field(default_factory=dict)


Outcome = Done | Refused | RetryLater | Unknown | Waiting


@dataclass(frozen=True)
class Absent:
    """BILL does not have it, as far as this look could see; `reason` says so where it could not see all."""

    reason: str = "BILL does not have it; it is sent again."


@dataclass(frozen=True)
class Undecided:
    """BILL has something that may be it; a person decides. `candidates` are shown side by side."""

    reason: str
    candidates: tuple[Mapping[str, str], ...]


Finding = Done | Absent | Undecided | RetryLater


@dataclass(frozen=True)
class Run:
    """All that a step may know while it runs, as it was when the step was taken. It holds no transaction.

    `sessions` are those at BILL that it may use, if BILL still knows them.
    """

    tenant_id: UUID
    onboarding_id: UUID
    connection: Connection
    sessions: tuple[BillSession, ...]
    step_id: UUID
    key: str
    round: int
    name: str
    bill_organization_id: str
    bill_user_id: str
    decision: str
    has_acceptance: bool
    has_grant: bool
    input: Mapping[str, str]
    not_ours: frozenset[str]
    submitted_by_id: UUID | None
    submitted_at: datetime | None
    tries: int
    unrepeatable: str
    first_sent_at: datetime | None
    last_sent_at: datetime | None
    taken_at: datetime
    is_bulk: bool
    fence: Fence = field(repr=False)

    @property
    def connection_id(self) -> UUID:
        return self.connection.pk


@dataclass(frozen=True)
class StepDefinition:
    """One kind of step. Every module in `steps/` defines one as STEP.

    `reconcile` looks at BILL for what an unanswered call may have done; it must change nothing there.
    A background step is begun by another step, not by a person.
    """

    key: str
    title: str
    sentence: str
    button: str
    run: Callable[[Run], Outcome]
    reconcile: Callable[[Run], Finding]
    # The one operation at BILL that must not be repeated without looking first ("" when there is none).
    unrepeatable: str = ""
    # What begins by itself once it is done, whoever finds that it is.
    begins: Callable[[Mapping[str, str]], Mapping[str, Begin]] = lambda given: {}
    needs_input: bool = True
    is_background: bool = False


Registry = Mapping[str, StepDefinition]
