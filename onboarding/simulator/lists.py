"""Lists as BILL answers them: filters, sort, and pages behind opaque tokens."""

import base64
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from itertools import islice
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from onboarding.simulator.call import Call
from onboarding.simulator.errors import refusal
from onboarding.simulator.settings import words
from onboarding.simulator.store import CHUNK, Record
from onboarding.simulator.trouble.lag import visibility
from onboarding.simulator.wire.messages import Answer, Json

DEFAULT_MAX, HIGHEST_MAX = 20, 100
CLAUSE = re.compile(r'\s*([A-Za-z.]+):([A-Za-z]+):("(?:[^"\\]|\\.)*"|[^,"]*)\s*(?:,|$)')
# BILL tells users apart by it without regard to case.
CASELESS = frozenset({"username"})
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
    question: tuple[str, str]
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
            kind,
            partner=partner,
            organization=organization,
            descending=reversed_order,
            beyond=beyond,
            # Without filters no more than this page and the one behind it is looked at.
            chunk=CHUNK if query.clauses else query.limit + 1,
        )
    else:
        found = call.world.store.all(kind, partner=partner, organization=organization)
        records = in_order(found, query, reversed_order)
    is_visible = visibility(call.world)
    matching = (
        one
        for one in records
        if is_visible(one) and all(clause.accepts(one.body) for clause in query.clauses)
    )
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
    asked = asked_once(call)
    limit = read_max(call, asked.get("max", str(DEFAULT_MAX)))
    page = read_token(asked["page"]) if asked.get("page") else None
    # A page knows what it is a page of; repeating the filters and the sort is allowed, changing them is not.
    filters, order = (
        asked.get(name) or (page.question[n] if page else "") for n, name in enumerate(("filters", "sort"))
    )
    clauses = read_filters(filters, fields)
    default = "createdTime:" + ("desc" if call.world.settings.list_order == "newest first" else "asc")
    sort, descending = read_sort(order or default, fields)
    question = [
        call.operation,
        call.caller.partner_id,
        call.caller.organization_id,
        filters,
        sort,
        descending,
    ]
    digest = hashlib.sha256(json.dumps(question).encode()).hexdigest()[:8]
    if page and page.made_for != digest:
        invalid("page", asked["page"])
    place, backward = (page.place, page.backward) if page else (None, False)
    return Query(limit, clauses, sort, descending, place, backward, (filters, order), digest)


def asked_once(call: Call) -> dict[str, str]:
    """The query's parameters; one that is given twice has no value that could be meant."""
    given = parse_qsl(call.request.query, keep_blank_values=True, errors="replace")
    for name, how_often in Counter(name for name, _ in given).items():
        if how_often > 1:
            invalid(name, "given more than once")
    return dict(given)


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
        clauses.append(read_clause(field, operator, unquoted(value)))
        position = match.end()
    return tuple(clauses)


def unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


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
    if not isinstance(value, str):
        return None
    return value.casefold() if field in CASELESS else value


def read_sort(text: str, fields: tuple[str, ...]) -> tuple[str, bool]:
    field, _, direction = text.partition(":")
    if field not in (*fields, "createdTime"):
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1130", field)
    if direction not in ("asc", "desc", ""):
        invalid("sort", text)
    return field, direction == "desc"


def token(query: Query, row: Record, *, backward: bool) -> str:
    content = [*sort_place(row, query.sort), backward, *query.question, query.digest]
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


@dataclass(frozen=True)
class Page:
    """What a token says: where the page starts, in which direction, and of which list."""

    place: tuple[str, int]
    backward: bool
    question: tuple[str, str]
    made_for: str


def read_token(text: str) -> Page:
    try:
        value, seq, backward, filters, sort, digest = json.loads(
            base64.urlsafe_b64decode(text.encode("ascii"))
        )
    except (ValueError, TypeError, RecursionError):
        invalid("page", text)
    texts = (value, filters, sort, digest)
    if not all(isinstance(one, str) for one in texts) or type(seq) is not int or abs(seq) >= 1 << 62:
        invalid("page", text)
    return Page((value, seq), bool(backward), (filters, sort), digest)


def invalid(name: str, value: str) -> NoReturn:
    raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1129", name, value)
