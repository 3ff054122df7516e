"""Names of people and companies, as they also stand in mails, and the addresses of these."""

from typing import Any

from django import forms

from portal.lib import bidi


class NameField(forms.CharField):
    """A text on one line, without characters that are not seen and turn the text around them."""

    def to_python(self, value: Any) -> str:
        return bidi.plain(super().to_python(value) or "")


class EmailField(forms.EmailField):
    """An address, refused in the spelling of our pages."""

    default_error_messages = {"invalid": "Enter a valid e-mail address."}
