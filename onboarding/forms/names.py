"""Names of people and companies, as they also stand in mails."""

from typing import Any

from django import forms

from portal.lib import bidi


class NameField(forms.CharField):
    """A text on one line, without characters that are not seen and turn the text around them."""

    def to_python(self, value: Any) -> str:
        return bidi.plain(super().to_python(value) or "")
