"""Putting on record what the organization allowed, as staff attest it: who, when, how."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from onboarding.engine import wake
from onboarding.engine.moves import move, refresh
from onboarding.models import Acceptance, Grant, Onboarding, Purpose, Scope, Step
from onboarding.services.onboardings import staff_of
from onboarding.services.twins import keep_company
from onboarding.states import StepState
from onboarding.steps import REGISTRY
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock, masking
from portal.lib.actor import Actor, system
from portal.lib.tenancy import acting_for


def record_acceptance(actor: Actor, onboarding: Onboarding, values: Mapping[str, str]) -> bool:
    """Record who accepted BILL's terms, unless just that is on record. The user step may then be sent."""
    accepted_on = date.fromisoformat(values["accepted_on"])
    known = onboarding.acceptance
    given = (values["accepted_by"], accepted_on, values["accepted_how"])
    if known is None or (known.accepted_by, known.accepted_on, known.how) != given:
        onboarding.acceptance = Acceptance.objects.create(
            tenant_id=onboarding.tenant_id,
            onboarding=onboarding,
            accepted_by=values["accepted_by"],
            accepted_on=accepted_on,
            how=values["accepted_how"],
            attested_by=staff_of(actor),
            recorded_at=clock.now(),
        )
        onboarding.save(update_fields=["acceptance"])
        told = {
            "accepted_by": masking.person(values["accepted_by"]),
            "accepted_on": values["accepted_on"],
            "how": values["accepted_how"].replace("_", " "),
        }
        record(actor=actor, tag=Tag.TERMS_ACCEPTED, onboarding=onboarding.pk, fields=told)
    return True


def accept_terms(*, actor: Actor, onboarding: Onboarding, values: Mapping[str, str]) -> None:
    """Record who accepted BILL's terms, at any time; a user that waited for nothing else is created now."""
    with acting_for(actor.tenant_id):
        onboarding = Onboarding.objects.select_for_update(of=("self",)).get(pk=onboarding.pk)
        record_acceptance(actor, onboarding, values)
        step = Step.objects.get(onboarding=onboarding, key="create_user")
        if StepState(step.state) is not StepState.WAITING:
            return
        now, known = clock.now(), {**step.input, **values}
        # A person waits for it now, whoever submitted it.
        begun: dict[str, Any] = {
            "submitted_at": now,
            "submitted_by": staff_of(actor),
            "tries": 0,
            "in_bulk": False,
        }
        move(step, StepState.READY, due_at=now, waits_for="", reason="", input=known, **begun)
        refresh(onboarding, REGISTRY)
        wake.on_commit(step.tenant_id, step.pk, now)


def record_grant(actor: Actor, onboarding: Onboarding, values: Mapping[str, str]) -> bool:
    """Record the permission to log in as user, or its refusal. True when it lets the verification start."""
    given_on, scope = date.fromisoformat(values["given_on"]), values["scope"]
    known = onboarding.grant
    given = (scope, values["given_by"], given_on, values["given_how"])
    if known is None or (known.scope, known.given_by, known.given_on, known.how) != given:
        onboarding.grant = Grant.objects.create(
            tenant_id=onboarding.tenant_id,
            onboarding=onboarding,
            scope=scope,
            given_by=values["given_by"],
            given_on=given_on,
            how=values["given_how"],
            attested_by=staff_of(actor),
            recorded_at=clock.now(),
        )
        onboarding.save(update_fields=["grant"])
        _tell(actor, onboarding, values)
    is_permitted = {"login_as_user": scope == Scope.STAFF, "start_verification": scope != Scope.NOTHING}
    steps = Step.objects.filter(onboarding=onboarding, key__in=is_permitted).order_by("round")
    for step in {step.key: step for step in steps}.values():
        _permit(onboarding, step, is_permitted[step.key])
    return scope != Scope.NOTHING


def _tell(actor: Actor, onboarding: Onboarding, values: Mapping[str, str]) -> None:
    told = {
        "given_by": masking.person(values["given_by"]),
        "given_on": values["given_on"],
        "how": values["given_how"].replace("_", " "),
    }
    if values["scope"] == Scope.NOTHING:
        record(actor=actor, tag=Tag.GRANT_REFUSED, onboarding=onboarding.pk, fields=told)
    else:
        record(
            actor=actor,
            tag=Tag.GRANT_GIVEN,
            onboarding=onboarding.pk,
            fields={**told, "scope": values["scope"]},
        )


def _permit(onboarding: Onboarding, step: Step, is_permitted: bool) -> None:
    """A step that is not permitted has ended; a permission that comes later opens it again."""
    if not is_permitted and StepState(step.state) in (StepState.NOT_STARTED, StepState.REFUSED):
        move(
            step,
            StepState.NOT_PERMITTED,
            due_at=None,
            reason="The organization did not permit it.",
            problems=[],
        )
        told = {"step": step.key}
        record(
            actor=system(onboarding.tenant_id),
            tag=Tag.STEP_NOT_PERMITTED,
            onboarding=onboarding.pk,
            target=("step", str(step.pk)),
            fields=told,
        )
    elif is_permitted and StepState(step.state) is StepState.NOT_PERMITTED:
        move(step, StepState.NOT_STARTED, submitted_at=None, reason="")


def change_grant(*, actor: Actor, onboarding: Onboarding, values: Mapping[str, str]) -> None:
    """Record another permission at any time; a step that was not permitted before goes on with it."""
    with acting_for(actor.tenant_id):
        onboarding = Onboarding.objects.select_for_update(of=("self",)).get(pk=onboarding.pk)
        step = Step.objects.get(onboarding=onboarding, key="start_verification")
        was_refused = StepState(step.state) is StepState.NOT_PERMITTED
        record_grant(actor, onboarding, values)
        if was_refused and values["scope"] != Scope.NOTHING:
            # This word is all that the step needs; asking for it again would only invite the old one.
            now, me = clock.now(), staff_of(actor)
            Step.objects.filter(pk=step.pk).update(input=dict(values), submitted_at=now, submitted_by=me)
        if values["scope"] != Scope.STAFF:
            _end_sessions(onboarding)
        current = refresh(onboarding, REGISTRY)
        if current:
            wake.on_commit(current.tenant_id, current.pk, current.due_at)


def _end_sessions(onboarding: Onboarding) -> None:
    """A permission that is withdrawn ends the sessions that rest on it now, not at their time."""
    now = clock.now()
    live = onboarding.sessions.filter(purpose=Purpose.STAFF.value, ended_at__isnull=True, expires_at__gt=now)
    live.update(expires_at=now)
    for step in onboarding.steps.filter(key="end_login_as", state=StepState.READY.value):
        move(step, StepState.READY, due_at=now)
        wake.on_commit(step.tenant_id, step.pk, now)


# What has to be on record before the step with this key may be sent. False: it will not be sent.
RECORDED_BEFORE: dict[str, Callable[[Actor, Onboarding, Mapping[str, str]], bool]] = {
    "create_organization": keep_company,
    "create_user": record_acceptance,
    "start_verification": record_grant,
}
