"""The ways in to a tenant's onboardings and imports: what belongs to another tenant does not exist."""

from uuid import UUID

from django.http import Http404

from onboarding.models import Import, Onboarding, Step
from onboarding.selectors import import_by_id, onboarding_by_id, steps_with_onboarding
from onboarding.views.journey import Journey


def access_onboarding(onboarding_id: UUID) -> Onboarding:
    """The tenant's onboarding; another tenant's does not exist."""
    onboarding = onboarding_by_id(onboarding_id)
    if onboarding is None:
        raise Http404
    return onboarding


def access_step(onboarding_id: UUID, key: str) -> tuple[Journey, Step]:
    """The tenant's step in its newest round."""
    steps = steps_with_onboarding(onboarding_id)
    if not steps:
        raise Http404
    journey = Journey.of(steps[0].onboarding, steps)
    step = journey.step(key)
    if step is None:
        raise Http404
    return journey, step


def access_import(import_id: UUID) -> Import:
    """The tenant's import; another tenant's does not exist."""
    found = import_by_id(import_id)
    if found is None:
        raise Http404
    return found
