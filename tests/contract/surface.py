"""Every kind of request that the definition allows or forbids, with ids that exist."""

import copy
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import schemathesis
from schemathesis import Case, GenerationMode
from schemathesis.core import NotSet
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario
from schemathesis.specs.openapi.schemas import OpenApiSchema

from tests.contract.definition import Operation, definition
from tests.contract.examples import examples, samples
from tests.contract.seeded import Seeded

# The ids in the definition's own examples.
PREFIXES = {
    "006": "userId",
    "008": "organizationId",
    "009": "vendorId",
    "00n": "billId",
    "0cu": "customerId",
    "0po": "roleId",
    "stp": "paymentId",
}
CREDENTIALS = ("sessionId", "appKey", "devKey")
DEFINED = re.compile(r"(\w{3})01EXAMPLEEXAMPLE0")
NAMES = {value: name for name, value in samples().items()}


@cache
def surface() -> OpenApiSchema:
    """The definition with our examples in it: a request with one fault is right in everything else."""
    document = copy.deepcopy(definition())
    for example in examples():
        operation = document["paths"][example.operation.path][example.operation.method.lower()]
        shown = example.asked(samples().__getitem__)
        if shown.body is not None:
            content = operation["requestBody"]["content"]["application/json"]
            content.setdefault("examples", {})[str(example)] = {"value": shown.body}
        for parameter in operation.get("parameters", []):
            if parameter.get("in") == "query" and parameter["name"] in shown.query:
                value = {"value": shown.query[parameter["name"]]}
                parameter.setdefault("examples", {})[str(example)] = value
    # A made-up header can break the request itself, and then the server has its own word for that.
    rejected = {"checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}}}
    return schemathesis.openapi.from_dict(document, config=schemathesis.Config.from_dict(rejected))


def requests_of(operation: Operation, mode: GenerationMode) -> Iterator[Case[Any]]:
    """One request for each thing that the definition says of it; the same ones every time."""
    schema = surface()
    described = schema[operation.path][operation.method]
    # Methods that a path does not have are tried once per run unless this is forgotten.
    schema.coverage_unexpected_methods_seen.clear()
    return schema.iter_coverage_cases(
        described,
        generation_modes=[mode],
        generation_config=schema.config.generation_for(operation=described),
    )


def make_real(case: Case[Any], operation: Operation, seeded: Seeded) -> None:
    """Put what exists into all of the request but the part that is at fault."""
    example = next(one for one in examples() if one.operation is operation)
    for name in example.given:
        seeded[name]
    real = example.asked(seeded.__getitem__)
    for place, values in (("path_parameters", real.path), ("headers", real.headers)):
        container = getattr(case, place)
        for name in values:
            if name in container and not is_at_fault(case, place, name):
                container[name] = values[name]
    case.body = existing(case.body, seeded)


def is_at_fault(case: Case[Any], place: str, name: str) -> bool:
    assert case.meta is not None
    data = case.meta.phase.data
    location = {"path_parameters": ParameterLocation.PATH, "headers": ParameterLocation.HEADER}[place]
    if not isinstance(data, CoveragePhaseData):
        return case.meta.is_negative_at(location)
    return data.parameter == name and data.parameter_location is location and is_negative(case)


def is_negative(case: Case[Any]) -> bool:
    return case.meta is not None and case.meta.generation.mode.is_negative


def missing_headers(case: Case[Any]) -> set[str]:
    """The headers whose absence is this request's fault."""
    assert case.meta is not None
    data = case.meta.phase.data
    if not isinstance(data, CoveragePhaseData):
        negative = case.meta.is_negative_at(ParameterLocation.HEADER)
        return {name for name in CREDENTIALS if name not in case.headers} if negative else set()
    is_missing = data.scenario is CoverageScenario.MISSING_PARAMETER
    return (
        {str(data.parameter)} if is_missing and data.parameter_location is ParameterLocation.HEADER else set()
    )


def may_lack_its_body(case: Case[Any], operation: Operation) -> bool:
    """No body at all counts as a fault with the generator, even where a body may be left out."""
    optional = operation.takes_body and not operation.document["requestBody"].get("required", False)
    return optional and isinstance(case.body, NotSet)


def existing(value: Any, seeded: Seeded) -> Any:
    """The same with an existing id for each sample of one."""
    if isinstance(value, dict):
        return {key: existing(item, seeded) for key, item in value.items()}
    if isinstance(value, list):
        return [existing(item, seeded) for item in value]
    if not isinstance(value, str):
        return value
    if value in NAMES:
        return seeded[NAMES[value]]
    match = DEFINED.fullmatch(value)
    return seeded[PREFIXES[match[1]]] if match and match[1] in PREFIXES else value
