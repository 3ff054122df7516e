"""A tenant's BILL credentials. A secret that is on record is never shown; left empty, it stays."""

from typing import Any

from django import forms

from onboarding.forms.names import EmailField, NameField
from onboarding.models import Connection


def _secret(label: str) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, max_length=200, required=False, widget=widget)


class ConnectionForm(forms.Form):
    username = EmailField(
        label="Partner username", help_text="The e-mail address you log in to BILL with as a partner."
    )
    password = _secret("Password")
    app_key = _secret("App key")
    dev_key = _secret("Developer key")

    def __init__(self, data: Any = None, *, connection: Connection | None, environment: str) -> None:
        initial = {"username": connection.username} if connection else None
        super().__init__(data, initial=initial, prefix=environment)
        for name in ("password", "app_key", "dev_key"):
            self.fields[name].required = connection is None
            if connection:
                self.fields[name].help_text = "On record. Leave it empty to keep it."

    def _visible(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        # Keys are pasted, and what comes with them breaks in a header.
        if text and not (text.isascii() and text.isprintable() and " " not in text):
            raise forms.ValidationError("A key has only visible letters, digits and signs, without spaces.")
        return text

    def clean_app_key(self) -> str:
        return self._visible("app_key")

    def clean_dev_key(self) -> str:
        return self._visible("dev_key")


class NewOnboardingForm(forms.Form):
    name = NameField(
        label="Company name",
        max_length=100,
        help_text="The client you bring onto BILL. You can correct it until it is sent.",
    )
    environment = forms.ChoiceField(label="BILL environment")

    def __init__(self, data: Any = None, *, connections: dict[str, Connection]) -> None:
        super().__init__(data)
        field = self.fields["environment"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, name.capitalize()) for name in connections]
