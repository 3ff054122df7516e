"""Onboardings of two tenants in a storm: any executor, any injury, any moment, any order; and then the calm."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

import psycopg
from django.db import DatabaseError, InterfaceError, connection
from psycopg.pq import TransactionStatus

from onboarding.engine.sweep import due_steps
from onboarding.models import Onboarding, Step
from onboarding.services.advance import advance_step, release_lost_steps
from onboarding.services.consent import RECORDED_BEFORE
from onboarding.services.onboardings import make_onboarding
from onboarding.services.resolve import resolve
from onboarding.states import ADOPT, SEND_AGAIN, StepState
from onboarding.steps import REGISTRY
from portal.lib import clock
from portal.lib.tenancy import acting_for
from tests.crashes.injuries import EndSession, Kill, LoseAcknowledgement, Meanwhile, RefuseCommit
from tests.crashes.scenes import MOST_TURNS, SESSION_IS_OVER, NoEnd, Scene
from tests.crashes.truth import is_parked, problems_of
from tests.crashes.watching import Injury, Moment, Watch, watching
from tests.factories import INPUTS
from tests.world import World

AT_ONCE = 6
# A whole onboarding has about this many moments.
MOMENTS = 120
PAUSES = [timedelta(seconds=s) for s in (0.5, 2, 5, 20, 61, 125)]
BY_BILL = {
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
LAST = "login_as_user"
SUBMITTED = {key: values for key, values in INPUTS.items() if key != LAST}


class AnyCommit(RefuseCommit):
    """The same, if the moment is a commit at all."""

    def instead(self, session: psycopg.Connection) -> BaseException | None:
        is_open = session.info.transaction_status is TransactionStatus.INTRANS
        return super().instead(session) if is_open else None


@dataclass
class WhenIdle(Meanwhile):
    """The same, unless the moment holds rows."""

    def before(self, moment: Moment, session: psycopg.Connection | None) -> None:
        if moment.is_idle:
            super().before(moment, session)


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
        self.scenes = [self._begin() for _ in range(size)]
        for _ in range(3 * size):
            self._turn()
        self.world.simulator.disarm()
        self._calm()
        return [problem for scene in self.scenes for problem in problems_of(scene)]

    def _begin(self) -> Scene:
        """An onboarding whose steps are all submitted beforehand, but for the login, which a person asks for."""
        self.begun += 1
        partner = self.random.choice(self.world.partners)
        twin = self.scenes[-1:] if self.random.random() < 0.1 else []
        name = twin[0].onboarding.name if twin else f"Stormy {self.begun}"
        values = {key: {**given, **({"name": name} if "name" in given else {})} for key, given in SUBMITTED.items()}
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
            self._press(self.random.choice(self.scenes))

    def _injury(self) -> Injury | None:
        kind = self.random.choice(["none", "none", "killed", "killed", "database", "bill", "bill", "executors"])
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

    def _due(self) -> list[tuple[UUID, UUID, str]]:
        """What the sweeper finds, in an order that does not hang on ids."""
        places = {scene.onboarding.pk: number for number, scene in enumerate(self.scenes)}
        found = []
        for tenant_id, step_id in due_steps():
            with acting_for(tenant_id):
                step = Step.objects.only("onboarding_id", "key", "round").get(pk=step_id)
            if step.onboarding_id in places:
                found.append((places[step.onboarding_id], step.key, step.round, tenant_id, step_id))
        return [(tenant, step, f"{place} {key}") for place, key, _, tenant, step in sorted(found)]

    def _work(self, injury: Injury | None) -> None:
        """One executor takes one of the steps that are due."""
        if self.random.random() < 0.2:
            release_lost_steps()
        due = self._due()
        if not due:
            return
        tenant_id, step_id, what = self.random.choice(due)
        if injury is None:
            self.story.append(f"work {what}")
            advance_step(tenant_id=tenant_id, step_id=step_id)
            return
        at = self.random.randrange(MOMENTS)
        self.story.append(f"work {what}, {type(injury).__name__} at {at}")
        with suppress(DatabaseError, InterfaceError), watching(Watch(injury, at)):
            advance_step(tenant_id=tenant_id, step_id=step_id)

    def _press(self, scene: Scene) -> None:
        """A person does what this onboarding asks of them, if it does."""
        self.story.append(f"press {self.scenes.index(scene)}")
        for step in scene.partner.steps(scene.onboarding):
            if step.state == StepState.REFUSED:
                Scene(self.world, scene.partner, scene.onboarding, step.key, step.round).try_again()
            elif is_parked(step):
                self._decide(scene, step)
            elif step.key == LAST and step.state == StepState.NOT_STARTED:
                scene.submit(LAST)

    def _decide(self, scene: Scene, step: Step) -> None:
        """As a person who knows: the candidate that nobody holds is this one's."""
        with acting_for(scene.partner.pk):
            held = set(Onboarding.objects.values_list("bill_organization_id", flat=True))
        free = sorted(one["id"] for one in step.evidence.get("candidates", []) if one["id"] not in held)
        resolve(
            actor=scene.partner.actor(),
            step=step,
            choice=ADOPT if free else SEND_AGAIN,
            bill_id=free[0] if free else "",
            reason="It is theirs",
        )

    def _calm(self) -> None:
        """No more injuries; what is due is done, what asks for a person gets one, until nothing is left."""
        for _ in range(MOST_TURNS):
            self._finish_what_is_due()
            asked = [scene for scene in self.scenes if self._asks(scene)]
            moment = min((m for scene in self.scenes for m in scene.moments()), default=None)
            if moment is None and not asked:
                return
            for scene in asked:
                self._press(scene)
            if moment:
                self.world.later(max(timedelta(), moment - clock.now()) + timedelta(milliseconds=1))
        raise NoEnd("the calm did not come")

    def _finish_what_is_due(self) -> None:
        release_lost_steps()
        for tenant_id, step_id, _ in self._due():
            advance_step(tenant_id=tenant_id, step_id=step_id)

    def _asks(self, scene: Scene) -> bool:
        steps = scene.partner.steps(scene.onboarding)
        journey = [step for step in steps if not REGISTRY[step.key].is_background]
        is_open = all(step.state == StepState.DONE for step in journey if step.key != LAST)
        return any(
            step.state == StepState.REFUSED
            or is_parked(step)
            or (step.key == LAST and step.state == StepState.NOT_STARTED and is_open)
            for step in steps
        )
