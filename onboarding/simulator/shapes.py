"""The shapes of request bodies, checked strictly; every problem of a body is told at once."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus
from typing import Any

from onboarding.simulator.errors import Problem, Refusal
from onboarding.simulator.settings import words
from onboarding.simulator.wire.messages import Json

NUMBER = (int, float)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
COUNTRY = re.compile(r"[A-Z]{2}")
NINE_DIGITS = re.compile(r"[0-9]{9}")


@dataclass(frozen=True)
class Field:
    """One field of a body. `accepts` sees only values of the right type; with `fields` a list is one of objects."""

    name: str
    kind: type | tuple[type, ...] = str
    required: bool = False
    longest: int = 500
    accepts: Callable[[Any], object] = lambda value: True
    fields: tuple["Field", ...] = ()


def matching(pattern: re.Pattern[str]) -> Callable[[str], object]:
    return pattern.fullmatch


def one_of(allowed: str) -> Callable[[str], object]:
    """Any of the comma separated values, or anything when there are none."""
    values = words(allowed)
    return lambda value: not values or value in values


def is_date(value: str) -> bool:
    try:
        return len(value) == len("2024-12-31") and bool(date.fromisoformat(value))
    except ValueError:
        return False


def optional(fields: Iterable[Field]) -> tuple[Field, ...]:
    return tuple(replace(field, required=False) for field in fields)


@dataclass(frozen=True)
class Strictness:
    """What of a body is refused although nothing says that it must be."""

    unknown_fields: bool
    nulls: bool


def check(body: Json, fields: tuple[Field, ...], strictness: Strictness) -> Json:
    """The known fields of the body that have a value; raises Refusal with all problems."""
    problems = list(problems_of(body, fields, "", strictness))
    if problems:
        raise Refusal(HTTPStatus.BAD_REQUEST, *problems)
    return known(body, fields)


def problems_of(
    body: Json, fields: tuple[Field, ...], path: str, strictness: Strictness
) -> Iterator[Problem]:
    for field in fields:
        value, place = body.get(field.name), path + field.name
        if value is None or (value == "" and field.required):
            if field.required:
                yield Problem("BDC_1117", (place,))
            elif field.name in body and strictness.nulls:
                yield Problem("BDC_1124", (place,))
        else:
            yield from problems_of_value(value, field, place, strictness)
    if strictness.unknown_fields:
        for name in body.keys() - {field.name for field in fields}:
            yield Problem("BDC_1119", (path + name, ""))


def problems_of_value(value: Any, field: Field, place: str, strictness: Strictness) -> Iterator[Problem]:
    if not is_of_kind(value, field.kind):
        yield Problem("BDC_1124", (place,))
    elif isinstance(value, list):
        yield from problems_of_list(value, field, place, strictness)
    elif field.fields:
        yield from problems_of(value, field.fields, f"{place}.", strictness)
    elif (isinstance(value, str) and len(value) > field.longest) or not field.accepts(value):
        yield Problem("BDC_1119", (place, value if isinstance(value, str) else json.dumps(value)))


def problems_of_list(value: list[Any], field: Field, place: str, strictness: Strictness) -> Iterator[Problem]:
    if not field.accepts(value):
        yield Problem("BDC_1119", (place, f"{len(value)} entries"))
    for number, item in enumerate(value):
        if isinstance(item, dict):
            yield from problems_of(item, field.fields, f"{place}[{number}].", strictness)
        else:
            yield Problem("BDC_1124", (f"{place}[{number}]",))


def is_of_kind(value: Any, kind: type | tuple[type, ...]) -> bool:
    """In Python true is a number, in JSON it is not."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return bool in kinds if isinstance(value, bool) else isinstance(value, kinds)


def known(body: Json, fields: tuple[Field, ...]) -> Json:
    kept = {field: body[field.name] for field in fields if body.get(field.name) is not None}
    return {one.name: known_value(value, one) for one, value in kept.items()}


def known_value(value: Any, field: Field) -> Any:
    if not field.fields:
        return value
    return (
        [known(item, field.fields) for item in value]
        if isinstance(value, list)
        else known(value, field.fields)
    )
