"""Starting, handing over and cancelling an onboarding."""

from collections.abc import Mapping
from dataclasses import dataclass

from onboarding.engine import wake
from onboarding.engine.moves import journey, move, open_step, refresh
from onboarding.models import Connection, Onboarding, Step
from onboarding.states import ENDED, StepState
from onboarding.steps import JOURNEY, REGISTRY
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for
from portal.tenants.models import Staff

BUSY = frozenset({StepState.RUNNING, StepState.UNKNOWN})


def staff_of(actor: Actor) -> Staff:
    """The actor's own Staff row at their tenant."""
    return Staff.objects.get(person=actor.person_id, is_active=True)


def start_onboarding(*, actor: Actor, connection: Connection, name: str) -> Onboarding:
    """Make the onboarding with its six steps; the partner login needs no input and begins at once."""
    with acting_for(actor.tenant_id):
        onboarding = Onboarding(connection=connection, name=name)
        begun = make_onboarding(actor, onboarding, {})
        told = {"name": name, "environment": connection.environment}
        record(actor=actor, tag=Tag.ONBOARDING_STARTED, onboarding=onboarding.pk, fields=told)
        if begun:
            wake.on_commit(begun.tenant_id, begun.pk, begun.due_at)
    return onboarding


def make_onboarding(
    actor: Actor, onboarding: Onboarding, submitted: Mapping[str, Mapping[str, str]]
) -> Step | None:
    """Write the onboarding and its steps; those whose input is `submitted` run by themselves. Returns the first."""
    now, me = clock.now(), staff_of(actor)
    onboarding.tenant_id, onboarding.owner, onboarding.created_by = actor.tenant_id, me, me
    onboarding.created_at = onboarding.status_since = onboarding.updated_at = now
    onboarding.save(force_insert=True)
    typed: Mapping[str, Mapping[str, str]] = {"create_organization": {"name": onboarding.name}, **submitted}
    steps = [
        Step(
            tenant_id=actor.tenant_id,
            onboarding=onboarding,
            key=definition.key,
            since=now,
            input=dict(typed.get(definition.key, {})),
            in_bulk=onboarding.is_bulk,
        )
        for definition in JOURNEY
    ]
    for step in steps:
        if step.key in submitted or step is steps[0]:
            step.submitted_at, step.submitted_by = now, me
    Step.objects.bulk_create(steps)
    return refresh(onboarding, REGISTRY, steps)


def hand_over(*, actor: Actor, onboarding: Onboarding, to: Staff) -> None:
    """Make somebody else of the tenant the owner."""
    with acting_for(actor.tenant_id):
        told = {"was": str(onboarding.owner), "now": str(to)}
        Onboarding.objects.filter(pk=onboarding.pk).update(owner=to, updated_at=clock.now())
        record(actor=actor, tag=Tag.ONBOARDING_HANDED_OVER, onboarding=onboarding.pk, fields=told)


@dataclass(frozen=True)
class Cancelled:
    """It is cancelled; what exists at BILL stays there."""


@dataclass(frozen=True)
class NotCancelled:
    """It cannot be cancelled now, and why."""

    why: str


def cancel(*, actor: Actor, onboarding: Onboarding, reason: str) -> Cancelled | NotCancelled:
    """End the steps that have not ended. Not while BILL is being asked, or its answer is not known."""
    with acting_for(actor.tenant_id):
        onboarding = Onboarding.objects.select_for_update().get(pk=onboarding.pk)
        steps = list(onboarding.steps.all())
        if onboarding.is_closed:
            return NotCancelled("This onboarding has ended already.")
        if open_step(journey(steps, REGISTRY)) is None:
            return NotCancelled("Every step has ended already: there is nothing left to cancel.")
        if any(StepState(step.state) in BUSY or step.lease_token for step in steps):
            return NotCancelled(
                "BILL is being asked right now, or its answer is not known yet. Settle that first."
            )
        for step in steps:
            # A session that is open still has to be ended at BILL.
            if StepState(step.state) not in ENDED and step.key != "end_login_as":
                move(step, StepState.CANCELLED, due_at=None)
        record(actor=actor, tag=Tag.ONBOARDING_CANCELLED, onboarding=onboarding.pk, fields={"reason": reason})
        refresh(onboarding, REGISTRY)
    return Cancelled()
