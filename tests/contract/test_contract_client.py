import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from onboarding.bill.client import BillClient
from onboarding.bill.outputs.lists import Page
from onboarding.bill.outputs.risk import Decision
from onboarding.bill.sessions import Secret
from tests.contract.client_calls import CALLS
from tests.contract.definition import ORGANIZATION, PARTNER
from tests.contract.examples import Example, examples, samples
from tests.onboarding.bill.wire import MemoryJournal

BILL = "https://gateway.stage.bill.com"
OF_BILL = ("sessionid", "appkey", "devkey", "organizationid", "x-idempotent-key", "content-type")
SESSION = {
    PARTNER: {"sessionid": "partnerSession", "appkey": "appKey"},
    ORGANIZATION: {"sessionid": "organizationSession", "devkey": "devKey"},
}


class Wire(httpx.BaseTransport):
    """Takes one request, and answers what the example says."""

    def __init__(self, example: Example) -> None:
        self.example = example
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = b"" if self.example.answer is None else json.dumps(self.example.answer).encode()
        return httpx.Response(self.example.status, stream=httpx.ByteStream(answer))


@contextmanager
def client_at(wire: Wire) -> Iterator[BillClient]:
    with BillClient(
        base_url=f"{BILL}/connect",
        app_key=Secret(samples()["appKey"]),
        dev_key=Secret(samples()["devKey"]),
        journal=MemoryJournal(),
        transport=wire,
    ) as client:
        yield client


@pytest.mark.parametrize("example", examples(), ids=str)
def test_the_client_sends_what_is_documented(example: Example) -> None:
    shown = example.filled(samples().__getitem__)
    wire = Wire(shown)

    with client_at(wire) as client:
        CALLS[shown.operation.id](client, shown)

    (request,) = wire.requests
    assert (request.method, str(request.url.copy_with(query=None))) == (
        shown.operation.method,
        BILL + shown.url,
    )
    assert dict(request.url.params) == {name: str(value) for name, value in shown.query.items()}
    headers = {name: request.headers[name] for name in OF_BILL if name in request.headers}
    assert headers == headers_of(shown)
    assert (exactly(request.content) if request.content else None) == exactly(json.dumps(shown.body))


@pytest.mark.parametrize("example", [one for one in examples() if one.answer is not None], ids=str)
def test_the_client_reads_what_is_documented(example: Example) -> None:
    shown = example.filled(samples().__getitem__)

    with client_at(Wire(shown)) as client:
        result = CALLS[shown.operation.id](client, shown)

    read = list(compared(spelled(result), shown.answer))
    assert read
    assert [value for value, _ in read] == [documented for _, documented in read]


def headers_of(example: Example) -> dict[str, str]:
    expected = {header: samples()[name] for header, name in SESSION.get(example.caller, {}).items()}
    expected |= {name.lower(): value for name, value in example.headers.items()}
    return expected | ({"content-type": "application/json"} if example.body is not None else {})


def exactly(body: bytes | str) -> Any:
    """The JSON with every digit of its numbers."""
    return json.loads(body, parse_float=Decimal, parse_int=Decimal)


def spelled(value: Any) -> Any:
    """What the client has read, under BILL's names."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Decision):
        return value.raw
    if isinstance(value, Page):
        return {"results": spelled(value.items)}
    if is_dataclass(value):
        return {camel(one.name): spelled(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {name: spelled(item) for name, item in value.items()}
    return [spelled(item) for item in value] if isinstance(value, tuple | list) else value


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def compared(read: Any, documented: Any) -> Iterator[tuple[Any, Any]]:
    """The values that the answer and what was read of it have under the same name."""
    if isinstance(documented, dict):
        for name in documented:
            if isinstance(read, dict) and name in read:
                yield from compared(read[name], documented[name])
    elif isinstance(documented, list):
        for one, other in zip(read, documented, strict=True):
            yield from compared(one, other)
    elif isinstance(read, datetime):
        yield read, datetime.fromisoformat(documented)
    elif isinstance(read, date):
        yield read, date.fromisoformat(documented)
    elif isinstance(read, Decimal):
        yield read, Decimal(str(documented))
    else:
        yield read, documented
