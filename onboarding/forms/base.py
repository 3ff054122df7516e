"""What the forms of the steps have in common."""

from collections.abc import Mapping
from typing import Any

from django import forms

from onboarding.models import Connection

LONGEST_DRAFT = 2000


class StepForm(forms.Form):
    """Its cleaned values are texts, stored with the step; what was typed so far is a draft and not checked."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        connection: Connection | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        if connection:
            self.offer(connection)

    def offer(self, connection: Connection) -> None:
        """Let the form ask for what BILL is known to take."""

    def values(self) -> dict[str, str]:
        """The cleaned values as texts; an unticked box is empty."""
        return {name: _text(self.cleaned_data.get(name)) for name in self.fields}

    @classmethod
    def draft(cls, data: Mapping[str, Any]) -> dict[str, str]:
        """What was typed, as it was typed. Control characters cannot be stored."""
        typed = {name: str(data.get(name, "")) for name in cls.base_fields}
        return {name: text.replace("\0", "")[:LONGEST_DRAFT] for name, text in typed.items()}


def _text(value: object) -> str:
    if value is None or value is False:
        return ""
    return "on" if value is True else str(value)


class Date(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")
