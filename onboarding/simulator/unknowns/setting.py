from dataclasses import field
from typing import Any


def setting(default: Any, about: str, *choices: str) -> Any:
    """A field of a settings class; with `choices` no other value is taken."""
    return field(default=default, metadata={"about": about, "choices": choices})
