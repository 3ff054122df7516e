"""A row checked by the very forms of the wizard: they are the rules, here as there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django import forms
from django.core.exceptions import ValidationError

from onboarding.forms import STEP_FORMS, StepForm
from onboarding.forms.organization import MAILING
from onboarding.models import Connection
from onboarding.sheets import typed
from onboarding.sheets.columns import ACCEPTANCE, BY_KEY, GRANT, ONBOARDING, REPEATS, USER, Column
from onboarding.sheets.sheet import Line, Problem

STEPS = ("create_organization", "create_user", "add_risk_phone", "start_verification")
_RULES = {
    "tax_id": typed.tax_id,
    "country": typed.country,
}
_STATES = {"zip": "create_organization.state", "mailing_zip": "create_organization.mailing_state"}
_LONGEST_LIST = 8
NOT_ATTESTED = "BILL's terms and the permission are left out: the admin says both on a page of their own."


@dataclass(frozen=True)
class Checked:
    """The input of each step that the row has data for; meant to be used only when there is no problem."""

    name: str
    onboarding: str
    repeats: str
    inputs: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


class Checker:
    """Made once for a file: making forms costs more than asking them."""

    def __init__(self, mapping: Mapping[str, int], connection: Connection) -> None:
        self.mapping = {key: index for key, index in mapping.items() if key in BY_KEY}
        self.may_attest = connection.may_attest
        self.forms: dict[str, StepForm] = {
            step: STEP_FORMS[step]({}, connection=connection) for step in STEPS
        }
        # A field without a cell has the value that the empty form shows.
        self.shown = {step: _shown(form) for step, form in self.forms.items()}
        self.choices = {
            key: typed.choices_by_words(_choices(self._field(key)))
            for key in self.mapping
            if isinstance(self._field(key), forms.ChoiceField)
        }

    def check(self, line: Line) -> Checked:
        """The row in the steps' own words, and every problem of it."""
        values = {key: line.cells[n].strip() for key, n in self.mapping.items() if n < len(line.cells)}
        problems, notes = list(line.problems), []
        given = {key: text for key, text in values.items() if text}
        data = {step: dict(shown) for step, shown in self.shown.items()}
        if any(f"create_organization.{name}" in given for name in MAILING):
            data["create_organization"]["mailing_same"] = ""
        ours = (ONBOARDING.key, REPEATS.key)
        for column, text in ((BY_KEY[key], text) for key, text in given.items() if key not in ours):
            try:
                data[column.step][column.field], note = self._understood(column, text, given)
            except ValidationError as error:
                problems.append(self._problem(column, error.messages[0]))
                continue
            if note:
                notes.append(f"{column.label}: {note}.")
        if not self.may_attest and any(key in given for key in (*ACCEPTANCE, *GRANT)):
            notes.append(NOT_ATTESTED)
        inputs = {}
        for step in self._steps(given, problems):
            inputs[step] = self._ask(step, data[step], given, problems)
        name = values.get("create_organization.name", "")[:100]
        onboarding, repeats = (values.get(key, "") for key in ours)
        return Checked(name, onboarding, repeats, inputs, tuple(problems), tuple(notes))

    def _steps(self, given: Mapping[str, str], problems: list[Problem]) -> list[str]:
        """The steps that the row has data for, without a gap."""
        has_user = any(key in given for key in USER)
        has_phone = "add_risk_phone.phone" in given
        asked = [
            (has_user, "create_user", "Fill in the administrator's name and e-mail, too, or leave this out."),
            (has_phone, "add_risk_phone", "Fill in the administrator's phone, too, or leave this out."),
        ]
        later = [
            (next((key for key in ACCEPTANCE if key in given), ""), asked[:1]),
            ("add_risk_phone.phone" if has_phone else "", asked[:1]),
            (next((key for key in GRANT if key in given), ""), asked[:2]),
        ]
        for key, before in later:
            gap = next((words for is_there, _, words in before if not is_there), "")
            if key and gap:
                problems.append(self._problem(BY_KEY[key], gap))
        has_grant = any(key in given for key in GRANT)
        there = {"create_user": has_user, "add_risk_phone": has_phone, "start_verification": has_grant}
        return [step for step in STEPS if there.get(step, True)]

    def _understood(self, column: Column, text: str, given: Mapping[str, str]) -> tuple[str, str]:
        asked = self._field(column.key)
        if isinstance(asked, forms.DateField):
            return typed.day(text)
        if isinstance(asked, forms.BooleanField):
            return typed.box(text), ""
        if column.field in _STATES:
            return typed.zip_code(text, given.get(_STATES[column.field], ""))
        text, note = _RULES[column.field](text) if column.field in _RULES else (text, "")
        known = self.choices.get(column.key)
        return (known.get(typed.plain(text), text), note) if known else (text, note)

    def _ask(
        self, step: str, data: dict[str, str], given: Mapping[str, str], problems: list[Problem]
    ) -> dict[str, str]:
        """What the step's form makes of it."""
        form = self.forms[step]
        form.data = data
        form.full_clean()
        accepts = any(key in given for key in ACCEPTANCE)
        for name, errors in form.errors.as_data().items():
            column = BY_KEY[f"{step}.{name}"]
            if column.key in ACCEPTANCE and not accepts:
                continue
            problems.extend(self._problem(column, self._words(column, error)) for error in errors)
        values = form.values()
        if step == "create_user" and not accepts:
            return {name: values[name] for name in values if f"{step}.{name}" not in ACCEPTANCE}
        return values

    def _problem(self, column: Column, words: str) -> Problem:
        at = self.mapping.get(column.key)
        return Problem(at, words) if at is not None else Problem(None, f"{column.label}: {words}")

    def _words(self, column: Column, error: ValidationError) -> str:
        asked = self._field(column.key)
        if error.code == "required":
            return "This is needed, and empty."
        if error.code == "invalid_choice":
            known = [label for value, label in _choices(asked) if value]
            if len(known) > _LONGEST_LIST:
                return error.messages[0] if column.field == "industry" else "This is not one of the choices."
            return f"Choose one of: {'; '.join(known)}."
        if error.code == "invalid" and isinstance(asked, forms.DateField):
            return "Enter a date, such as 1985-01-31 or 01/31/1985."
        return " ".join(error.messages)

    def _field(self, key: str) -> forms.Field | None:
        column = BY_KEY[key]
        form = self.forms.get(column.step)
        return form.fields.get(column.field) if form else None


def _choices(asked: forms.Field | None) -> list[tuple[str, str]]:
    assert isinstance(asked, forms.ChoiceField)
    return [(str(value), str(label)) for value, label in asked.widget.choices]


def _shown(form: StepForm) -> dict[str, str]:
    """What a form has filled in before anybody types: first choices, and ticked boxes."""
    shown: dict[str, str] = {}
    for name, asked in form.fields.items():
        if isinstance(asked, forms.ChoiceField) and not isinstance(asked.widget, forms.RadioSelect):
            shown[name] = _choices(asked)[0][0]
        elif isinstance(asked, forms.BooleanField) and asked.initial:
            shown[name] = "on"
    return shown
