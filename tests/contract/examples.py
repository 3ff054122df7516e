"""The documented examples: one exchange each, with placeholders for what only a living BILL can supply."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.contract.definition import Operation, operations

FOLDER = Path(__file__).with_name("examples")
SAMPLES = "samples.yaml"
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Example:
    """A request and its answer; `given` names what must exist at BILL although the request does not name it."""

    operation: Operation
    title: str
    caller: str
    path: Mapping[str, str]
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any
    given: tuple[str, ...]
    status: int
    answer: Any

    def __str__(self) -> str:
        return f"{self.operation.id}: {self.title}" if self.title else self.operation.id

    @property
    def url(self) -> str:
        """Its address below the server's, without the query."""
        return self.operation.base + PLACEHOLDER.sub(lambda match: self.path[match[1]], self.operation.path)

    def changed(self, **fields: Any) -> "Example":
        """The same with other values in its body."""
        return replace(self, body={**self.body, **fields})

    def filled(self, supply: Callable[[str], str]) -> "Example":
        """The same with a value for each placeholder."""
        return replace(self.asked(supply), answer=filled(self.answer, supply))

    def asked(self, supply: Callable[[str], str]) -> "Example":
        """The same with a value for each placeholder of what is sent."""
        parts = ("path", "query", "headers", "body")
        return replace(self, **{part: filled(getattr(self, part), supply) for part in parts})


def filled(value: Any, supply: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {key: filled(item, supply) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, supply) for item in value]
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda match: supply(match[1]), value)
    return value


@cache
def samples() -> dict[str, str]:
    """A documented value for each placeholder."""
    read: dict[str, str] = yaml.safe_load((FOLDER / SAMPLES).read_text())
    return read


@cache
def examples() -> tuple[Example, ...]:
    """All examples with their placeholders."""
    files = sorted(path for path in FOLDER.glob("*.yaml") if path.name != SAMPLES)
    return tuple(read(entry) for path in files for entry in yaml.safe_load(path.read_text()))


def read(entry: dict[str, Any]) -> Example:
    operation = operations()[entry["operation"]]
    return Example(
        operation=operation,
        title=entry.get("title", ""),
        caller=entry.get("caller", (*operation.callers, "")[0]),
        path=entry.get("path", {}),
        query=entry.get("query", {}),
        headers=entry.get("headers", {}),
        body=entry.get("body"),
        given=tuple(entry.get("given", ())),
        status=entry.get("status", 200),
        answer=entry.get("answer"),
    )
