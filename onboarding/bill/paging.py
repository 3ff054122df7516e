"""Lists that come in pages."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from onboarding.bill.errors import BillOutcomeUnknown
from onboarding.bill.inputs import EventQuery, ListQuery
from onboarding.bill.outputs import Page
from onboarding.bill.reading import UnreadableError, mapping, text

T = TypeVar("T")
Q = TypeVar("Q", ListQuery, EventQuery)


def page_of(document: object, read: Callable[[object], T]) -> Page[T]:
    """A page; one unreadable entry spoils it, because a list with a hole proves no absence."""
    source = mapping(document)
    results = source.get("results")
    if not isinstance(results, list):
        raise UnreadableError("no results")
    return Page(
        items=tuple(read(item) for item in results),
        next_page=_token(source, "nextPage"),
        previous_page=_token(source, "prevPage"),
    )


def _token(source: Mapping[str, object], key: str) -> str:
    # A token we cannot read must not pass as the end of the list.
    if not isinstance(source.get(key), str | None):
        raise UnreadableError(f"no usable {key}")
    return text(source, key)


def every_page(fetch: Callable[[Q], Page[T]], query: Q, operation: str) -> Iterator[Page[T]]:
    """All pages from the query's on; raises BillOutcomeUnknown when BILL leads round in a circle."""
    seen: set[str] = set()
    while True:
        page = fetch(query)
        yield page
        if not page.next_page:
            return
        if page.next_page in seen:
            raise BillOutcomeUnknown(operation, reason="the pages of the list go round in a circle")
        seen.add(page.next_page)
        query = replace(query, page=page.next_page)
