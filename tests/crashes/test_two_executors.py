"""Two executors of one step, at every moment at which the first can be held up."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import product

import pytest

from onboarding.engine.timing import LEASE
from onboarding.services.advance import advance_step
from onboarding.steps import REGISTRY
from tests.crashes.cells import cells_of
from tests.crashes.injuries import Meanwhile
from tests.crashes.rehearsal import rehearse
from tests.crashes.scenes import Scene, bring_to
from tests.crashes.truth import problems_of, problems_of_world
from tests.crashes.watching import Watch
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def deliver_again(scene: Scene) -> None:
    advance_step(tenant_id=scene.partner.pk, step_id=scene.step.pk)


def take_over(scene: Scene) -> None:
    """The lease runs out, and others bring the step to its end; its first executor only seemed dead."""
    scene.world.later(LEASE + timedelta(seconds=1))
    scene.calm()


MEANWHILE: dict[str, Callable[[Scene], None]] = {"delivered twice": deliver_again, "lease expired": take_over}


@pytest.mark.parametrize("key", REGISTRY)
def test_step_with_two_executors_ends_well(stormy: World, key: str) -> None:
    rehearsal = rehearse(stormy, key)
    # In a transaction it holds the row: the others wait for it, and come as they do afterwards.
    idle = [moment for moment in rehearsal.moments[: rehearsal.last_commit] if moment.is_idle]
    wrong = []
    for injury, moment in product(MEANWHILE, idle):
        scene = bring_to(stormy, stormy.one, key)
        before = calls_of(scene)
        watch = scene.drive(Watch(Meanwhile(partial(MEANWHILE[injury], scene)), moment.number))
        if not watch.is_struck:
            wrong.append(f"moment {moment} did not come again: {scene.step.state} {scene.step.reason}")
        if injury == "delivered twice":
            expected = Counter(
                exchange.call.operation for exchange in rehearsal.exchanges if not exchange.call.is_read
            )
            if calls_of(scene) - before != expected:
                wrong.append(f"{injury} at {moment}: {calls_of(scene) - before}")
        scene.calm()
        wrong += [f"{injury} at {moment}: {problem}" for problem in problems_of(scene)]
    assert wrong + problems_of_world(stormy, stormy.partners) == []
    assert cells_of(rehearsal.calls, *MEANWHILE)


def calls_of(scene: Scene) -> Counter[str]:
    return Counter(attempt.operation for attempt in scene.partner.attempts(scene.onboarding))
