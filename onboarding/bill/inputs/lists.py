"""Which part of a list."""

from dataclasses import dataclass
from datetime import UTC, datetime

from onboarding.bill.inputs.fields import filled


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which part of a list; filters and sort are spelled as BILL spells them."""

    max: int = 100
    page: str = ""
    filters: str = ""
    sort: str = ""

    def params(self) -> dict[str, str]:
        """The query of the address."""
        given = filled(max=self.max, page=self.page, filters=self.filters, sort=self.sort)
        return {key: str(value) for key, value in given.items()}


FIRST_PAGE = ListQuery()


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which of the notifications that BILL has sent; it keeps them for 180 days."""

    max: int = 100
    page: str = ""
    created_from: datetime | None = None
    created_to: datetime | None = None
    entity_id: str = ""

    def params(self) -> dict[str, str]:
        """The query of the address."""
        values = filled(
            max=self.max,
            page=self.page,
            createdTimeFrom=_timestamp(self.created_from),
            createdTimeTo=_timestamp(self.created_to),
            entityId=self.entity_id,
        )
        return {key: str(value) for key, value in values.items()}


FIRST_EVENTS = EventQuery()


def _timestamp(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else ""
