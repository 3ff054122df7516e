"""Numbers as people write them. What does not look like one is shown as it was typed."""

import re
from collections.abc import Callable, Mapping


def phone(text: str) -> str:
    """Ten digits of a US number as (415) 555-0132."""
    return re.sub(r"^(\d{3})(\d{3})(\d{4})$", r"(\1) \2-\3", text)


def tax_id(text: str) -> str:
    """Nine digits as 12-3456789."""
    return re.sub(r"^(\d{2})(\d{7})$", r"\1-\2", text)


FORMATS: dict[str, Callable[[str], str]] = {"phone": phone, "tax_id": tax_id}


def formatted(values: Mapping[str, str]) -> dict[str, str]:
    """The values of a step, with phones and tax ids as people write them."""
    return {name: FORMATS[name](value) if name in FORMATS else value for name, value in values.items()}
