"""From the bytes of an answer to values we can trust the type of."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from onboarding.bill.errors import Problem
from onboarding.bill.sessions import Secret

_IDENTIFIER = re.compile(r"[!-~]{1,40}")
# What fits into a header line; a session id has no documented form.
_SESSION_ID = re.compile(r"[!-~]{1,1000}")


class UnreadableError(Exception):
    """The answer is not what the contract promises; it never leaves the client."""


def document_in(body: bytes) -> object:
    """The JSON document of a body; an empty body is None."""
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("not JSON") from error


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


def mapping(document: object) -> Mapping[str, object]:
    """The document as an object."""
    if not isinstance(document, dict):
        raise UnreadableError("not a JSON object")
    return document


def part(source: Mapping[str, object], key: str) -> Mapping[str, object] | None:
    """The object under the key, if it is one."""
    value = source.get(key)
    return value if isinstance(value, dict) else None


def text(source: Mapping[str, object], key: str) -> str:
    """The text under the key, or nothing."""
    value = source.get(key)
    return clean(value) if isinstance(value, str) else ""


def flag(source: Mapping[str, object], key: str) -> bool | None:
    """The truth value under the key; None is neither."""
    value = source.get(key)
    return value if isinstance(value, bool) else None


def moment(source: Mapping[str, object], key: str) -> datetime | None:
    """The instant under the key, in UTC; a time without a zone proves nothing and is None."""
    try:
        instant = datetime.fromisoformat(text(source, key))
        return instant.astimezone(UTC) if instant.tzinfo else None
    except (ValueError, OverflowError):
        return None


def identifier(source: Mapping[str, object], key: str = "id") -> str:
    """An id of BILL's: 1 to 40 visible characters. Its prefix is a habit of BILL's, not a promise."""
    value = source.get(key)
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise UnreadableError(f"no usable {key}")
    return value


def session_id(source: Mapping[str, object]) -> Secret:
    """The session id of a login."""
    value = source.get("sessionId")
    if not isinstance(value, str) or not _SESSION_ID.fullmatch(value):
        raise UnreadableError("no usable sessionId")
    return Secret(value)
