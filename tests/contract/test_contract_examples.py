from dataclasses import replace

import pytest

from tests.contract.definition import Operation, operations
from tests.contract.examples import Example, examples, samples


def sample_of(example: Example) -> Example:
    return example.filled(samples().__getitem__)


@pytest.mark.parametrize("operation", operations().values(), ids=str)
def test_every_operation_has_an_example(operation: Operation) -> None:
    assert [one for one in examples() if one.operation is operation]


@pytest.mark.parametrize("example", examples(), ids=str)
def test_examples_match_the_definition(example: Example) -> None:
    assert not problems_of(sample_of(example))


def test_examples_are_told_apart() -> None:
    titles = [str(one) for one in examples()]

    assert len(titles) == len(set(titles))


@pytest.mark.parametrize(
    "changed",
    [
        {"body": None},
        {"body": {"firstName": "Thomas", "roleId": "006 is no role"}},
        {"body": {"firstName": 1}},
        {"headers": {}},
        {"headers": {"organizationId": "006 is no organization"}},
        {"query": {"max": 20}},
        {"path": {}},
        {"answer": {}},
        {"status": 302},
    ],
    ids=str,
)
def test_the_definition_forbids_what_it_does_not_describe(changed: dict[str, object]) -> None:
    documented = next(one for one in examples() if one.operation.id == "updatePartnerUser")
    shown = replace(sample_of(documented), **changed)  # type: ignore[arg-type]  # of its kind or wrong

    assert problems_of(shown)


def problems_of(shown: Example) -> list[str]:
    request = shown.operation.problems_of_request(
        path=shown.path, query=shown.query, headers=shown.headers, body=shown.body
    )
    return request + shown.operation.problems_of_answer(shown.status, shown.answer)
