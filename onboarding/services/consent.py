"""Putting on record what the organization allowed: who, when, how; as staff attest it, or in the admin's own words."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied

from onboarding.engine import wake
from onboarding.engine.moves import move, refresh
from onboarding.forms.contact import Document
from onboarding.gateway import sessions
from onboarding.gateway.endings import end_what_is_apart
from onboarding.models import LIVE, Acceptance, Grant, Onboarding, Purpose, Scope, Step
from onboarding.services.attesting import (
    is_said,
    only_limits,
    why_not_accept,
    why_not_attest,
    without_people,
)
from onboarding.services.ending import end_now
from onboarding.services.onboardings import staff_of
from onboarding.services.twins import keep_company
from onboarding.states import StepState, WaitsFor
from onboarding.steps import REGISTRY
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock, masking
from portal.lib.actor import Actor, system
from portal.lib.tenancy import acting_for

NOT_DECIDED = "The organization's admin has not decided yet whether staff may log in."
ASKED_ADMIN: dict[str, Any] = {"waits_for": WaitsFor.ADMIN.value, "reason": NOT_DECIDED}


def record_acceptance(
    actor: Actor, onboarding: Onboarding, values: Mapping[str, str], document: Document | None = None
) -> bool:
    """Record who accepted BILL's terms, as staff attest it. Without that the step itself waits for the admin."""
    if (
        values.get("accepted_by")
        and onboarding.connection.may_attest
        and not is_said(onboarding, "create_user")
    ):
        attested = Acceptance(
            accepted_by=values["accepted_by"],
            accepted_on=date.fromisoformat(values["accepted_on"]),
            how=values["accepted_how"],
            attested_by=staff_of(actor),
            document=document.content if document else None,
            document_name=document.name if document else "",
        )
        keep_acceptance(actor, onboarding, attested)
    return True


def keep_acceptance(actor: Actor, onboarding: Onboarding, given: Acceptance) -> None:
    """Write the acceptance down, unless just that is on record."""
    known = onboarding.acceptance
    said = (given.accepted_by, given.accepted_on, given.how)
    if known is not None and (known.accepted_by, known.accepted_on, known.how) == said and not given.document:
        return
    given.tenant_id, given.onboarding, given.recorded_at = onboarding.tenant_id, onboarding, clock.now()
    given.save(force_insert=True)
    onboarding.acceptance = given
    onboarding.save(update_fields=["acceptance"])
    told = {
        "accepted_by": masking.person(given.accepted_by),
        "accepted_on": given.accepted_on.isoformat(),
        "how": given.how.replace("_", " "),
    }
    if given.document:
        told["document"] = hashlib.sha256(given.document).hexdigest()
    record(actor=actor, tag=Tag.TERMS_ACCEPTED, onboarding=onboarding.pk, target=_of(given), fields=told)


def _of(word: Acceptance | Grant) -> tuple[str, str] | None:
    return ("contact", str(word.contact_id)) if word.contact_id else None


def accept_terms(
    *, actor: Actor, onboarding: Onboarding, values: Mapping[str, str], document: Document | None = None
) -> None:
    """Staff record who accepted BILL's terms, at any time; a user that waited for nothing else is created now."""
    with acting_for(actor.tenant_id):
        onboarding = locked_onboarding(onboarding)
        if why := why_not_accept(onboarding):
            raise PermissionDenied(why)
        record_acceptance(actor, onboarding, values, document)
        wake_waiting(onboarding, "create_user", submitted_by=staff_of(actor), given=values)
        refresh(onboarding, REGISTRY)


def locked_onboarding(onboarding: Onboarding) -> Onboarding:
    """As it is now, with the words on record; whoever changes them holds its row."""
    related = ("acceptance", "grant", "connection")
    held = Onboarding.objects.select_for_update(of=("self",)).select_related(*related)
    return held.get(pk=onboarding.pk)


def wake_waiting(
    onboarding: Onboarding, key: str, *, given: Mapping[str, str] | None = None, **fields: Any
) -> None:
    """Have the step run that waited for the organization's word. A person waits for it now."""
    step = Step.objects.filter(onboarding=onboarding, key=key).order_by("-round").first()
    if step is None or StepState(step.state) is not StepState.WAITING or step.lease_token:
        return
    now = clock.now()
    fields |= {"submitted_at": now, "tries": 0, "in_bulk": False, "input": {**step.input, **(given or {})}}
    move(step, StepState.READY, due_at=now, waits_for="", reason="", **fields)
    wake.on_commit(step.tenant_id, step.pk, now)


def record_grant(actor: Actor, onboarding: Onboarding, values: Mapping[str, str]) -> bool:
    """Record the permission to log in as user, or its refusal. True when the verification may be sent.

    Without one it is sent all the same, and waits for the admin.
    """
    if not values.get("scope") or why_not_attest(onboarding, values["scope"]):
        return True
    if only_limits(onboarding, values["scope"]):
        end_people(actor, onboarding)
    else:
        keep_grant(actor, onboarding, _attested(actor, values))
    return values["scope"] != Scope.NOTHING


def _attested(actor: Actor, values: Mapping[str, str]) -> Grant:
    return Grant(
        scope=values["scope"],
        given_by=values["given_by"],
        given_on=date.fromisoformat(values["given_on"]),
        how=values["given_how"],
        attested_by=staff_of(actor),
    )


def keep_grant(actor: Actor, onboarding: Onboarding, given: Grant, ended: Grant | None = None) -> None:
    """Write the permission down, unless just that is on record, and open or end the steps that rest on it."""
    known = onboarding.grant
    said = (given.scope, given.given_by, given.given_on, given.how)
    is_news = known is None or (known.scope, known.given_by, known.given_on, known.how) != said
    if is_news or given.contact_id:
        given.tenant_id, given.onboarding, given.recorded_at = onboarding.tenant_id, onboarding, clock.now()
        given.save(force_insert=True)
        onboarding.grant = given
        onboarding.save(update_fields=["grant"])
        _tell(actor, given, ended)
        _end_sessions(actor, onboarding, given)
        if not given.allows_system:
            end_own_sessions(onboarding)
    is_permitted = {"start_verification": given.allows_system}
    if not given.with_terms:
        is_permitted["login_as_user"] = given.scope == Scope.STAFF
    steps = Step.objects.filter(onboarding=onboarding, key__in=is_permitted).order_by("round")
    for step in {step.key: step for step in steps}.values():
        _permit(onboarding, step, is_permitted[step.key])
    # Consent to the portal's own sessions says nothing of people: their login waits for the admin's answer.
    waits = ASKED_ADMIN if given.with_terms else {"waits_for": "", "reason": ""}
    not_begun = Step.objects.filter(
        onboarding=onboarding, key="login_as_user", state=StepState.NOT_STARTED.value
    )
    not_begun.update(**waits)


_TAGS = {
    Scope.STAFF: Tag.GRANT_GIVEN,
    Scope.VERIFICATION: Tag.GRANT_LIMITED,
    Scope.NOTHING: Tag.GRANT_REFUSED,
}


def _tell(actor: Actor, given: Grant, ended: Grant | None) -> None:
    """What was given, or which word has ended and what is left of it."""
    word = ended or given
    told = {
        "given_by": masking.person(word.given_by),
        "given_on": word.given_on.isoformat(),
        "how": word.how.replace("_", " "),
    }
    if given.allows_system:
        told["scope"] = given.scope
    if given.with_terms:
        told["with_terms"] = "yes"
    if given.scope == Scope.STAFF:
        told |= {
            "until": given.until.isoformat() if given.until else "",
            "device": "yes" if given.device else "",
        }
    tag = Tag.GRANT_WITHDRAWN if ended else _TAGS[Scope(given.scope)]
    record(actor=actor, tag=tag, onboarding=given.onboarding_id, target=_of(word), fields=told)


def end_people(actor: Actor, onboarding: Onboarding) -> None:
    """Of the permission that counts nothing is left but what lets the portal work; people are asked about anew."""
    known = onboarding.grant
    if known is None or known.scope != Scope.STAFF:
        return
    keep_grant(actor, onboarding, without_people(onboarding, known), ended=known)
    ask_anew(onboarding)
    refresh(onboarding, REGISTRY)


def ask_anew(onboarding: Onboarding) -> None:
    """A login that has not begun waits until it is said again whether people may log in."""
    step = Step.objects.filter(onboarding=onboarding, key="login_as_user").order_by("-round").first()
    if step is None or step.lease_token or onboarding.is_closed:
        return
    if StepState(step.state) in NOT_BEGUN:
        move(step, StepState.NOT_PERMITTED, due_at=None, problems=[])
    if StepState(step.state) is StepState.NOT_PERMITTED:
        move(step, StepState.NOT_STARTED, submitted_at=None, **ASKED_ADMIN)


def _permit(onboarding: Onboarding, step: Step, is_permitted: bool) -> None:
    """A step that is not permitted has ended; a permission that comes later opens it again."""
    state = StepState(step.state)
    if is_permitted and state is StepState.NOT_PERMITTED:
        move(step, StepState.NOT_STARTED, submitted_at=None, reason="")
    elif not is_permitted and state in NOT_BEGUN and not step.lease_token:
        reason = "The organization did not permit it."
        move(step, StepState.NOT_PERMITTED, due_at=None, waits_for="", reason=reason, problems=[])
        record(
            actor=system(onboarding.tenant_id),
            tag=Tag.STEP_NOT_PERMITTED,
            onboarding=onboarding.pk,
            target=("step", str(step.pk)),
            fields={"step": step.key},
        )


NOT_BEGUN = frozenset({StepState.NOT_STARTED, StepState.READY, StepState.REFUSED, StepState.WAITING})


def change_grant(*, actor: Actor, onboarding: Onboarding, values: Mapping[str, str]) -> None:
    """Staff record another permission, at any time; a step that was not permitted before goes on with it."""
    with acting_for(actor.tenant_id):
        onboarding = locked_onboarding(onboarding)
        if why := why_not_attest(onboarding, values["scope"]):
            raise PermissionDenied(why)
        if only_limits(onboarding, values["scope"]):
            end_people(actor, onboarding)
            return
        apply_grant(
            actor, onboarding, _attested(actor, values), submitted_by=staff_of(actor), input=dict(values)
        )


def apply_grant(actor: Actor, onboarding: Onboarding, given: Grant, **submitted: Any) -> None:
    """Have this permission count from now on. In the caller's transaction, which holds the onboarding's row."""
    step = Step.objects.get(onboarding=onboarding, key="start_verification")
    was_refused = StepState(step.state) is StepState.NOT_PERMITTED
    was_allowed = onboarding.grant is not None and onboarding.grant.allows_system
    keep_grant(actor, onboarding, given)
    if given.allows_system:
        wake_waiting(onboarding, "start_verification")
        if not was_allowed:
            # What follows the check has stopped without a word that lets the portal look.
            wake_waiting(onboarding, "follow_decision")
        if was_refused:
            # This word is all that the step needs; asking for it again would only invite the old one.
            Step.objects.filter(pk=step.pk).update(submitted_at=clock.now(), **submitted)
    current = refresh(onboarding, REGISTRY)
    if current:
        wake.on_commit(current.tenant_id, current.pk, current.due_at)


def _end_sessions(actor: Actor, onboarding: Onboarding, given: Grant) -> None:
    """Sessions that rest on another permission end now, not at their time."""
    running = onboarding.sessions.filter(purpose=Purpose.STAFF.value, ended_at__isnull=True)
    end_now(actor, running.exclude(grant=given), given.recorded_at)


def end_own_sessions(onboarding: Onboarding) -> None:
    """The portal uses none that it still has; BILL ends it once it is idle, and is told of what it may trust."""
    for session in onboarding.sessions.filter(purpose=Purpose.SYSTEM.value, state__in=LIVE):
        sessions.end(session, "it is not permitted any more")
    end_what_is_apart(onboarding)


# What has to be on record before the step with this key may be sent. False: it will not be sent.
RECORDED_BEFORE: dict[str, Callable[[Actor, Onboarding, Mapping[str, str]], bool]] = {
    "create_organization": keep_company,
    "create_user": record_acceptance,
    "start_verification": record_grant,
}
