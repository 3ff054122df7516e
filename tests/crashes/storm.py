"""Onboardings of two tenants in a storm: any executor, any injury, any moment, any order; and then the calm."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from django.db import DatabaseError, InterfaceError

from onboarding.engine.sweep import due_steps
from onboarding.models import Onboarding, Step
from onboarding.services.advance import advance_step, release_lost_steps
from onboarding.services.consent import RECORDED_BEFORE
from onboarding.services.onboardings import make_onboarding
from onboarding.services.resolve import candidates_of, resolve
from onboarding.states import ADOPT, EDITABLE, SEND_AGAIN, StepState
from onboarding.steps import REGISTRY
from portal.lib import clock
from portal.lib.tenancy import acting_for
from tests.crashes.injuries import AnyCommit, EndSession, Kill, LoseAcknowledgement, WhenIdle
from tests.crashes.scenes import MOST_TURNS, SESSION_IS_OVER, NoEnd, Scene
from tests.crashes.seen import Seen, look
from tests.crashes.truth import problems_of
from tests.crashes.watching import Injury, Watch, watching
from tests.factories import INPUTS
from tests.world import World

AT_ONCE = 6
# A whole onboarding has about this many moments.
MOMENTS = 120
PAUSES = [timedelta(seconds=s) for s in (0.5, 2, 5, 20, 61, 125)]
BY_BILL: dict[str, dict[str, Any]] = {
    "lose_reply": {},
    "cut_before": {},
    "error_before": {"status": 503},
    "error_after": {"status": 502},
    "html": {},
    "truncate": {},
    "no_id": {},
    "unauthorized": {},
    "reject": {},
    "placeholders": {},
    "nulls": {},
    "unknown_fields": {},
}
LAST, ENDING = "login_as_user", "end_login_as"
BACKGROUND = {key for key, definition in REGISTRY.items() if definition.is_background}
SUBMITTED = {key: values for key, values in INPUTS.items() if key != LAST}


@dataclass
class Storm:
    """One wave after the other; everything that is left to chance comes from `random`."""

    world: World
    random: Random
    scenes: list[Scene] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    begun: int = 0

    def wave(self, size: int) -> list[str]:
        """Take this many onboardings through, and say what is wrong with them."""
        self.story.clear()
        self.scenes = []
        while len(self.scenes) < size:
            self.scenes.append(self._begin())
        for _ in range(3 * size):
            self._turn()
        self.world.simulator.disarm()
        self._calm()
        return [problem for scene in self.scenes for problem in problems_of(scene)]

    def _begin(self) -> Scene:
        """An onboarding whose steps are all submitted beforehand, but for the login, which a person asks for."""
        self.begun += 1
        partner, name = self.random.choice(self.world.partners), f"Stormy {self.begun}"
        if self.scenes and self.random.random() < 0.1:
            # Two companies of one name and address, which BILL's list cannot tell apart.
            partner, name = self.scenes[-1].partner, self.scenes[-1].onboarding.name
        values = {
            key: {**given, **({"name": name} if "name" in given else {})} for key, given in SUBMITTED.items()
        }
        values["create_organization"]["price_plan"] = self.random.choice(["", "PricePlan2"])
        with acting_for(partner.pk):
            onboarding = Onboarding(connection=partner.connection, name=name)
            make_onboarding(partner.actor(), onboarding, values)
            for key, record in RECORDED_BEFORE.items():
                record(partner.actor(), onboarding, values[key])
        return Scene(self.world, partner, onboarding, LAST)

    def _turn(self) -> None:
        """Somebody works, time passes, or a person presses a button."""
        kind = self.random.random()
        if kind < 0.65:
            self._work(self._injury())
        elif kind < 0.9:
            self.world.later(self.random.choice(PAUSES))
        elif kind < 0.91:
            self.world.later(SESSION_IS_OVER)
        else:
            self._press(self.random.choice(self._steps()))

    def _injury(self) -> Injury | None:
        kind = self.random.choice(
            ["none", "none", "killed", "killed", "database", "bill", "bill", "executors"]
        )
        if kind == "bill":
            self._arm()
        if kind == "executors":
            return WhenIdle(self.random.choice([self._others, self._others_later]))
        if kind == "database":
            return self.random.choice([EndSession, LoseAcknowledgement, AnyCommit])()
        return Kill() if kind == "killed" else None

    def _arm(self) -> None:
        kind = self.random.choice(list(BY_BILL))
        self.story.append(f"BILL: {kind}")
        self.world.simulator.arm(kind, **BY_BILL[kind])

    def _others(self) -> None:
        for _ in range(self.random.randint(1, 3)):
            self._work(None)

    def _others_later(self) -> None:
        self.world.later(timedelta(seconds=61))
        self._others()

    def _steps(self) -> list[Seen]:
        places = {scene.onboarding.pk: place for place, scene in enumerate(self.scenes)}
        return look(self.world.partners, places)

    def _due(self) -> list[Seen]:
        """What the sweeper finds."""
        due = {step_id for _, step_id in due_steps()}
        return [seen for seen in self._steps() if seen.pk in due]

    def _work(self, injury: Injury | None) -> None:
        """One executor takes one of the steps that are due."""
        if self.random.random() < 0.2:
            release_lost_steps()
        due = self._due()
        if not due:
            return
        step = self.random.choice(due)
        what = f"{step.place} {step.key}"
        if injury is None:
            self.story.append(f"work {what}")
            advance_step(tenant_id=step.tenant_id, step_id=step.pk)
            return
        at = self.random.randrange(MOMENTS)
        self.story.append(f"work {what}, {type(injury).__name__} at {at}")
        with suppress(DatabaseError, InterfaceError), watching(Watch(injury, at)):
            advance_step(tenant_id=step.tenant_id, step_id=step.pk)

    def _press(self, seen: Seen) -> None:
        """A person does what this step asks of them, if it does."""
        self.story.append(f"press {seen.place} {seen.key}")
        scene = self.scenes[seen.place]
        if seen.state == StepState.REFUSED:
            Scene(self.world, scene.partner, scene.onboarding, seen.key, seen.round).try_again()
        elif seen.is_parked:
            self._decide(scene, seen)
        elif seen.key == LAST and seen.state == StepState.NOT_STARTED:
            scene.submit(LAST)

    def _decide(self, scene: Scene, seen: Seen) -> None:
        """As a person who knows: the candidate that nobody holds is this one's."""
        with acting_for(scene.partner.pk):
            held = set(Onboarding.objects.values_list("bill_organization_id", flat=True))
            step = Step.objects.get(pk=seen.pk)
            shown = [one["id"] for one in candidates_of(scene.partner.fresh(scene.onboarding), step)]
        free = sorted(one["id"] for one in step.evidence.get("candidates", []) if one["id"] not in held)
        resolve(
            actor=scene.partner.actor(),
            step=step,
            choice=ADOPT if free else SEND_AGAIN,
            bill_id=free[0] if free else "",
            reason="It is theirs",
            seen=shown,
        )

    def _calm(self) -> None:
        """No more injuries; what is due is done, what asks for a person gets one, until nothing is left."""
        for _ in range(MOST_TURNS):
            release_lost_steps()
            for step in self._due():
                advance_step(tenant_id=step.tenant_id, step_id=step.pk)
            steps = self._steps()
            asked = self._asked(steps)
            moments = [max(one.due_at, one.lease_until or one.due_at) for one in steps if one.due_at]
            if not moments and not asked:
                return
            for one in asked:
                self._press(one)
            if moments:
                self.world.later(max(timedelta(), min(moments) - clock.now()) + timedelta(milliseconds=1))
        raise NoEnd("the calm did not come")

    def _asked(self, steps: list[Seen]) -> list[Seen]:
        """What asks for a person; of the logins one for each tenant, as its operator has one session at a time."""
        busy = {one.tenant_id for one in steps if one.key in (LAST, ENDING) and one.due_at}
        walked = [one for one in steps if one.key not in BACKGROUND | {LAST}]
        behind = {one.place for one in walked if one.state != StepState.DONE}
        asked = []
        for one in steps:
            if one.key != LAST:
                if one.state == StepState.REFUSED or one.is_parked:
                    asked.append(one)
            elif one.state in EDITABLE and one.place not in behind and one.tenant_id not in busy:
                busy.add(one.tenant_id)
                asked.append(one)
        return asked
