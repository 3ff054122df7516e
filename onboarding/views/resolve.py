"""The page on which a person decides what the portal cannot: what was sent, beside what BILL has."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timesince import timesince

from onboarding.forms import STEP_FORMS
from onboarding.forms.formats import FORMATS
from onboarding.forms.grant import ResolveForm
from onboarding.models import Attempt, AttemptOutcome, Onboarding, Step
from onboarding.services import resolve as service
from onboarding.services.steps import NotReady
from onboarding.steps import REGISTRY
from onboarding.views.access import access_step
from onboarding.views.journey import LEAVES, step_url
from onboarding.views.records import ALWAYS_MASKED, PERSONAL
from portal.lib import clock
from portal.tenants.access import StaffRequest, allows, gate
from portal.tenants.roles import Permission

Candidate = Mapping[str, str]


@dataclass(frozen=True)
class Value:
    """What a candidate has; `same` is None where nothing can be compared."""

    text: str
    same: bool | None = None
    holder: Onboarding | None = None


@dataclass(frozen=True)
class Line:
    """One field: ours, and that of each candidate."""

    label: str
    ours: str
    values: Sequence[Value]

    @property
    def is_same(self) -> bool:
        """Whether it is no help: every candidate has just this."""
        return all(value.same for value in self.values)


@gate(Permission.WORK_ONBOARDINGS, "GET HEAD POST")
def resolve(request: StaffRequest, onboarding_id: UUID, key: str) -> HttpResponse:
    """Adopt a candidate, have it sent again, or give up: with a reason, for the audit log."""
    journey, found = access_step(onboarding_id, key)
    if not service.is_decidable(found):
        return redirect(step_url(found))
    form = ResolveForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        choice, bill_id = form.decision()
        reason = form.cleaned_data["reason"]
        result = service.resolve(
            actor=request.actor,
            step=found,
            choice=choice,
            bill_id=bill_id,
            reason=reason,
            seen=request.POST.getlist("seen"),
        )
        if isinstance(result, NotReady):
            messages.warning(request, result.why)
        return redirect(step_url(found))
    candidates = service.candidates_of(journey.onboarding, found)
    sees_all = allows(request.place, Permission.SEE_PERSONAL_DATA)
    holders = _holders(journey.onboarding, found, candidates)
    calls = service.calls_of(found)
    possible_from = service.sendable_from(found, calls)
    context = {
        "journey": journey,
        "environment": journey.onboarding.connection.environment,
        "step": found,
        "what": LEAVES.get(found.key, REGISTRY[found.key].title.lower()),
        "form": form,
        "candidates": candidates,
        "held": set(holders),
        # What tells them apart comes first.
        "lines": [
            *_times(calls, candidates, holders),
            *sorted(_fields(found, candidates, sees_all), key=lambda line: line.is_same),
        ],
        "possible_from": possible_from,
        "is_early": clock.now() < possible_from,
        "can_send": service.is_undecided(found) or clock.now() >= possible_from,
    }
    return render(request, "onboarding/wizard/resolve.html", context, status=422 if form.errors else 200)


def _fields(found: Step, candidates: Sequence[Candidate], sees_all: bool) -> list[Line]:
    """Every field that was sent or that BILL has, in the order of the form."""
    lines, form = [], STEP_FORMS.get(found.key)
    for name, form_field in form.base_fields.items() if form else ():
        ours = found.input.get(name, "")
        if ours or any(one.get(name) for one in candidates):
            labels = {str(value): str(label) for value, label in getattr(form_field, "choices", None) or []}
            values = [_value(name, ours, one.get(name, ""), labels, sees_all) for one in candidates]
            lines.append(Line(str(form_field.label), _shown(name, ours, labels, sees_all), values))
    return lines


def _value(name: str, ours: str, theirs: str, labels: Mapping[str, str], sees_all: bool) -> Value:
    return Value(_shown(name, theirs, labels, sees_all), _is_same(name, ours, theirs))


def _shown(name: str, text: str, labels: Mapping[str, str], sees_all: bool) -> str:
    text = labels.get(text, text)
    mask = ALWAYS_MASKED.get(name) or (None if sees_all else PERSONAL.get(name))
    if mask:
        # What is left of a number that BILL has masked itself may be seen.
        return mask(text) if len(re.sub(r"\W", "", text)) > 4 else text
    return FORMATS[name](text) if name in FORMATS else ("yes" if text == "on" else text)


def _is_same(name: str, ours: str, theirs: str) -> bool | None:
    if not ours or not theirs:
        return None
    if name in ("phone", "tax_id"):
        digits = re.sub(r"\D", "", theirs)[-10:]
        # Of a masked number only the digits that are left can be compared.
        return ours.endswith(digits) if len(digits) >= 4 else None
    return ours.casefold().split() == theirs.casefold().split()


def _times(
    calls: Sequence[Attempt], candidates: Sequence[Candidate], holders: Mapping[str, Onboarding]
) -> list[Line]:
    """When it was made, against when we sent; and which onboarding holds it."""
    sent = [call for call in calls if call.outcome != AttemptOutcome.NOT_SENT][-5:]
    ours = ", ".join(f"sent {call.opened_at:%-d %b %Y, %H:%M:%S} UTC" for call in sent)
    made = [Value(_made(one, sent)) for one in candidates]
    held = [
        Value("" if one["id"] in holders else "no onboarding", holder=holders.get(one["id"]))
        for one in candidates
    ]
    return [Line("When", ours, made), Line("Held by", "", held)]


def _made(one: Candidate, sent: Sequence[Attempt]) -> str:
    if not one.get("created"):
        seen = one.get("first_seen")
        return f"BILL does not say. First seen {_moment(seen)}" if seen else "BILL does not say"
    made = datetime.fromisoformat(one["created"])
    told = _moment(one["created"])
    if not sent:
        return f"created {told}"
    between = made - sent[0].opened_at
    if abs(between) < timedelta(seconds=1):
        return f"created {told}: as we sent it first"
    side = "after" if between > timedelta() else "before"
    length = (
        f"{abs(between).seconds} s"
        if abs(between) < timedelta(minutes=1)
        else timesince(clock.now() - abs(between), clock.now())
    )
    return f"created {told}: {length} {side} we sent it first"


def _moment(text: str | None) -> str:
    return f"{datetime.fromisoformat(text):%-d %b %Y, %H:%M:%S} UTC" if text else ""


def _holders(onboarding: Onboarding, found: Step, candidates: Sequence[Candidate]) -> dict[str, Onboarding]:
    column = service.COLUMN.get(found.key)
    if column is None or not candidates:
        return {}
    ids = [one["id"] for one in candidates]
    held = Onboarding.objects.filter(**{f"{column}__in": ids}, connection_id=onboarding.connection_id)
    return {getattr(one, column): one for one in held}
