"""The steps of some onboardings as they were a moment ago: read often, so only what is asked about them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from onboarding.models import Step
from onboarding.states import StepState, WaitsFor
from portal.lib.tenancy import acting_for
from tests.world import Partner

COLUMNS = ("onboarding", "pk", "tenant_id", "key", "round", "state", "waits_for", "due_at", "lease_until")


class Seen(NamedTuple):
    """A step as it was a moment ago, and which of the wave's onboardings has it."""

    place: int
    pk: UUID
    tenant_id: UUID
    key: str
    round: int
    state: str
    waits_for: str
    due_at: datetime | None
    lease_until: datetime | None

    @property
    def is_parked(self) -> bool:
        return self.state == StepState.UNKNOWN and self.waits_for == WaitsFor.STAFF and self.due_at is None


def look(partners: Iterable[Partner], places: Mapping[UUID, int]) -> list[Seen]:
    """The steps of these onboardings, in an order that does not hang on ids."""
    found: list[Seen] = []
    for partner in partners:
        with acting_for(partner.pk):
            steps = Step.objects.filter(onboarding__in=places, tenant_id=partner.pk).order_by()
            found += [Seen(places[row[0]], *row[1:]) for row in steps.values_list(*COLUMNS)]
    return sorted(found, key=lambda seen: (seen.place, seen.key, seen.round))
