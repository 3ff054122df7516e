"""Numbers as people write them. What does not look like one is shown as it was typed."""

import re
from collections.abc import Callable, Mapping
from datetime import date


def phone(text: str) -> str:
    """Ten digits of a US number as (415) 555-0132."""
    return re.sub(r"^(\d{3})(\d{3})(\d{4})$", r"(\1) \2-\3", text)


def tax_id(text: str) -> str:
    """Nine digits as 12-3456789."""
    return re.sub(r"^(\d{2})(\d{7})$", r"\1-\2", text)


def day(text: str) -> str:
    """An ISO date as 1 Jan 1985."""
    try:
        return f"{date.fromisoformat(text):%-d %b %Y}"
    except ValueError:
        return text


TYPED: dict[str, Callable[[str], str]] = {"phone": phone, "tax_id": tax_id}
DAYS = ("owner_birth", "accepted_on", "given_on")
FORMATS: dict[str, Callable[[str], str]] = {**TYPED, **dict.fromkeys(DAYS, day)}


def formatted(values: Mapping[str, str]) -> dict[str, str]:
    """The values of a step for its form: phones and tax ids as people write them, dates as browsers want them."""
    return {name: TYPED[name](value) if name in TYPED else value for name, value in values.items()}
