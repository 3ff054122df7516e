"""A part of a list."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; an empty `next_page` is the end."""

    items: tuple[T, ...]
    next_page: str = ""
    previous_page: str = ""
