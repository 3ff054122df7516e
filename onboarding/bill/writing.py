"""From values to the bytes of a request."""

import json
from collections.abc import Mapping
from decimal import Decimal

from onboarding.bill.sessions import Secret

LONGEST = 30


class _ExactNumberError(Exception):
    """There is a number among the values that must keep its digits."""


def written(value: object) -> str:
    """The value as JSON; a Decimal keeps every digit, which the way through a float would not promise."""
    try:
        return json.dumps(value, default=_plain, ensure_ascii=False, allow_nan=False)
    except _ExactNumberError:
        return _digit_for_digit(value)


def _plain(value: object) -> object:
    # Asked only about what JSON does not know.
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Decimal):
        raise _ExactNumberError
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _digit_for_digit(value: object) -> str:
    match value:
        case Decimal() if value.is_finite():
            # A few characters of BILL's can stand for a number of a thousand digits.
            return format(value, "f") if abs(value.adjusted()) <= LONGEST else str(value)
        case Decimal():
            raise ValueError("JSON has no number for this")
        case Mapping():
            return (
                "{"
                + ", ".join(f"{json.dumps(str(key))}: {_digit_for_digit(value[key])}" for key in value)
                + "}"
            )
        case list() | tuple():
            return "[" + ", ".join(_digit_for_digit(item) for item in value) + "]"
        case _:
            return json.dumps(value, default=_plain, ensure_ascii=False, allow_nan=False)
