"""Two tenants, their staff, their partners at the simulator, and the ways in which tests use them."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.test import Client
from django.urls import reverse

from onboarding.engine.sweep import due_steps, tenants_with_bulk
from onboarding.models import Attempt, Connection, Environment, Onboarding, Step
from onboarding.services import steps as step_services
from onboarding.services.advance import advance_step, release_lost_steps
from onboarding.services.bulk import work_through
from onboarding.services.connections import save_connection
from onboarding.services.imports.starting import tenants_with_rows_to_start
from onboarding.services.onboardings import start_onboarding
from onboarding.simulator.simulator import Simulator
from portal.audit.models import Entry
from portal.lib import clock
from portal.lib.actor import Actor, Kind, command
from portal.lib.tenancy import acting_for
from portal.tenants.models import Staff, Tenant
from portal.tenants.roles import Role
from portal.tenants.services import add_staff, create_tenant
from tests.factories import INPUTS

PASSWORD = "a-long-test-password"


@dataclass
class Partner:
    """One tenant as a test knows it."""

    tenant: Tenant
    connection: Connection
    staff: dict[Role, Staff]
    world: "World"

    @property
    def pk(self) -> UUID:
        return self.tenant.pk

    def actor(self, role: Role = Role.OPERATOR) -> Actor:
        person = self.staff[role].person
        return Actor(Kind.STAFF, self.pk, person.pk, str(person), role.value, "127.0.0.1", "test-request")

    def client(self, role: Role = Role.OPERATOR) -> Client:
        client = Client()
        client.force_login(self.staff[role].person)
        return client

    def start(self, name: str = "Rice Cakes Inc") -> Onboarding:
        with acting_for(self.pk):
            return start_onboarding(actor=self.actor(), connection=self.connection, name=name)

    def at(self, key: str, name: str = "Rice Cakes Inc") -> Onboarding:
        """An onboarding whose step with this key is the open one; the steps before it were really done."""
        onboarding = self.start(name)
        self.world.drain()
        for before in INPUTS:
            if before == key:
                break
            self.submit(onboarding, before, name=name)
            self.world.drain()
        return self.fresh(onboarding)

    def submit(self, onboarding: Onboarding, key: str, **values: str) -> object:
        step = self.step(onboarding, key)
        given = {**INPUTS[key], **{k: v for k, v in values.items() if k in INPUTS[key]}}
        return step_services.submit(
            actor=self.actor(), step=step, page=step_services.Page("test", step.version), values=given
        )

    def fresh(self, onboarding: Onboarding) -> Onboarding:
        with acting_for(self.pk):
            return Onboarding.objects.select_related("connection", "owner__person").get(pk=onboarding.pk)

    def step(self, onboarding: Onboarding, key: str) -> Step:
        with acting_for(self.pk):
            return Step.objects.filter(onboarding=onboarding, key=key).order_by("-round")[0]

    def steps(self, onboarding: Onboarding) -> list[Step]:
        with acting_for(self.pk):
            return list(Step.objects.filter(onboarding=onboarding))

    def attempts(self, onboarding: Onboarding, operation: str = "") -> list[Attempt]:
        with acting_for(self.pk):
            found = Attempt.objects.filter(onboarding=onboarding).order_by("opened_at")
            return list(found.filter(operation=operation) if operation else found)

    def tags(self, onboarding: Onboarding | None = None) -> list[str]:
        """Tags of the audit log, oldest first."""
        return [entry.tag for entry in self.entries(onboarding)]

    def entries(self, onboarding: Onboarding | None = None) -> list[Entry]:
        with acting_for(self.pk):
            found = Entry.objects.filter(tenant_id=self.pk).order_by("seq")
            return list(found.filter(onboarding_id=onboarding.pk) if onboarding else found)

    def deactivate(self, role: Role) -> None:
        """Take this person's place at the tenant away."""
        with acting_for(self.pk):
            Staff.objects.filter(pk=self.staff[role].pk).update(is_active=False)

    def url(self, onboarding: Onboarding, key: str, name: str = "onboarding_step") -> str:
        return reverse(name, args=[onboarding.pk, key])


@dataclass
class World:
    """Both tenants, the BILL they share, and the time."""

    simulator: Simulator
    moved: ExitStack
    partners: list[Partner] = field(default_factory=list)

    @property
    def one(self) -> Partner:
        return self.partners[0]

    @property
    def two(self) -> Partner:
        return self.partners[1]

    def later(self, by: timedelta) -> None:
        """Let time pass, here and at BILL."""
        self.simulator.clock.advance(by)
        self.moved.enter_context(clock.moved(by))

    def drain(self, most: int = 50) -> int:
        """Do all that is due now, as workers would; how much it was."""
        for done in range(most):
            release_lost_steps()
            due, in_bulk = due_steps(), {*tenants_with_bulk(), *tenants_with_rows_to_start()}
            if not due and not in_bulk:
                return done
            for tenant_id, step_id in due:
                advance_step(tenant_id=tenant_id, step_id=step_id)
            for tenant_id in in_bulk:
                work_through(tenant_id=tenant_id)
        raise AssertionError("there is no end to what is due")

    def drain_for(self, length: timedelta, every: timedelta = timedelta(seconds=5)) -> None:
        """Work and let time pass in turn, for as long as told."""
        for _ in range(max(1, int(length / every))):
            self.drain()
            self.later(every)
        self.drain()

    def join(self, partner: Partner, staff: Staff, role: Role) -> None:
        """Let a person work for another tenant too."""
        add_staff(actor=Actor(Kind.COMMAND, partner.pk, name="test"), email=staff.person.email, role=role)

    def sent(self, operation: str) -> int:
        """How many calls of this operation arrived at BILL, whatever became of them."""
        return sum(call.operation == operation for call in self.simulator.calls)

    def organizations(self, name: str = "") -> list[str]:
        """The ids of BILL's organizations of this name: the truth that counts."""
        return [o.id for o in self.simulator.organizations if not name or o.body["name"] == name]


def make_world(simulator: Simulator, moved: ExitStack) -> World:
    world = World(simulator, moved)
    for slug, number in (("alpha", "one"), ("beta", "two")):
        tenant = create_tenant(actor=command("test"), slug=slug, name=slug.capitalize())
        actor = Actor(Kind.COMMAND, tenant.pk, name="test")
        staff = {role: _staff(actor, f"{role.value}@{slug}.example", role) for role in Role}
        connection = save_connection(
            actor=actor,
            environment=Environment.SIMULATOR.value,
            username=f"partner.{number}@example.com",
            password=f"simulator-{number}",
            app_key=f"SIM-APP-KEY-{number.upper()}",
            dev_key=f"SIM-DEV-KEY-{number.upper()}",
        )
        world.partners.append(Partner(tenant, connection, staff, world))
    return world


def _staff(actor: Actor, email: str, role: Role) -> Staff:
    added = add_staff(actor=actor, email=email, role=role, name=f"{role.value.capitalize()} {email}")
    # The hash of a password takes longer than most tests; who needs to type one sets it.
    person = added.staff.person
    person.password = "!"
    person.save(update_fields=["password"])
    return added.staff
