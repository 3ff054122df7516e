"""Names of people and companies, as they also stand in mails, and the addresses of these."""

import re
from typing import Any

from django import forms

from portal.lib import bidi

# What a mail program makes a link of: the partner's mails greet people by what was typed here.
LINK = re.compile(r"://|\bwww\.|@", re.IGNORECASE)
HOST = re.compile(r"\w{2,}\.[^\W\d_]{2,}")


class NameField(forms.CharField):
    """A text on one line, without characters that are not seen and turn the text around them."""

    def to_python(self, value: Any) -> str:
        return bidi.plain(super().to_python(value) or "")

    def validate(self, value: str) -> None:
        super().validate(value)
        if LINK.search(value):
            raise forms.ValidationError("Write a name, not an address of a page or a mailbox.")


class PersonNameField(NameField):
    """A company may be called after its page; a person is not."""

    def validate(self, value: str) -> None:
        super().validate(value)
        if HOST.search(value):
            raise forms.ValidationError("Write a name; after a dot goes a space.")


class EmailField(forms.EmailField):
    """An address, refused in the spelling of our pages."""

    default_error_messages = {"invalid": "Enter a valid e-mail address."}
