import json
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from onboarding.bill.answers import error_of, problems_of
from onboarding.bill.client import BillClient
from onboarding.bill.errors import BillError, BillOutcomeUnknown, LimitReached, Problem
from onboarding.bill.outputs import Decision, DecisionValue
from onboarding.bill.sessions import Secret
from onboarding.bill.transport import Received
from tests.onboarding.bill.test_bill_calls import CHANGES, READS
from tests.onboarding.bill.wire import MemoryJournal

NOW = datetime(2026, 9, 1, 10, 59, 30, tzinfo=UTC)
KEYS = ["id", "name", "results", "nextPage", "sessionId", "decision", "hasPhone", "code", "message", "role"]
KEYS += [
    "address",
    "createdTime",
    "organizationId",
    "userId",
    "mfaStatus",
    "trusted",
    "industries",
    "severity",
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["008A", "APPROVE"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner),
    max_leaves=15,
)
BODY = JSON.map(lambda document: json.dumps(document).encode()) | st.binary(max_size=200)


def wait_for(status: int, *codes: str, retry_after: str = "", now: datetime = NOW) -> timedelta:
    error = error_of(
        Received(status=status, retry_after=retry_after, body=b""),
        "list_partner_users",
        problems=tuple(Problem(code=code, message="") for code in codes),
        excerpt="",
        has_session=True,
        now=now,
    )
    assert isinstance(error, LimitReached)
    return error.wait


@settings(deadline=None)
@given(body=BODY, status=st.sampled_from([200, 201, 204, 301, 400, 401, 403, 404, 408, 429, 500, 503]))
@example(body=b"[" * 5000, status=200)
@example(body=b'{"a":' * 900 + b"1" + b"}" * 900, status=400)
@example(body=b'{"decision": ' + b"[" * 900 + b"]" * 900 + b"}", status=200)
@example(body=b'{"results": [{"id": "008", "name": "\\ud800\\u0000"}]}', status=200)
@example(body=b'{"id": "008", "createdTime": "0001-01-01T00:00:00+23:59"}', status=200)
@example(body=b"9" * 5000, status=500)
def test_no_answer_raises_anything_but_bill_errors(body: bytes, status: int) -> None:
    journal = MemoryJournal()
    errors: list[BillError] = []
    transport = httpx.MockTransport(lambda request: httpx.Response(status, stream=httpx.ByteStream(body)))
    key = Secret("key")
    with BillClient(
        base_url="http://x/connect", app_key=key, dev_key=key, journal=journal, transport=transport
    ) as client:
        for use in [read[0] for read in READS] + [change[0] for change in CHANGES]:
            try:
                use(client)
            except BillError as error:
                errors.append(error)

    # What is kept of an answer can be written anywhere: no half surrogate pairs, no NUL.
    kept = "".join(f"{error}{error.excerpt}{[p.message for p in error.problems]}" for error in errors)
    assert "\0" not in kept.encode().decode()
    assert all(len(error.excerpt) <= 2000 for error in errors)
    assert len(journal.answers) == len(journal.calls) == len(CHANGES)


@given(word=JSON)
def test_only_the_documented_word_approves(word: object) -> None:
    decision = Decision.of(word)

    assert decision.is_approved == (word == "APPROVE")
    assert decision.is_recognised == (
        word in ("IN_PROGRESS", "REVIEW", "HOLD", "APPROVE", "DECLINE", "PENDING")
    )
    assert not (decision.is_terminal and not decision.is_recognised)


def test_pending_is_the_old_word_for_in_progress() -> None:
    assert Decision.of("PENDING") == Decision(value=DecisionValue.IN_PROGRESS, raw="PENDING")


def test_hourly_limit_waits_for_the_full_hour() -> None:
    assert wait_for(400, "BDC_1144") == timedelta(seconds=31)


@pytest.mark.parametrize(("into_hour", "seconds"), [(0, 30), (119, 30), (120, 3481), (3599, 2)])
def test_hourly_limit_at_the_turn_of_the_hour_asks_again_soon(into_hour: int, seconds: int) -> None:
    now = datetime(2026, 11, 21, 13, tzinfo=UTC) + timedelta(seconds=into_hour)

    assert wait_for(400, "BDC_1144", now=now) == timedelta(seconds=seconds)


def test_concurrency_limit_waits_a_second() -> None:
    assert wait_for(429, "BDC_1322") == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [("", 60), ("7", 7), ("99999", 3600), ("٣", 60), ("Fri, 1 Jan", 60)]
)
def test_wordless_limit_waits_as_told(retry_after: str, seconds: int) -> None:
    assert wait_for(429, retry_after=retry_after) == timedelta(seconds=seconds)


def test_message_is_kept_with_its_placeholder() -> None:
    body = b'[{"code": "BDC_1152", "message": "Invalid : ${paramName0}.", "severity": "ERROR", "params": {}}]'

    problems = problems_of(Received(status=422, retry_after="", body=body), [])

    assert problems == (Problem(code="BDC_1152", message="Invalid : ${paramName0}.", severity="ERROR"),)


def test_errors_survive_pickling() -> None:
    error = LimitReached("create_partner_user", status=429, wait=timedelta(seconds=5))

    copy: Any = pickle.loads(pickle.dumps(error))

    assert (str(copy), copy.wait, copy.status) == (str(error), error.wait, 429)


def test_error_says_codes_and_not_messages() -> None:
    problems = (Problem(code="BDC_1119", message="taxId 123456789"),) * 2

    assert str(BillOutcomeUnknown("create_partner_user", status=500, problems=problems)) == (
        "create_partner_user has an unknown outcome (HTTP 500, BDC_1119)"
    )
