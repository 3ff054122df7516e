"""Amounts of money: JSON numbers outside, decimals inside."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
LARGEST = 10**12

Number = int | float


def is_amount(value: Number) -> bool:
    """Whole cents, and nothing so large that a JSON number would no longer be exact."""
    return abs(value) <= LARGEST and exact(value) == cents(exact(value))


def is_positive_amount(value: Number) -> bool:
    return value > 0 and is_amount(value)


def exact(value: Number) -> Decimal:
    """The number as it was written; a float's own digits would be 228.990000000000009…"""
    return Decimal(str(value))


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def number(value: Decimal) -> Number:
    return int(value) if value == value.to_integral_value() else float(value)
