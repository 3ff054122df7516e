"""From the bytes of an answer to values we can trust the type of."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeAlias

from onboarding.bill.errors import Problem
from onboarding.bill.sessions import Secret

Source: TypeAlias = Mapping[str, object]

_IDENTIFIER = re.compile(r"[!-~]{1,40}")
# What fits into a header line; session ids, keys and the ids of MFA have no documented form.
_OPAQUE = re.compile(r"[!-~]{1,1000}")
_LARGEST_EXPONENT = 400


class UnreadableError(Exception):
    """The answer is not what the contract promises; it never leaves the client."""


def document_in(body: bytes) -> object:
    """The JSON document of a body; an empty body is None."""
    if not body.strip():
        return None
    try:
        return json.loads(body, parse_float=_decimal, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise UnreadableError("not JSON") from error


def _decimal(digits: str) -> Decimal:
    number = Decimal(digits)
    # Written out, a number of a few bytes can fill the memory.
    if abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise ValueError("a number out of all proportion")
    return number


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def clean(text: str) -> str:
    """Text that any database and any log can take: no NUL, no half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


def problems_in(document: object) -> tuple[Problem, ...]:
    """Every entry of an error array; a single error object or a list of texts is taken as well."""
    entries = document if isinstance(document, list) else [document]
    read = (_problem(entry) for entry in entries)
    return tuple(problem for problem in read if problem.code or problem.message)


def _problem(entry: object) -> Problem:
    if isinstance(entry, str):
        return Problem(code="", message=clean(entry)[:1000])
    if not isinstance(entry, Mapping):
        return Problem(code="", message="")
    return Problem(
        code=text(entry, "code")[:40],
        message=text(entry, "message")[:1000],
        severity=text(entry, "severity")[:40],
    )


def mapping(document: object) -> Source:
    """The document as an object."""
    if not isinstance(document, dict):
        raise UnreadableError("not a JSON object")
    return document


def part(source: Source, key: str) -> Source | None:
    """The object under the key, if it is one."""
    value = source.get(key)
    return value if isinstance(value, dict) else None


def parts(source: Source, key: str) -> tuple[Source, ...]:
    """The objects of the list under the key, if there is one."""
    value = source.get(key)
    return tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def text(source: Source, key: str) -> str:
    """The text under the key, or nothing."""
    value = source.get(key)
    return clean(value) if isinstance(value, str) else ""


def word(source: Source, key: str) -> str:
    """The text or number under the key, spelled out, or nothing."""
    value = source.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    return clean(str(value))


def amount(source: Source, key: str) -> Decimal | None:
    """The number under the key, exact to the last digit."""
    value = source.get(key)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


def count(source: Source, key: str) -> int | None:
    """The whole number under the key."""
    value = source.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(source: Source, key: str) -> bool | None:
    """The truth value under the key; None is neither."""
    value = source.get(key)
    return value if isinstance(value, bool) else None


def moment(source: Source, key: str) -> datetime | None:
    """The instant under the key, in UTC; a time without a zone proves nothing and is None."""
    try:
        instant = datetime.fromisoformat(text(source, key))
        return instant.astimezone(UTC) if instant.tzinfo else None
    except (ValueError, OverflowError):
        return None


def day(source: Source, key: str) -> date | None:
    """The date under the key."""
    try:
        return date.fromisoformat(text(source, key))
    except ValueError:
        return None


def identifier(source: Source, key: str = "id") -> str:
    """An id of BILL's: 1 to 40 visible characters. Its prefix is a habit of BILL's, not a promise."""
    value = source.get(key)
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise UnreadableError(f"no usable {key}")
    return value


def opaque(source: Source, key: str) -> str:
    """A value of BILL's to be handed back as it is."""
    value = source.get(key)
    if not isinstance(value, str) or not _OPAQUE.fullmatch(value):
        raise UnreadableError(f"no usable {key}")
    return value


def secret(source: Source, key: str) -> Secret:
    """A session id, a key or another value that nobody may see."""
    return Secret(opaque(source, key))
