"""Which injuries are tried at which failure points of which calls; and where a cell is empty, why."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from onboarding.steps import REGISTRY


class F(StrEnum):
    """The points at which calling a create that cannot be repeated, and keeping its id, can fail."""

    BEFORE_INTENT = "F0 before the intent is committed"
    INTENT_COMMITTED = "F1 intent committed, nothing sent"
    NOT_CONNECTED = "F2 no connection to BILL"
    PARTLY_WRITTEN = "F3 request partly written, then cut"
    NO_ANSWER = "F4 sent, no answer"
    GATEWAY_ERROR = "F5 an error or a page in place of the answer"
    ANSWER_CUT_SHORT = "F6 success, without a readable id"
    NOT_SAVED = "F7 answered, killed before the commit"
    COMMIT_FAILED = "F8 answered, the commit fails"
    COMMIT_IN_DOUBT = "F9 committed, and nobody is told"
    NOBODY_WOKEN = "F10 committed, nobody is woken"
    TWO_EXECUTORS = "F11 two executors"
    REFUSED = "F12 refused for certain"
    LANDS_LATE = "F13 it takes effect after somebody looked"
    RESTORED = "F14 our database is restored to an earlier point"
    EDITED = "F15 the input is edited between two tries"
    LISTED_LATE = "F16 the list lags behind the create"


@dataclass(frozen=True)
class Call:
    """One call to BILL that a step makes."""

    step: str
    operation: str
    is_read: bool
    answers_id: bool
    is_first: bool
    is_last: bool

    def __str__(self) -> str:
        return f"{self.operation} of {self.step}"


@dataclass(frozen=True)
class Cell:
    """One injury at one failure point of one call."""

    point: F
    call: Call
    injury: str

    def __str__(self) -> str:
        return f"{self.point}: {self.call}: {self.injury}"


AT_THE_DATABASE = "it needs a message to the database, and here the executor is busy with BILL"
BY_BILL = "it is BILL's or the network's answer to a call, and this is no answer"
BY_US = "nothing of ours has to break for it: it is what BILL or the network does"
WHOLE = "it is no single moment: the injury of this name is tried from end to end"

# Where each injury can strike, and why it can strike nowhere else.
INJURIES: dict[str, tuple[set[F], str]] = {
    # Of an executor.
    "killed": (
        {
            F.BEFORE_INTENT,
            F.INTENT_COMMITTED,
            F.PARTLY_WRITTEN,
            F.NO_ANSWER,
            F.ANSWER_CUT_SHORT,
            F.NOT_SAVED,
            F.NOBODY_WOKEN,
        },
        "who was killed meets nothing more; the other points are reached by executors that live on",
    ),
    "delivered twice": ({F.TWO_EXECUTORS}, WHOLE),
    "lease expired": ({F.TWO_EXECUTORS}, WHOLE),
    # Of the database.
    "session ended": ({F.BEFORE_INTENT, F.COMMIT_FAILED}, AT_THE_DATABASE),
    "commit refused": ({F.BEFORE_INTENT, F.COMMIT_FAILED}, AT_THE_DATABASE),
    "commit unacknowledged": ({F.BEFORE_INTENT, F.INTENT_COMMITTED, F.COMMIT_IN_DOUBT}, AT_THE_DATABASE),
    "restored": ({F.RESTORED}, WHOLE),
    # Of the broker.
    "broker gone": ({F.NOBODY_WOKEN}, "it carries wake-ups and nothing else"),
    # Of the network, and of BILL.
    "connection refused": ({F.NOT_CONNECTED}, BY_BILL),
    "cut before it arrived": ({F.PARTLY_WRITTEN}, BY_BILL),
    "answer lost": ({F.NO_ANSWER}, BY_BILL),
    "hangs, done": ({F.NO_ANSWER}, BY_BILL),
    "hangs, not done": ({F.NO_ANSWER}, BY_BILL),
    "503, not done": ({F.GATEWAY_ERROR}, BY_BILL),
    "502, done": ({F.GATEWAY_ERROR}, BY_BILL),
    "maintenance page": ({F.GATEWAY_ERROR}, BY_BILL),
    "answer truncated": ({F.ANSWER_CUT_SHORT}, BY_BILL),
    "answer without id": ({F.ANSWER_CUT_SHORT}, BY_BILL),
    "422": ({F.REFUSED}, BY_BILL),
    "401 BDC_1109": ({F.REFUSED}, BY_BILL),
    "429 BDC_1144": ({F.REFUSED}, BY_BILL),
    "429 BDC_1322": ({F.REFUSED}, BY_BILL),
    "lands late": ({F.LANDS_LATE}, WHOLE),
    "listed late": ({F.LISTED_LATE}, WHOLE),
    # Of a person.
    "edited": ({F.EDITED}, WHOLE),
}


def why_empty(cell: Cell) -> str:
    """Why this cell is not tried; "" when it is."""
    points, elsewhere = INJURIES[cell.injury]
    if cell.point not in points:
        return elsewhere
    return _of_this_call(cell)


def _of_this_call(cell: Cell) -> str:
    call = cell.call
    if call.is_read and cell.point in (F.INTENT_COMMITTED, F.LANDS_LATE):
        return "a read leaves no intent and has no effect that could come late"
    if call.is_read and cell.point is F.RESTORED:
        return "a read leaves nothing at BILL that a restored database could have forgotten"
    if cell.point is F.NOBODY_WOKEN and not call.is_last:
        return "another call of the same run follows it, and nobody has to be woken for that"
    if cell.injury == "commit unacknowledged" and cell.point is F.BEFORE_INTENT and not call.is_first:
        return "its intent is committed together with what the call before it has learned"
    if cell.point is F.EDITED and not (REGISTRY[call.step].needs_input and call.is_last):
        return "it sends nothing that a person typed"
    if cell.injury == "answer without id" and not call.answers_id:
        return "its answer carries no id"
    return ""


def cells_of(calls: Iterable[Call], *injuries: str) -> set[Cell]:
    """The cells that are to be tried."""
    every = (Cell(point, call, injury) for point in F for call in calls for injury in injuries or INJURIES)
    return {cell for cell in every if not why_empty(cell)}
