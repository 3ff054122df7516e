"""What the forms of the steps have in common."""

from collections.abc import Mapping
from typing import Any

from django import forms

from onboarding.models import Connection

LONGEST_DRAFT = 2000
# The field with which staff leave it to the admin to say it.
BY_ADMIN = "by_admin"


class StepForm(forms.Form):
    """Its cleaned values are texts, stored with the step; what was typed so far is a draft and not checked.

    `WORD` names the fields with which staff attest what the organization said. They are left out where staff may not,
    or the organization's admin said it themselves (`is_said`), and not asked when staff leave it to the admin.
    """

    WORD: tuple[str, ...] = ()

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        connection: Connection | None = None,
        initial: Mapping[str, Any] | None = None,
        is_said: bool = False,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        if connection:
            self.offer(connection)
        self.asks_word = bool(self.WORD) and not is_said and (connection is None or connection.may_attest)
        self._leave_out_word()

    def offer(self, connection: Connection) -> None:
        """Let the form ask for what BILL is known to take."""

    def _leave_out_word(self) -> None:
        if not self.asks_word:
            for name in (*self.WORD, BY_ADMIN):
                self.fields.pop(name, None)
        elif self.is_bound and self.fields[BY_ADMIN].widget.value_from_datadict(
            self.data, self.files, BY_ADMIN
        ):
            for name in self.WORD:
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get(BY_ADMIN):
            for name in self.WORD:
                # What was typed before somebody ticked the box was not said.
                self.errors.pop(name, None)
                cleaned[name] = ""
        return cleaned

    def values(self) -> dict[str, str]:
        """The cleaned values as texts; an unticked box is empty. A word that nobody attests is not among them."""
        values = {name: _text(self.cleaned_data.get(name)) for name in self.fields}
        left_out = self.WORD if values.get(BY_ADMIN) else (BY_ADMIN,)
        return {name: text for name, text in values.items() if name not in left_out}

    @classmethod
    def draft(cls, data: Mapping[str, Any]) -> dict[str, str]:
        """What was typed, as it was typed. Control characters cannot be stored."""
        typed = {name: str(data.get(name, "")) for name in cls.base_fields}
        return {name: text.replace("\0", "")[:LONGEST_DRAFT] for name, text in typed.items()}


def _text(value: object) -> str:
    if value is None or value is False:
        return ""
    return "on" if value is True else str(value)


def by_admin(label: str) -> forms.BooleanField:
    """Staff leave it to the admin, who says it on a page of their own."""
    return forms.BooleanField(
        label=label,
        required=False,
        help_text="They get a link by e-mail, unless an admin has one already; the step waits for them.",
    )


class Date(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")
