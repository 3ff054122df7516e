"""The shapes of request bodies, checked strictly; every problem of a body is told at once."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus
from typing import Any

from onboarding.simulator.errors import Problem, Refusal
from onboarding.simulator.messages import Json
from onboarding.simulator.settings import words

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
COUNTRY = re.compile(r"[A-Z]{2}")
NINE_DIGITS = re.compile(r"[0-9]{9}")


@dataclass(frozen=True)
class Field:
    """One field of a body. `accepts` sees only values of the right type."""

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


def check(body: Json, fields: tuple[Field, ...], *, refuse_unknown: bool) -> Json:
    """The known fields of the body that have a value; raises Refusal with all problems."""
    problems = list(problems_of(body, fields, "", refuse_unknown=refuse_unknown))
    if problems:
        raise Refusal(HTTPStatus.BAD_REQUEST, *problems)
    return known(body, fields)


def problems_of(
    body: Json, fields: tuple[Field, ...], path: str, *, refuse_unknown: bool
) -> Iterator[Problem]:
    for field in fields:
        value, place = body.get(field.name), path + field.name
        fits = isinstance(value, field.kind)
        if value is None or (value == "" and field.required):
            if field.required:
                yield Problem("BDC_1117", (place,))
        elif not fits:
            yield Problem("BDC_1124", (place,))
        elif field.fields:
            yield from problems_of(value, field.fields, f"{place}.", refuse_unknown=refuse_unknown)
        elif (isinstance(value, str) and len(value) > field.longest) or not field.accepts(value):
            yield Problem("BDC_1119", (place, str(value)))
    if refuse_unknown:
        for name in body.keys() - {field.name for field in fields}:
            yield Problem("BDC_1119", (path + name, ""))


def known(body: Json, fields: tuple[Field, ...]) -> Json:
    kept = {field: body[field.name] for field in fields if body.get(field.name) is not None}
    return {one.name: known(value, one.fields) if one.fields else value for one, value in kept.items()}
