from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.contract.examples import Example, examples
from tests.contract.seeded import Seeded

# What is refused once it has been deleted.
GONE = {
    "deleteSubscription": (
        "getSubscription",
        "replaceSubscription",
        "updateSubscription",
        "createSecurityKey",
        "sendTestEvent",
        "listEvents",
        "deleteSubscription",
    ),
    "deleteVendorConnection": ("getVendorInvitation", "deleteVendorConnection"),
    "deleteCustomerConnection": ("getCustomerInvitation", "deleteCustomerConnection"),
}


@pytest.mark.parametrize("example", examples(), ids=str)
def test_the_simulator_answers_as_documented(example: Example, seeded: Seeded) -> None:
    seeded.subscriber = example.caller or seeded.subscriber

    response = seeded.send(example)

    assert response.status_code == example.status, response.text
    answered = response.json() if example.answer is not None else None
    assert not example.operation.problems_of_answer(response.status_code, answered)
    assert not list(missing(example.answer, answered, "answer"))


@pytest.mark.parametrize(
    ("deleting", "later"), [(deleting, later) for deleting, names in GONE.items() for later in names]
)
def test_what_is_deleted_is_gone(deleting: str, later: str, seeded: Seeded) -> None:
    request = replace(example_of(later), given=())
    deleted = seeded.send(example_of(deleting))

    assert (deleted.status_code, seeded.send(request).status_code) == (200, 404)


def example_of(operation: str) -> Example:
    return next(one for one in examples() if one.operation.id == operation)


def missing(documented: Any, answered: Any, place: str) -> Iterator[str]:
    """The fields of the documented answer that the given one lacks; of a list one entry must have them."""
    if isinstance(documented, dict):
        given = answered if isinstance(answered, dict) else {}
        for name, value in documented.items():
            if name in given:
                yield from missing(value, given[name], f"{place}.{name}")
            else:
                yield f"{place}.{name}"
    elif isinstance(documented, list) and documented:
        entries = answered if isinstance(answered, list) else []
        lacks = [list(missing(documented[0], entry, f"{place}[]")) for entry in entries]
        yield from min(lacks, key=len, default=[f"{place}[]"])
