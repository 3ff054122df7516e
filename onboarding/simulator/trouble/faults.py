"""Faults: which kinds there are, and those that are armed from outside."""

import math
import re
import secrets
from dataclasses import dataclass, replace

from onboarding.simulator.store import Record, Store
from onboarding.simulator.wire.messages import Json

KIND = "fault"
ANY = "*"


@dataclass(frozen=True)
class FaultKind:
    name: str
    effect: str
    status: int = 0
    seconds: float = 0
    code: str = ""


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
        FaultKind(
            "reject", "Nothing is done; `status` and `code` are answered.", status=422, code="BDC_1119"
        ),
        FaultKind(
            "placeholders",
            "Nothing is done; several errors, ${paramName0} left in their messages.",
            status=400,
        ),
        FaultKind("lag", "The call is done; what it made is missing from lists for `seconds`.", seconds=30),
        FaultKind("unknown_fields", "The call is done; the answer has fields nobody documents, nested too."),
        FaultKind("nulls", "The call is done; every optional field of the answer is null."),
        FaultKind(
            "unknown_enum",
            "The call is done; decision, status, type and the like are words nobody documents.",
        ),
    )
}
CODE = re.compile("[A-Z]{2,8}_[0-9]{1,8}")


@dataclass(frozen=True)
class Fault:
    """`times` None stays armed until it is removed."""

    kind: str
    operation: str = ANY
    times: int | None = 1
    status: int = 503
    seconds: float = 0
    committed: bool = True
    code: str = ""
    hits: int = 0
    id: str = ""

    @property
    def armed(self) -> bool:
        return self.times is None or self.hits < self.times

    def described(self) -> str:
        """The kind, and those of its values that this kind looks at."""
        looks_at = KINDS[self.kind]
        shown = self.kind
        if looks_at.seconds:
            shown += f" {self.seconds:g} s"
        if looks_at.status:
            shown += f" {self.status}"
        if looks_at.code:
            shown += f" {self.code}"
        if self.kind == "hang":
            shown += ", done" if self.committed else ", not done"
        return shown


def fault(kind: str, *, status: int | None = None, committed: bool = True) -> Fault:
    """A fault with the defaults of its kind."""
    default = KINDS[kind]
    return Fault(
        kind,
        status=default.status if status is None else status,
        seconds=default.seconds,
        committed=committed,
        code=default.code,
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


def read_fault(content: Json) -> Fault:
    """A fault as the control API or its form describes it; raises ValueError with one sentence."""
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    known = {"kind", "operation", "times", "status", "seconds", "committed", "code"}
    if unknown := set(content) - known:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    operation, default = content.get("operation", ANY), KINDS[kind]
    if not isinstance(operation, str) or not operation:
        raise ValueError("operation must be the name of an operation or *")
    times = content.get("times", 1)
    seconds = content.get("seconds")
    return Fault(
        kind,
        operation,
        None if times in (None, "", 0, "0") else int(number("times", times, 1, 1_000_000)),
        int(number("status", content.get("status") or default.status, 0, 599)),
        number("seconds", default.seconds if seconds in (None, "") else seconds, 0, 3600),
        content.get("committed", True) in (True, "true", "on"),
        read_code(content.get("code") or default.code),
    )


def read_code(code: object) -> str:
    if not isinstance(code, str) or (code and not CODE.fullmatch(code)):
        raise ValueError("code must be like BDC_1119")
    return code


def number(name: str, value: object, lowest: float, highest: float) -> float:
    try:
        found = math.nan if isinstance(value, bool) else float(str(value))
    except ValueError:
        found = math.nan
    if not lowest <= found <= highest:
        raise ValueError(f"{name} must be a number from {lowest:g} to {highest:g}")
    return found
