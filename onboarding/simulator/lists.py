"""Lists as BILL answers them: filters, sort, and pages behind opaque tokens."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from itertools import islice
from typing import Any, NoReturn

from onboarding.simulator.call import Call
from onboarding.simulator.errors import refusal
from onboarding.simulator.messages import Answer, Json
from onboarding.simulator.settings import words
from onboarding.simulator.store import Record

DEFAULT_MAX, HIGHEST_MAX = 20, 100
CLAUSE = re.compile(r'\s*([A-Za-z.]+):([A-Za-z]+):("[^"]*"|[^,"]*)\s*(?:,|$)')
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, asked: bool(value == asked),
    "ne": lambda value, asked: bool(value != asked),
    "gt": lambda value, asked: bool(value > asked),
    "gte": lambda value, asked: bool(value >= asked),
    "lt": lambda value, asked: bool(value < asked),
    "lte": lambda value, asked: bool(value <= asked),
    "in": lambda value, asked: value in asked,
    "nin": lambda value, asked: value not in asked,
    "sw": lambda value, asked: str(value).casefold().startswith(str(asked).casefold()),
}


@dataclass(frozen=True)
class Clause:
    field: str
    operator: str
    value: Any

    def accepts(self, body: Json) -> bool:
        value = comparable(self.field, body.get(self.field))
        if value is None:
            return self.operator in ("ne", "nin")
        return OPERATORS[self.operator](value, self.value)


@dataclass(frozen=True)
class Query:
    limit: int
    clauses: tuple[Clause, ...]
    sort: str
    descending: bool
    place: tuple[str, int] | None
    backward: bool
    digest: str


def list_answer(
    call: Call, kind: str, *, fields: str, show: Callable[[Record], Json], partner: str | None = None,
    organization: str | None = None,
) -> Answer:  # fmt: skip
    """One page of the records of this kind and scope."""
    query = read_query(call, words(fields))
    reversed_order = query.descending != query.backward
    if query.sort == "createdTime":
        beyond = query.place[1] if query.place else None
        records: Iterator[Record] = call.world.store.stream(
            kind, partner=partner, organization=organization, descending=reversed_order, beyond=beyond
        )
    else:
        found = call.world.store.all(kind, partner=partner, organization=organization)
        records = in_order(found, query, reversed_order)
    matching = (one for one in records if all(clause.accepts(one.body) for clause in query.clauses))
    rows = list(islice(matching, query.limit + 1))
    more, rows = len(rows) > query.limit, rows[: query.limit]
    if query.backward:
        rows.reverse()
    forward_more = more if not query.backward else True
    backward_more = more if query.backward else query.place is not None
    pages = {
        "nextPage": token(query, rows[-1], backward=False) if rows and forward_more else None,
        "prevPage": token(query, rows[0], backward=True) if rows and backward_more else None,
    }
    if call.world.settings.last_page == "omitted":
        pages = {name: page for name, page in pages.items() if page}
    return call.answer({"results": [show(row) for row in rows], **pages})


def in_order(found: list[Record], query: Query, reversed_order: bool) -> Iterator[Record]:
    ordered = sorted(found, key=lambda one: sort_place(one, query.sort), reverse=reversed_order)
    for one in ordered:
        place = sort_place(one, query.sort)
        if query.place is None or (place < query.place if reversed_order else place > query.place):
            yield one


def sort_place(record: Record, field: str) -> tuple[str, int]:
    return str(record.body.get(field, "")).casefold(), record.seq


def read_query(call: Call, fields: tuple[str, ...]) -> Query:
    asked = call.request.parameters()
    limit = read_max(call, asked.get("max", str(DEFAULT_MAX)))
    clauses = read_filters(asked.get("filters", ""), fields)
    default = "createdTime:" + ("desc" if call.world.settings.list_order == "newest first" else "asc")
    sort, descending = read_sort(asked.get("sort") or default, fields)
    question = [call.operation, call.caller.organization_id, asked.get("filters", ""), sort, descending]
    digest = hashlib.sha256(json.dumps(question).encode()).hexdigest()[:8]
    place, backward = read_token(asked["page"], digest) if asked.get("page") else (None, False)
    return Query(limit, clauses, sort, descending, place, backward, digest)


def read_max(call: Call, text: str) -> int:
    if not re.fullmatch("[0-9]{1,6}", text) or int(text) < 1:
        invalid("max", text)
    if int(text) > HIGHEST_MAX and call.world.settings.max_over_100 == "refuse":
        invalid("max", text)
    return min(int(text), HIGHEST_MAX)


def read_filters(text: str, fields: tuple[str, ...]) -> tuple[Clause, ...]:
    clauses, position = [], 0
    while position < len(text):
        match = CLAUSE.match(text, position)
        if match is None:
            invalid("filters", text)
        field, operator, value = match[1], match[2], match[3]
        if field not in fields:
            raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1130", field)
        if operator not in OPERATORS:
            raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1131", operator)
        clauses.append(read_clause(field, operator, value.removeprefix('"').removesuffix('"')))
        position = match.end()
    return tuple(clauses)


def read_clause(field: str, operator: str, text: str) -> Clause:
    values = [
        comparable(field, one.strip()) for one in (text.split(",") if operator in ("in", "nin") else [text])
    ]
    if None in values:
        invalid("filters", text)
    return Clause(field, operator, values if operator in ("in", "nin") else values[0])


def comparable(field: str, value: Any) -> Any:
    """A value that compares with its kind: moments with moments, text with text; None when it is neither."""
    if field.endswith("Time") and isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        return moment.timestamp() if moment.tzinfo else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None


def read_sort(text: str, fields: tuple[str, ...]) -> tuple[str, bool]:
    field, _, direction = text.partition(":")
    if field not in (*fields, "createdTime"):
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1130", field)
    if direction not in ("asc", "desc", ""):
        invalid("sort", text)
    return field, direction == "desc"


def token(query: Query, row: Record, *, backward: bool) -> str:
    place = [*sort_place(row, query.sort), backward, query.digest]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def read_token(text: str, digest: str) -> tuple[tuple[str, int], bool]:
    """Where the page starts; a token goes only with the filters and sort it was made for."""
    try:
        value, seq, backward, made_for = json.loads(base64.urlsafe_b64decode(text.encode("ascii")))
    except (ValueError, TypeError, RecursionError):
        invalid("page", text)
    if made_for != digest or not isinstance(value, str) or type(seq) is not int or abs(seq) >= 1 << 62:
        invalid("page", text)
    return (value, seq), bool(backward)


def invalid(name: str, value: str) -> NoReturn:
    raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1129", name, value)
