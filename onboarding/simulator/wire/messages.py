"""What passes through a listener: a request read in full, and what to do with the connection in return."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

Json: TypeAlias = dict[str, Any]
JSON_TYPE = "application/json"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True, errors="replace"))


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """An answer on its way: it may wait first, be cut short, or (no answer) close the connection silently."""

    answer: Answer | None
    wait_seconds: float = 0
    truncated: bool = False
    closes_port_for: float = 0
    # Called once, when the waiting is over and the answer goes to the socket.
    release: Callable[[], None] = lambda: None


def json_answer(status: int, content: Any) -> Answer:
    return Answer(status, json.dumps(content, separators=(",", ":")).encode())
