"""What rows of an import look like, in words and with a link to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from onboarding.models import ImportRow
from onboarding.selectors import listed_names, onboarding_names

SAME_WORDS = {"tax_id": "tax id", "company": "name and address"}
AT_BILL = "No onboarding holds this organization at BILL:"
UNSEEN = "Since the database was restored, BILL's list was not read whole. Look for the company on"


@dataclass(frozen=True)
class Twin:
    words: str
    name: str
    url: str


@dataclass(frozen=True)
class Names:
    """Of onboardings, and of organizations at BILL."""

    onboardings: dict[UUID, str]
    listed: dict[UUID, str]

    @classmethod
    def of(cls, rows: Sequence[ImportRow]) -> "Names":
        def ids(kind: str) -> set[UUID]:
            return {UUID(twin[kind]) for row in rows for twin in row.twins if kind in twin}

        return cls(onboarding_names(ids("onboarding")), listed_names(ids("listed")))


def twins_of(row: ImportRow, names: Names) -> list[Twin]:
    """What the row looks like, each once, with all that is the same."""
    same: dict[tuple[int, str], list[str]] = {}
    found = []
    for twin in row.twins:
        if "listed" in twin:
            pk = UUID(twin["listed"])
            url = reverse("at_bill_organization", args=[pk])
            found.append(Twin(AT_BILL, names.listed.get(pk, twin["bill_id"]), url))
        elif "row" in twin or "onboarding" in twin:
            same.setdefault((twin.get("row", 0), twin.get("onboarding", "")), []).append(twin["same"])
        else:
            found.append(Twin(UNSEEN, "At BILL", reverse("at_bill")))
    alike = [_alike(number, pk, what, names) for (number, pk), what in same.items()]
    return [*alike, *found]


def _alike(number: int, pk: str, what: list[str], names: Names) -> Twin:
    words = f"Same {' and '.join(SAME_WORDS[one] for one in sorted(what, reverse=True))} as"
    if number:
        return Twin(words, f"row {number}", f"?after={number - 1}#row-{number}")
    url = reverse("onboarding", args=[pk])
    return Twin(words, names.onboardings.get(UUID(pk), "an onboarding"), url)
