"""An onboarding brought to the moment before one of its steps runs, and what becomes of it in the calm after."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from onboarding.engine.sweep import due_steps
from onboarding.models import Onboarding, Step
from onboarding.services.advance import advance_step, release_lost_steps
from onboarding.services.login_as import request_login_as
from onboarding.services.steps import Accepted, retry
from onboarding.states import EDITABLE, StepState
from onboarding.steps import REGISTRY
from portal.lib import clock
from portal.lib.tenancy import acting_for
from tests.crashes.watching import Watch, watching
from tests.world import Partner, World

# BILL ends a partner session after 35 idle minutes.
SESSION_IS_OVER = timedelta(minutes=36)
MOST_TURNS = 200
_numbers = count(1)


class NoEnd(AssertionError):
    """What is due does not become less."""


@dataclass
class Scene:
    """One onboarding, and its step that is due next and that nobody has taken."""

    world: World
    partner: Partner
    onboarding: Onboarding
    key: str
    round: int = 1

    def __str__(self) -> str:
        return f"{self.key} of {self.onboarding.name}"

    @property
    def step(self) -> Step:
        with acting_for(self.partner.pk):
            return Step.objects.get(onboarding=self.onboarding, key=self.key, round=self.round)

    def drive(self, watch: Watch | None = None) -> Watch:
        """Let one executor run the step, and those after it that are ready, as a worker does."""
        step_id = self.step.pk
        with watching(watch or Watch()) as watched:
            advance_step(tenant_id=self.partner.pk, step_id=step_id)
        return watched

    def calm(self) -> None:
        """Time passes from one thing that is due to the next; only the sweeper finds them. Nobody presses a button."""
        for _ in range(MOST_TURNS):
            moment = self.next_moment()
            if moment is None:
                return
            if moment > clock.now():
                self.world.later(moment - clock.now() + timedelta(milliseconds=1))
            self.work()
        raise NoEnd(f"there is no end to {self}")

    def see_it_through(self) -> None:
        """Calm; and where BILL or the portal said no, a person tries once more."""
        self.calm()
        if self.step.state == StepState.REFUSED:
            self.try_again()
            self.calm()

    def try_again(self) -> None:
        if self.key == "login_as_user":
            self.submit(self.key)
        else:
            retry(actor=self.partner.actor(), step=self.step)

    def work(self) -> None:
        """What the sweeper frees and finds now."""
        release_lost_steps()
        mine = {step.pk for step in self.partner.steps(self.onboarding)}
        for tenant_id, step_id in due_steps():
            if step_id in mine:
                advance_step(tenant_id=tenant_id, step_id=step_id)

    def next_moment(self) -> datetime | None:
        """When the next step of this onboarding can be taken."""
        return min(self.moments(), default=None)

    def moments(self) -> Iterator[datetime]:
        for step in self.partner.steps(self.onboarding):
            if step.due_at:
                yield max(step.due_at, step.lease_until or step.due_at)

    def submit(self, key: str, **values: str) -> object:
        """A person submits this step."""
        if key != "login_as_user":
            return self.partner.submit(self.onboarding, key, name=self.onboarding.name, **values)
        return request_login_as(
            actor=self.partner.actor(),
            onboarding=self.partner.fresh(self.onboarding),
            reason="Check the set-up together",
            minutes="5",
        )


def bring_to(world: World, partner: Partner, key: str) -> Scene:
    """An onboarding of its own, its step of this key due now. No step is named here: all are found by walking."""
    scene = Scene(world, partner, partner.start(f"Rice Cakes {next(_numbers)}"), key)
    if not any(step.key == key and step.due_at for step in partner.steps(scene.onboarding)):
        _walk_to(scene)
    if key == next(iter(REGISTRY)):
        # The partner's session is shared: this step only calls BILL once it is over.
        world.later(SESSION_IS_OVER)
    return scene


def _walk_to(scene: Scene) -> None:
    # Some steps in the background are only begun when this was chosen.
    chosen = {"price_plan": "PricePlan2"} if REGISTRY[scene.key].is_background else {}
    for _ in range(MOST_TURNS):
        steps = scene.partner.steps(scene.onboarding)
        if wanted := next((step for step in steps if step.key == scene.key and step.due_at), None):
            if wanted.due_at and wanted.due_at > clock.now():
                scene.world.later(wanted.due_at - clock.now() + timedelta(milliseconds=1))
            return
        if due := [step for step in steps if step.due_at and step.due_at <= clock.now()]:
            for step in due:
                advance_step(tenant_id=scene.partner.pk, step_id=step.pk)
        else:
            _go_on(scene, steps, chosen)
    raise NoEnd(f"{scene.key} was never due")


def _go_on(scene: Scene, steps: list[Step], chosen: dict[str, str]) -> None:
    """The next step that a person walks, or the time until something is due."""
    editable = {step.key for step in steps if StepState(step.state) in EDITABLE}
    opens = next((key for key in REGISTRY if key in editable), None)
    if opens and not REGISTRY[opens].is_background:
        assert isinstance(scene.submit(opens, **chosen), Accepted), opens
        return
    moment = scene.next_moment()
    assert moment is not None, f"nothing leads to {scene.key}"
    scene.world.later(max(timedelta(), moment - clock.now()) + timedelta(milliseconds=1))
