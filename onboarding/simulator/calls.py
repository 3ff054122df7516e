"""The log of the last calls, with nothing in it that would open a door."""

import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from onboarding.simulator.store import Record, Store
from onboarding.simulator.wire.messages import Answer, Request

KIND = "call"
KEPT = 500
MASK = "•••"
MASKED = frozenset(
    name.casefold()
    for name in (
        "password", "appKey", "devKey", "sessionId", "taxId", "dateOfBirth", "consoleApiToken",
        "rememberMeId", "token", "securityKey", "accountNumber",
    )
)  # fmt: skip
SHOWN_PARAMETERS = ("max", "page", "sort", "filters", "createdTimeFrom", "createdTimeTo", "entityId")
SHOWN_BODY = 2_000


@dataclass(frozen=True)
class LoggedCall:
    time: str
    operation: str
    method: str
    path: str
    status: int | None
    codes: tuple[str, ...]
    latency_ms: float
    fault: str
    organization_id: str
    body: str


def masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: MASK if key.casefold() in MASKED else masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value


def shown_body(request: Request, parsed: Any) -> str:
    """The masked body; what is not a JSON object might hold a secret anywhere, so only its size is told."""
    if not request.body:
        return ""
    if parsed is None:
        return f"{len(request.body)} bytes that are not a JSON object"
    return json.dumps(masked(parsed), ensure_ascii=False)[:SHOWN_BODY]


def shown_path(request: Request) -> str:
    known = {name: text for name, text in request.parameters().items() if name in SHOWN_PARAMETERS}
    return request.path[:300] + (f"?{urlencode(known)[:500]}" if known else "")


def error_codes(answer: Answer | None) -> tuple[str, ...]:
    if answer is None or answer.status < 400 or not answer.body.startswith(b"["):
        return ()
    return tuple(entry["code"] for entry in json.loads(answer.body))


def log(store: Store, call: LoggedCall) -> None:
    store.add(KIND, f"call-{secrets.token_hex(8)}", asdict(call), organization=call.organization_id)
    number = total(store) + 1
    store.write_note(KIND, str(number))
    if number % 50 == 0:
        kept = store.all(KIND, descending=True, limit=KEPT)
        if len(kept) == KEPT:
            store.remove_older(KIND, kept[-1].seq)


def read(record: Record) -> LoggedCall:
    return LoggedCall(**{**record.body, "codes": tuple(record.body["codes"])})


def logged(store: Store, limit: int = KEPT) -> list[LoggedCall]:
    """The newest calls, oldest first."""
    return [read(record) for record in reversed(store.all(KIND, descending=True, limit=limit))]


def total(store: Store) -> int:
    return int(store.note(KIND) or 0)
