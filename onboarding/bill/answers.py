"""What an answer of BILL's means: a document to read, or one of the errors."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from onboarding.bill.errors import (
    BillError,
    BillOutcomeUnknown,
    BillRefused,
    LimitReached,
    Problem,
    SessionExpired,
    SessionUntrusted,
)
from onboarding.bill.reading import UnreadableError, clean, document_in, problems_in
from onboarding.bill.redaction import mask_values, redact, redact_text
from onboarding.bill.transport import Received
from onboarding.bill.writing import written

LONGEST_EXCERPT = 2000
_REQUEST_TIMEOUT = 408
_TOO_MANY_REQUESTS = 429
_UNAUTHORIZED = 401
_SECOND = timedelta(seconds=1)
_HALF_MINUTE = timedelta(seconds=30)
_MINUTE = timedelta(minutes=1)
_CLOCKS_DIFFER = timedelta(minutes=2)
_HOUR = timedelta(hours=1)


def document_of(received: Received) -> object:
    """The document of a 2xx answer. BILL's error array in one is not a document."""
    document = document_in(received.body)
    if isinstance(document, list) and any(problem.code for problem in problems_in(document)):
        raise UnreadableError("an error array")
    return document


def excerpt_of(received: Received, secrets: Iterable[str], *, answers_secret: bool) -> str:
    """The start of an answer that was not expected, without secrets."""
    text = clean(received.body.decode("utf-8", "replace")).strip()
    # What a login or a new key answers is a secret wherever it stands; a page of HTML is none.
    if answers_secret and 200 <= received.status < 300 and not text.startswith("<"):
        return "[the answer is a secret and is not kept]" if text else ""
    try:
        text = clean(written(redact(document_in(received.body)))) if text else ""
    except UnreadableError:
        text = redact_text(text)
    return mask_values(text, secrets)[:LONGEST_EXCERPT]


def problems_of(
    received: Received, secrets: Iterable[str], *, only_coded: bool = False
) -> tuple[Problem, ...]:
    """All entries of the error array; BILL can repeat values in its messages, so they are masked."""
    known = tuple(secrets)
    try:
        found = problems_in(document_in(received.body))
    except UnreadableError:
        return ()
    # Where a secret was expected, a text without a code may be it.
    kept = (problem for problem in found if problem.code or not only_coded)
    return tuple(replace(problem, message=mask_values(problem.message, known)) for problem in kept)


def is_documented(problems: tuple[Problem, ...]) -> bool:
    """Whether the answer says with BILL's codes what is wrong."""
    return bool(problems) and all(problem.code for problem in problems)


def error_of(
    received: Received,
    operation: str,
    *,
    problems: tuple[Problem, ...],
    excerpt: str,
    has_session: bool,
    now: datetime,
) -> BillError:
    """The error that an answer other than 2xx stands for."""
    status = received.status
    if not 400 <= status < 500 or status == _REQUEST_TIMEOUT:
        return BillOutcomeUnknown(operation, status=status, problems=problems, excerpt=excerpt)
    codes = {problem.code for problem in problems}
    # A gateway in front of BILL may say 401 in its own words: with a session that is an ended one.
    wordless = status == _UNAUTHORIZED and not any(codes)
    if has_session and ("BDC_1109" in codes or wordless):
        return SessionExpired(operation, status=status, problems=problems, excerpt=excerpt)
    if has_session and "BDC_1361" in codes:
        return SessionUntrusted(operation, status=status, problems=problems, excerpt=excerpt)
    wait = _wait(status, codes, received.retry_after, now)
    if wait is not None:
        return LimitReached(operation, status=status, problems=problems, excerpt=excerpt, wait=wait)
    return BillRefused(operation, status=status, problems=problems, excerpt=excerpt)


def _wait(status: int, codes: set[str], retry_after: str, now: datetime) -> timedelta | None:
    if "BDC_1144" in codes:
        into_hour = timedelta(minutes=now.minute, seconds=now.second, microseconds=now.microsecond)
        # BILL's hour may begin a little later than ours: it can still be the one that is used up.
        return _HALF_MINUTE if into_hour < _CLOCKS_DIFFER else _HOUR - into_hour + _SECOND
    if "BDC_1322" in codes:
        return _SECOND
    if status != _TOO_MANY_REQUESTS:
        return None
    # A date is allowed here as well; then, and when nothing is said, a minute is the safe guess.
    seconds = int(retry_after) if re.fullmatch(r"[0-9]{1,5}", retry_after) else 0
    return min(timedelta(seconds=seconds), _HOUR) if seconds else _MINUTE
