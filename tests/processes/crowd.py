"""Many onboardings at once, with all that their steps ask for, and what has to have become of them at BILL."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from onboarding.engine import wake
from onboarding.models import Onboarding, Step
from onboarding.services.consent import record_acceptance, record_grant
from onboarding.services.onboardings import make_onboarding
from onboarding.states import ENDED, StepState
from onboarding.steps import REGISTRY
from portal.lib.tenancy import acting_for
from tests.factories import INPUTS
from tests.world import Partner, World

LAST = "start_verification"


@dataclass(frozen=True)
class Crowd:
    """Onboardings that run by themselves as far as the start of the verification."""

    world: World
    members: dict[UUID, Partner] = field(default_factory=dict)

    def join(self, partner: Partner, number: int, *, in_bulk: bool) -> None:
        """One more, under way from now on."""
        given = {key: dict(INPUTS[key]) for key in INPUTS if key != "login_as_user"}
        name = given["create_organization"]["name"] = f"Company {partner.tenant.slug} {number}"
        with acting_for(partner.pk):
            onboarding = Onboarding(connection=partner.connection, name=name, is_bulk=in_bulk)
            first = make_onboarding(partner.actor(), onboarding, given)
            assert first is not None
            record_acceptance(partner.actor(), onboarding, given["create_user"])
            record_grant(partner.actor(), onboarding, given[LAST])
            if not in_bulk:
                wake.on_commit(partner.pk, first.pk, first.due_at)
        self.members[onboarding.pk] = partner

    def steps(self, key: str = "") -> list[Step]:
        found: list[Step] = []
        for partner in self.world.partners:
            with acting_for(partner.pk):
                mine = Step.objects.filter(onboarding__in=self.members)
                found += mine.filter(key=key) if key else mine
        return found

    def done(self) -> int:
        """How many are through."""
        return sum(step.state == StepState.DONE for step in self.steps(LAST))

    def leases(self) -> set[UUID]:
        """Of those who have a step in their hands now."""
        return {step.lease_token for step in self.steps() if step.lease_token}

    def left(self) -> list[str]:
        """What somebody still has to do now, in words; what is put off until a time is not."""
        return [
            f"{step.key} {step.state}" for step in self.steps() if StepState(step.state) not in ENDED
        ]

    def problems(self) -> list[str]:
        """What is wrong at BILL or in our books: of everything there is one, and it is the one that we hold."""
        bill, found = self.world.simulator, [str(one) for one in self.left_of_journey()]
        organizations = {organization.id: organization.body["name"] for organization in bill.organizations}
        users = Counter(user.organization_id for user in bill.users)
        for pk, partner in self.members.items():
            with acting_for(partner.pk):
                onboarding = Onboarding.objects.get(pk=pk)
            ids = [key for key, name in organizations.items() if name == onboarding.name]
            if ids != [onboarding.bill_organization_id]:
                found.append(f"{onboarding}: BILL has {ids}, we hold {onboarding.bill_organization_id!r}")
            found += [f"{onboarding}: {users[key]} users" for key in ids if users[key] != 1]
        if len(organizations) != len(self.members):
            found.append(f"BILL has {len(organizations)} organizations of {len(self.members)}")
        return found

    def left_of_journey(self) -> list[str]:
        keys = [key for key, definition in REGISTRY.items() if not definition.is_background]
        keys.remove("login_as_user")
        return [
            f"{step.onboarding_id}: {step.key} is {step.state} ({step.reason})"
            for step in self.steps()
            if step.key in keys and step.state != StepState.DONE
        ]
