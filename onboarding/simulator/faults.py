"""Faults that are armed from outside, and what each does to a call."""

import json
import math
import secrets
from dataclasses import dataclass, replace
from http import HTTPStatus

from onboarding.simulator.errors import error_answer, refusal, session_invalid
from onboarding.simulator.messages import Answer, Delivery, Json, json_answer
from onboarding.simulator.store import Record, Store
from onboarding.simulator.world import World

KIND = "fault"
ANY = "*"
MAINTENANCE = (
    b"<!DOCTYPE html><html><head><title>Maintenance</title></head>"
    b"<body><h1>We'll be back soon</h1><p>BILL is being updated.</p></body></html>"
)


@dataclass(frozen=True)
class FaultKind:
    name: str
    effect: str
    status: int = 0
    seconds: float = 0


KINDS = {
    kind.name: kind
    for kind in (
        FaultKind("lose_reply", "The call is done, then the connection is cut without an answer."),
        FaultKind("cut_before", "The connection is cut before anything is done."),
        FaultKind(
            "refuse", "At once: the API's port is closed for `seconds`; connections are refused.", seconds=10
        ),
        FaultKind("error_before", "Nothing is done; `status` is answered.", status=503),
        FaultKind("error_after", "The call is done, but `status` is answered.", status=503),
        FaultKind(
            "hang", "No answer for `seconds`, then cut; done first unless `committed` is off.", seconds=60
        ),
        FaultKind("late", "The call is done only after `seconds`, then answered.", seconds=45),
        FaultKind("delay", "The call is done at once, but answered after `seconds`.", seconds=5),
        FaultKind("truncate", "The call is done; half of the answer arrives."),
        FaultKind("html", "Nothing is done; a maintenance page is answered with `status`.", status=200),
        FaultKind("no_id", "The call is done; the answer lacks the id."),
        FaultKind("unauthorized", "Nothing is done; 401 BDC_1109, as if the session had ended."),
    )
}
BEFORE = frozenset({"cut_before", "error_before", "html", "unauthorized"})


@dataclass(frozen=True)
class Fault:
    """`times` None stays armed until it is removed."""

    kind: str
    operation: str = ANY
    times: int | None = 1
    status: int = 503
    seconds: float = 0
    committed: bool = True
    hits: int = 0
    id: str = ""

    @property
    def armed(self) -> bool:
        return self.times is None or self.hits < self.times

    def described(self) -> str:
        details = {
            "hang": f" {self.seconds:g} s, {'done' if self.committed else 'not done'}",
            "late": f" {self.seconds:g} s",
            "delay": f" {self.seconds:g} s",
            "refuse": f" {self.seconds:g} s",
            "error_before": f" {self.status}",
            "error_after": f" {self.status}",
            "html": f" {self.status}",
        }
        return self.kind + details.get(self.kind, "")


def fault(
    kind: str, *, status: int | None = None, seconds: float | None = None, committed: bool = True
) -> Fault:
    """A fault with the defaults of its kind."""
    default = KINDS[kind]
    return Fault(
        kind,
        status=default.status if status is None else status,
        seconds=default.seconds if seconds is None else seconds,
        committed=committed,
    )


def stored(record: Record) -> Fault:
    return Fault(**record.body, id=record.id)


def body_of(armed: Fault) -> Json:
    return {name: value for name, value in vars(armed).items() if name != "id"}


def add_fault(store: Store, armed: Fault) -> Fault:
    return stored(store.add(KIND, f"fault-{secrets.token_hex(4)}", body_of(armed), label=armed.operation))


def all_faults(store: Store) -> list[Fault]:
    return [stored(record) for record in store.all(KIND)]


def hit(store: Store, struck: Fault) -> Fault:
    struck = replace(struck, hits=struck.hits + 1)
    store.replace(struck.id, body_of(struck))
    return struck


def take(store: Store, operation: str) -> Fault | None:
    """The oldest armed fault for this operation, counted as used."""
    for armed in all_faults(store):
        if armed.armed and armed.kind != "refuse" and armed.operation in (operation, ANY):
            return hit(store, armed)
    return None


def remove_faults(store: Store) -> int:
    armed = store.all(KIND)
    with store.transaction():
        for record in armed:
            store.remove(record.id)
    return len(armed)


def instead(struck: Fault, world: World) -> Delivery | None:
    """What the caller gets in place of the call, or None when the call is to be done."""
    if struck.kind == "hang" and not struck.committed:
        return Delivery(None, wait_seconds=struck.seconds)
    if struck.kind not in BEFORE:
        return None
    if struck.kind == "cut_before":
        return Delivery(None)
    if struck.kind == "html":
        return Delivery(Answer(struck.status, MAINTENANCE, "text/html; charset=utf-8"))
    if struck.kind == "unauthorized":
        return Delivery(error_answer(session_invalid(), now=world.clock.now()))
    return Delivery(server_error(struck.status, world))


def after(struck: Fault | None, answer: Answer, world: World) -> Delivery:
    """How the answer of a call that was done reaches the caller."""
    if struck is None:
        return Delivery(answer)
    match struck.kind:
        case "lose_reply":
            return Delivery(None)
        case "hang":
            return Delivery(None, wait_seconds=struck.seconds)
        case "delay":
            return Delivery(answer, wait_seconds=struck.seconds)
        case "truncate":
            return Delivery(answer, truncated=True)
        case "error_after":
            return Delivery(server_error(struck.status, world))
        case "no_id":
            return Delivery(without_id(answer))
    return Delivery(answer)


def without_id(answer: Answer) -> Answer:
    content = json.loads(answer.body or b"null")
    if answer.status >= HTTPStatus.MULTIPLE_CHOICES or not isinstance(content, dict):
        return answer
    kept = {name: value for name, value in content.items() if name not in ("id", "sessionId")}
    return json_answer(answer.status, kept)


def server_error(status: int, world: World) -> Answer:
    return error_answer(refusal(status, "BDC_1001"), now=world.clock.now())


def read_fault(content: Json) -> Fault:
    """A fault as the control API or its form describes it; raises ValueError with one sentence."""
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    known = {"kind", "operation", "times", "status", "seconds", "committed"}
    if unknown := set(content) - known:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    operation, default = content.get("operation", ANY), KINDS[kind]
    if not isinstance(operation, str) or not operation:
        raise ValueError("operation must be the name of an operation or *")
    times = content.get("times", 1)
    return Fault(
        kind,
        operation,
        None if times in (None, "", 0, "0") else int(number("times", times, 1, 1_000_000)),
        int(number("status", content.get("status") or default.status, 0, 599)),
        number(
            "seconds",
            default.seconds if content.get("seconds") in (None, "") else content["seconds"],
            0,
            3600,
        ),
        content.get("committed", True) in (True, "true", "on"),
    )


def number(name: str, value: object, lowest: float, highest: float) -> float:
    try:
        found = math.nan if isinstance(value, bool) else float(str(value))
    except ValueError:
        found = math.nan
    if not lowest <= found <= highest:
        raise ValueError(f"{name} must be a number from {lowest:g} to {highest:g}")
    return found
