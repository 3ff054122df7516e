"""What is on record, in words: what was sent, what BILL gave, attempts, and the audit log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onboarding.forms import STEP_FORMS
from onboarding.forms.formats import FORMATS
from onboarding.models import Attempt, AttemptOutcome, Step, Why
from onboarding.models.consent import WORDS
from onboarding.services.contacts.details import ITEMS
from onboarding.states import EDITABLE, StepState
from onboarding.steps import REGISTRY
from portal.audit.models import Entry
from portal.audit.tags import BY_TEXT, Tag
from portal.lib import masking

DECISIONS = {
    "": "—",
    "IN_PROGRESS": "In progress",
    "REVIEW": "In review",
    "HOLD": "On hold",
    "APPROVE": "Approved",
    "DECLINE": "Declined",
}
ALWAYS_MASKED = {"tax_id": masking.last_four}
PERSONAL = {
    "phone": masking.last_four,
    "owner_birth": masking.year,
    "owner_name": masking.person,
    "first_name": masking.person,
    "last_name": masking.person,
    "email": masking.email,
    "accepted_by": masking.person,
    "given_by": masking.person,
}


@dataclass(frozen=True)
class Event:
    at: datetime
    what: str
    who: str = ""
    detail: str = ""
    code: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Fact:
    term: str
    value: str = ""
    copyable: bool = False
    at: datetime | None = None


def sent_facts(step: Step, sees_personal_data: bool) -> list[Fact]:
    """The step's input with the labels of its form; empty values are left out."""
    form = STEP_FORMS.get(step.key)
    if form is None:
        return []
    given = step.draft if StepState(step.state) in EDITABLE and step.draft else step.input
    facts = []
    for name, form_field in form.base_fields.items():
        value = given.get(name, "")
        if not value:
            continue
        choices = dict(getattr(form_field, "choices", None) or [])
        shown = str(choices.get(value, "yes" if value == "on" else value))
        mask = ALWAYS_MASKED.get(name) or (None if sees_personal_data else PERSONAL.get(name))
        shown = FORMATS[name](shown) if name in FORMATS and not mask else shown
        facts.append(Fact(str(form_field.label), mask(shown) if mask else shown))
    return facts


RESULT_LABELS = {
    "id": "BILL id",
    "name": "Name at BILL",
    "username": "Username at BILL",
    "role": "Role",
    "terms": "BILL's terms",
    "phone": "Phone",
    "decision": "Decision at the start",
    "logged_in_at": "Logged in since",
}


def decision_words(decision: str) -> str:
    """BILL's decision as people say it; a word that we do not know is shown as BILL's own."""
    return DECISIONS.get(decision, decision)


RESULT_WORDS = {"decision": decision_words, "role": str.capitalize}


def result_facts(step: Step) -> list[Fact]:
    """What BILL gave, ids to copy."""
    facts = [
        Fact(
            RESULT_LABELS[name],
            RESULT_WORDS[name](str(value)) if name in RESULT_WORDS else str(value),
            copyable=name in ("id", "username"),
        )
        for name, value in step.result.items()
        if name in RESULT_LABELS and name != "logged_in_at" and value
    ]
    return [*facts, Fact("Done", at=step.since)] if step.state == StepState.DONE else facts


OPERATIONS = {
    "partner_login": "Logged in as the partner",
    "login_as_user": "Logged in as the user",
    "create_organization": "Sent the organization",
    "create_partner_user": "Sent the user",
    "create_partner_risk_phone": "Sent the phone",
    "update_price_plan": "Sent the price plan",
    "initiate_risk_verification": "Asked for the verification",
    "logout": "Logged out",
}
OUTCOMES: dict[str, tuple[str, str]] = {
    AttemptOutcome.OPEN: ("no answer written down yet", "doubt"),
    AttemptOutcome.DONE: ("done", "good"),
    AttemptOutcome.REFUSED: ("refused", "bad"),
    AttemptOutcome.NOT_SENT: ("nothing was sent", "warn"),
    AttemptOutcome.UNKNOWN: ("no readable answer: it may have happened", "doubt"),
}


def attempt_events(attempts: list[Attempt]) -> list[Event]:
    return [_attempt_event(attempt) for attempt in attempts]


def _attempt_event(attempt: Attempt) -> Event:
    words, tone = OUTCOMES[attempt.outcome]
    took = f" in {attempt.latency_ms} ms" if attempt.latency_ms is not None else ""
    status = f" · HTTP {attempt.http_status}" if attempt.http_status else ""
    what = OPERATIONS.get(attempt.operation, attempt.operation)
    detail = f"{attempt.method} {attempt.path}{status}{took}"
    return Event(
        attempt.opened_at, f"{what}: {words}", attempt.bill_id, detail, ", ".join(attempt.codes), tone
    )


TONES = {
    "step.done": "good",
    "step.refused": "bad",
    "step.outcome_unknown": "doubt",
    "step.postponed": "warn",
    "step.look_postponed": "doubt",
    "attempt.answered_late": "doubt",
    "onboarding.completed": "good",
    "onboarding.cancelled": "bad",
    "grant.refused": "warn",
}


def timeline_events(entries: list[Entry]) -> list[Event]:
    """Entries of the audit log as sentences: who did what."""
    return [timeline_event(entry) for entry in entries]


def timeline_event(entry: Entry) -> Event:
    """One entry in words. Only the fields that are ours are worded; what people typed stays as it is."""
    content: dict[str, Any] = entry.content
    tag, fields = BY_TEXT.get(content["tag"]), content.get("fields", {})
    sentence = tag.sentence(_worded(content["tag"], fields)) if tag else content["tag"]
    actor = content["actor"]["name"] or "Somebody"
    return Event(
        at=datetime.fromisoformat(content["at"]),
        what=sentence[:1].upper() + sentence[1:],
        who=actor[:1].upper() + actor[1:],
        detail=fields.get("note", ""),
        code=", ".join(fields.get("codes") or []),
        tone=TONES.get(content["tag"], ""),
    )


def item_words(item: str) -> str:
    """What the admin says is wrong, as staff call it."""
    label = str(ITEMS[item][0]) if item in ITEMS else item.replace("_", " ").capitalize()
    return label.replace("Your ", "The admin's ")


HOWS = {value.replace("_", " "): words for value, words in WORDS}
LINKS = {
    Why.INVITED: "an invitation",
    Why.REMINDED: "a reminder",
    Why.ASKED: "they asked for one",
    Why.RENEWAL: "to renew the remembered device",
}
WITH_HOW = {
    tag.text
    for tag in (
        Tag.TERMS_ACCEPTED,
        Tag.TERMS_WITHDRAWN,
        Tag.GRANT_GIVEN,
        Tag.GRANT_LIMITED,
        Tag.GRANT_REFUSED,
    )
}


def _worded(tag: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Step keys, operations, decisions and the like as people know them."""
    worded = dict(fields)
    if definition := REGISTRY.get(fields.get("step", "")):
        worded["step"] = f"“{definition.title}”"
    if operation := fields.get("operation"):
        worded["operation"] = f"BILL, {operation.replace('_', ' ')}"
    if tag == Tag.DECISION_CHANGED.text:
        worded |= {side: _decision(fields.get(side, "")) for side in ("was", "now")}
    if tag in WITH_HOW:
        worded["how"] = HOWS.get(fields.get("how", ""), fields.get("how", ""))
    if tag == Tag.CONTACT_INVITED.text:
        worded["why"] = LINKS.get(fields.get("why", ""), fields.get("why", ""))
    if item := fields.get("item"):
        worded["item"] = f"“{item_words(item)}”"
    return worded


def _decision(decision: str) -> str:
    return decision_words(decision).lower() if decision not in ("", "none") else "no decision yet"
