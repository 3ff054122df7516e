"""The contract in machine form: BILL's operations, and what may be sent and answered."""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from jsonschema_rs import Draft202012Validator

FILE = Path(__file__).with_name("openapi.yaml")
METHODS = ("get", "post", "put", "patch", "delete")
PARTNER, ORGANIZATION = "partner", "organization"
SCHEMES = {"partnerSession": PARTNER, "orgSession": ORGANIZATION}


@dataclass(frozen=True)
class Operation:
    """One operation; `base` is where its path begins at the server."""

    id: str
    method: str
    path: str
    base: str
    document: dict[str, Any]

    def __str__(self) -> str:
        return self.id

    @property
    def name(self) -> str:
        """Its name in Python: the simulator's operation and the client's method."""
        return snake(self.id)

    @property
    def callers(self) -> tuple[str, ...]:
        """Whose sessions may call it; nobody's when it needs none."""
        schemes = (name for pair in self.document["security"] for name in pair)
        return tuple(SCHEMES[name] for name in schemes if name in SCHEMES)

    @property
    def takes_body(self) -> bool:
        return "requestBody" in self.document

    def problems_of_request(self, *, path: Any, query: Any, headers: Any, body: Any) -> list[str]:
        """What the definition forbids of this request; None is no body at all."""
        sent = {"path": path, "query": query, "header": headers}
        found = []
        for parameter in self._parameters:
            values = sent[parameter["in"]]
            if parameter["name"] in values:
                found += problems(parameter["schema"], values[parameter["name"]], parameter["name"])
            elif parameter.get("required"):
                found.append(f"{parameter['in']} lacks {parameter['name']}")
        known = {(parameter["in"], parameter["name"]) for parameter in self._parameters}
        found += [
            f"{place} has {name}" for place in sent for name in sent[place] if (place, name) not in known
        ]
        if not self.takes_body:
            return found + ([] if body is None else ["a body where none is taken"])
        if body is None:
            return [*found, "no body"]
        return found + problems(schema_in(self.document["requestBody"]), body, "body")

    def problems_of_answer(self, status: int, body: Any) -> list[str]:
        """What the definition forbids of this answer; None is an empty body."""
        answers = self.document["responses"]
        wanted = answers.get("200" if 200 <= status < 300 else f"{status // 100}XX")
        if wanted is None:
            return [f"status {status} is not defined"]
        schema = schema_in(resolved(wanted))
        return [] if schema is None else problems(schema, body, "answer")

    @cached_property
    def _parameters(self) -> list[dict[str, Any]]:
        return [resolved(one) for one in self.document.get("parameters", [])]


@cache
def definition() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return document


@cache
def operations() -> dict[str, Operation]:
    """Every operation by its operationId."""
    found = {}
    for path, item in definition()["paths"].items():
        for method in METHODS:
            if method in item:
                servers = item[method].get("servers") or item.get("servers") or definition()["servers"]
                base = "/" + servers[0]["url"].rpartition("/")[2]
                one = Operation(item[method]["operationId"], method.upper(), path, base, item[method])
                assert one.id not in found, f"two operations are called {one.id}"
                found[one.id] = one
    return found


def snake(name: str) -> str:
    """BILL's name as it is spelled in Python."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def resolved(document: dict[str, Any]) -> dict[str, Any]:
    """The document, or the component it points to."""
    if "$ref" not in document:
        return document
    target: Any = definition()
    for part in document["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return dict(target)


def schema_in(document: dict[str, Any]) -> dict[str, Any] | None:
    content = document.get("content", {}).get("application/json", {})
    schema: dict[str, Any] | None = content.get("schema")
    return schema


def problems(schema: dict[str, Any] | None, value: Any, place: str) -> list[str]:
    # Embedded, so that the pointers of the definition find their targets.
    document = {**(schema or {}), "components": definition()["components"]}
    validator = Draft202012Validator(document, validate_formats=True, offline=True)
    return [f"{place}{'/'.join(map(str, ['', *error.instance_path]))}: {error.message}"
            for error in validator.iter_errors(value)]  # fmt: skip
