"""What was sent and may have happened cannot be edited, so what is sent again is the same."""

import pytest

from onboarding.services.steps import NotReady, Page, save_draft
from onboarding.states import StepState
from onboarding.steps import REGISTRY
from tests.crashes.cells import cells_of
from tests.crashes.rehearsal import rehearse
from tests.crashes.scenes import bring_to
from tests.crashes.truth import problems_of, problems_of_world
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = [key for key, step in REGISTRY.items() if step.needs_input and not step.is_background]


@pytest.mark.parametrize("fault", ["lose_reply", "cut_before", "error_before"])
@pytest.mark.parametrize("key", KEYS)
def test_step_that_may_have_happened_is_not_edited(stormy: World, key: str, fault: str) -> None:
    rehearsal = rehearse(stormy, key)
    call = next(cell.call for cell in cells_of(rehearsal.calls, "edited"))
    scene = bring_to(stormy, stormy.one, key)
    stormy.simulator.arm(fault, call.operation)
    scene.drive()
    sent = scene.step
    assert sent.state in (StepState.UNKNOWN, StepState.READY)

    edited = {name: f"{value} edited" for name, value in sent.input.items()}
    page = Page("another", sent.version)
    assert isinstance(save_draft(actor=stormy.one.actor(), step=sent, page=page, values=edited), NotReady)
    assert isinstance(scene.submit(key), NotReady)
    assert (scene.step.input, scene.step.version) == (sent.input, sent.version)
    scene.calm()
    assert problems_of(scene) + problems_of_world(stormy, stormy.partners) == []
    assert len({bytes(one.fingerprint) for one in stormy.one.attempts(scene.onboarding, call.operation)}) == 1
