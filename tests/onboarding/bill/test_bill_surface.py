import contextlib
import json
import logging

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.bill.client import BillClient
from onboarding.bill.errors import BillError, BillOutcomeUnknown, BillRefused
from onboarding.bill.redaction import MASK, RedactionFilter
from onboarding.bill.sessions import Secret
from tests.onboarding.bill.documented import (
    banks,
    mfa,
    network,
    organizations,
    payables,
    sessions,
    vendors,
    webhooks,
)
from tests.onboarding.bill.documented.call import CALLER_HEADERS, Documented, spoiled, with_strange_fields
from tests.onboarding.bill.test_bill_answers import BODY
from tests.onboarding.bill.test_bill_calls import CHANGES, READS
from tests.onboarding.bill.wire import CHILD, PARTNER, MemoryJournal, Wire, fails, raw, says

FAMILIES = (sessions, organizations, mfa, webhooks, vendors, payables, banks, network)
CALLS: list[Documented] = [call for family in FAMILIES for call in family.CALLS]
each_call = pytest.mark.parametrize("call", CALLS, ids=str)
PAGES = {"organization_pages", "user_pages"}
# The address of a search holds what is searched for; it is masked where it is logged.
SPELLED_OUT = CHILD.id.reveal(), PARTNER.id.reveal()


class Stub:
    """A transport that gives the same answer to everything, for what the wire adds nothing to."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self.body = body
        self.status = status
        self.journal = MemoryJournal()
        key = Secret("key")
        transport = httpx.MockTransport(
            lambda request: httpx.Response(self.status, stream=httpx.ByteStream(self.body))
        )
        self.client = BillClient(
            base_url="http://x/connect", app_key=key, dev_key=key, journal=self.journal, transport=transport
        )


@each_call
def test_call_is_sent_and_read_as_documented(
    wire: Wire, bill: BillClient, journal: MemoryJournal, call: Documented
) -> None:
    wire.will(raw(b"") if call.answer is None else says(call.answer))

    result = call.use(bill)

    (request,) = wire.requests
    method, path = call.sent.split(" ")
    assert (request.method, request.path) == (method, call.base + path)
    assert {key: request.headers[key] for key in CALLER_HEADERS if key in request.headers} == call.headers
    assert (request.json() if request.body else None) == call.body
    assert request.headers.get("content-type") == (None if call.body is None else "application/json")
    assert result == call.result
    assert len(journal.calls) == (0 if call.is_read else 1)
    for recorded, answer in zip(journal.calls, journal.answers, strict=True):
        assert (recorded.method, recorded.path) == (method, path)
        assert (answer.status, answer.bill_id, answer.error) == (200, call.bill_id, None)
        json.dumps(recorded.payload)


@each_call
def test_fields_that_nobody_documents_change_nothing(call: Documented) -> None:
    answer = Stub(json.dumps(with_strange_fields(call.answer)).encode())

    result = call.use(answer.client)

    # What a user may do, and what an event tells of, is BILL's own list.
    assert call.sent.endswith("/permissions") or "/events/subscription/" in call.sent or result == call.result


@each_call
@pytest.mark.parametrize("how", ["null", "absent"])
def test_only_what_is_indispensable_has_to_be_there(call: Documented, how: str) -> None:
    def spoil(source: dict[str, object], key: str) -> None:
        if how == "null":
            source[key] = None
        else:
            del source[key]

    for path, answer in spoiled(call.answer, spoil):
        stub = Stub(json.dumps(answer).encode())
        if path in call.needs:
            with pytest.raises(BillOutcomeUnknown):
                call.use(stub.client)
        else:
            call.use(stub.client)

    paths = {path for path, _ in spoiled(call.answer, spoil)}
    assert paths >= set(call.needs)


@each_call
def test_secrets_are_kept_nowhere(
    wire: Wire, bill: BillClient, journal: MemoryJournal, caplog: pytest.LogCaptureFixture, call: Documented
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.handler.addFilter(RedactionFilter())
    secrets = {*call.secrets, *(secret for secret in SPELLED_OUT if secret in call.headers.values())}
    echo = " and ".join(secrets)
    answers = [says(call.answer), raw(echo.encode()), raw(echo.encode(), 500)]
    wire.will(*answers, fails(400, "BDC_1119", message=echo), says({"deep": [echo]}, 400))

    kept = repr(call.use(bill))
    for _ in range(4):
        try:
            call.use(bill)
        except (BillRefused, BillOutcomeUnknown) as error:
            kept += f"{error.__dict__} {error!r}"
    kept += repr(journal.answers) + repr(journal.calls) + caplog.text

    told = [str(recorded.payload) for recorded in journal.calls]
    private = [secret for secret in secrets if secret in kept]
    private += [secret for secret in secrets if is_no_personal_detail(secret) and secret in "".join(told)]
    assert private == []
    assert "canary" not in kept
    assert MASK in kept or not secrets


def is_no_personal_detail(secret: str) -> bool:
    """A journal is told of people, but of no password, token, key or account number."""
    return secret.startswith("canary") or secret == mfa.TOKEN


@settings(deadline=None, max_examples=25)
@given(body=BODY, status=st.sampled_from([200, 201, 204, 400, 401, 403, 404, 429, 500]))
def test_no_answer_raises_anything_but_bill_errors_anywhere(body: bytes, status: int) -> None:
    for call in CALLS:
        stub = Stub(body, status)
        with contextlib.suppress(BillError):
            call.use(stub.client)
        assert "\0" not in "".join(answer.excerpt for answer in stub.journal.answers).encode().decode()
        assert len(stub.journal.answers) == len(stub.journal.calls)


def test_every_method_is_among_the_documented_calls() -> None:
    seen = set()

    class Seen:
        def __getattr__(self, name: str) -> object:
            seen.add(name)
            return lambda **arguments: None

    for use in [call.use for call in CALLS] + [read[0] for read in READS] + [change[0] for change in CHANGES]:
        use(Seen())  # type: ignore[arg-type]

    methods = {name for name in dir(BillClient) if not name.startswith("_")} - {"close"} - PAGES
    assert seen == methods
