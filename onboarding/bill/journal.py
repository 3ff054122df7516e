"""The record that a call which can change anything leaves before it is sent, and after."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from onboarding.bill.pacing import Toll


@dataclass(frozen=True, slots=True)
class Call:
    """The intent: `payload` is the JSON to be sent, less its secrets and with amounts as texts.

    `toll` is what it counts for at BILL: a journal that keeps budgets settles both at once.
    """

    operation: str
    method: str
    path: str
    toll: Toll
    payload: Mapping[str, object] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to send until `send_by` on the monotonic clock; `key` is the journal's own name for the call."""

    send_by: float
    key: str = ""
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of the call."""

    request_sent: bool
    may_have_happened: bool
    latency_ms: int
    status: int | None = None
    codes: tuple[str, ...] = ()
    bill_id: str | None = None
    error: str | None = None
    excerpt: str = field(default="", repr=False)


class Journal(Protocol):
    """Where intents and answers are kept; when `open` raises, nothing is sent."""

    def open(self, call: Call) -> Ticket:
        """Record the intent durably, then allow the sending."""
        ...

    def close(self, ticket: Ticket, answer: Answer) -> None:
        """Record what became of it."""
        ...
