"""What the payloads have in common."""

from collections.abc import Mapping
from decimal import Decimal


def filled(**values: object) -> dict[str, object]:
    """The values that are given; an empty text is not."""
    return {key: value for key, value in values.items() if value is not None and value != ""}


def given(**values: object) -> dict[str, object]:
    """The values of a change: None leaves BILL's value alone, an empty text takes it away."""
    return {key: value for key, value in values.items() if value is not None}


def require(**values: str) -> None:
    """Refuse empty texts."""
    missing = [name for name, value in values.items() if not value.strip()]
    if missing:
        raise ValueError(f"{', '.join(missing)} must not be empty.")


def require_changes(payload: Mapping[str, object]) -> None:
    """Refuse a change that changes nothing."""
    if not payload:
        raise ValueError("A change needs at least one value.")


def require_money(**values: Decimal | None) -> None:
    """Refuse what no amount of money is: a float has lost its cents before it comes here."""
    for name, value in values.items():
        if value is None:
            continue
        if not isinstance(value, Decimal) or not value.is_finite() or abs(value.adjusted()) > 15:
            raise ValueError(f"{name} must be a decimal amount.")
