"""Many onboardings at once, with all that their steps ask for, and what has to have become of them at BILL."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from onboarding.engine import wake
from onboarding.models import Onboarding, Step
from onboarding.services.consent import record_acceptance, record_grant
from onboarding.services.onboardings import make_onboarding
from onboarding.states import StepState
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
            wake.when_due(first)
        self.members[onboarding.pk] = partner

    def steps(self) -> list[Step]:
        """Those that all members have; to follow BILL's decision takes longer than a test."""
        found: list[Step] = []
        for partner in self.world.partners:
            with acting_for(partner.pk):
                mine = Step.objects.filter(onboarding__in=self.members, submitted_at__isnull=False)
                found += mine.exclude(key="follow_decision")
        return found

    def done(self, apart_from: Collection[UUID] = ()) -> int:
        """How many are through."""
        number = 0
        for partner in self.world.partners:
            with acting_for(partner.pk):
                done = Step.objects.filter(onboarding__in=self.members, key=LAST, state=StepState.DONE)
                number += done.exclude(onboarding__in=apart_from).count()
        return number

    def states(self) -> Counter[tuple[str, str, str]]:
        """How many steps are how, and why."""
        return Counter((step.key, step.state, step.reason) for step in self.steps())

    def begun(self) -> list[int]:
        """How many organizations of each tenant are at BILL."""
        names = [str(one.body["name"]) for one in self.world.simulator.organizations]
        return [
            sum(name.startswith(f"Company {partner.tenant.slug}") for name in names)
            for partner in self.world.partners
        ]

    def in_hand(self) -> dict[UUID, UUID]:
        """The leases that somebody holds, and their onboardings."""
        found: dict[UUID, UUID] = {}
        for partner in self.world.partners:
            with acting_for(partner.pk):
                held = Step.objects.filter(onboarding__in=self.members, lease_token__isnull=False)
                found |= {step.lease_token: step.onboarding_id for step in held if step.lease_token}
        return found

    def problems(self, *others: str) -> list[str]:
        """Of everything there is one at BILL, and it is the one that we hold; the names of others do not matter."""
        bill = self.world.simulator
        names = Counter(str(one.body["name"]) for one in bill.organizations)
        users = Counter(one.organization_id for one in bill.users)
        phones = Counter(one.label for one in bill.phones)
        found = [
            f"{step.onboarding_id}: {step.key} is {step.state} ({step.reason})"
            for step in self.steps()
            if step.state != StepState.DONE
        ]
        for pk, partner in self.members.items():
            with acting_for(partner.pk):
                one = Onboarding.objects.get(pk=pk)
            organization, user = one.bill_organization_id, one.bill_user_id
            counts = (
                names.pop(one.name, 0),
                users[organization],
                phones[user],
                organization in bill.decisions,
            )
            if counts != (1, 1, 1, True):
                found.append(f"{one}: {counts} organizations, users, phones, verifications")
        return [*found, *(f"nobody knows of {name}" for name in names if name not in others)]
