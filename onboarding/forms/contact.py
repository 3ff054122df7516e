"""Who the organization's admin is, what they are answered, and the document of an acceptance obtained elsewhere."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings

from onboarding.forms.names import EmailField, PersonNameField


class ContactForm(forms.Form):
    name = PersonNameField(label="Name", max_length=100)
    email = EmailField(
        label="E-mail",
        max_length=254,
        help_text="Their own mailbox at the organization. A code that is sent to it opens their pages.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(
        label="Language of the mails",
        choices=settings.LANGUAGES,
        help_text="On their pages they choose for themselves.",
    )

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label="Your answer",
        min_length=2,
        max_length=1000,
        help_text="The admin reads it beside what they said.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def answer_form(objection_id: UUID, data: Any = None) -> AnswerForm:
    """Several stand on one page, each with names of its own."""
    return AnswerForm(data, prefix=f"o{objection_id.hex}")


MOST_DOCUMENT = 5 * 1024 * 1024
# What a file begins with, and what it is.
KINDS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
ENDINGS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}


def kind_of(content: bytes) -> str:
    """The media type that the file's first bytes show; empty when it is none that is taken."""
    return next((kind for start, kind in KINDS.items() if content.startswith(start)), "")


@dataclass(frozen=True)
class Document:
    """What shows an acceptance that was obtained elsewhere."""

    name: str
    content: bytes


class DocumentForm(forms.Form):
    document = forms.FileField(
        label="Document that shows it",
        required=False,
        help_text="PDF, PNG or JPEG, at most 5 MB. It is kept encrypted.",
        widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
        error_messages={"empty": "This file is empty."},
    )

    def clean_document(self) -> Document | None:
        file = self.cleaned_data["document"]
        if file is None:
            return None
        if (file.size or 0) > MOST_DOCUMENT:
            raise forms.ValidationError("This file is larger than 5 MB.")
        content = file.read()
        if not kind_of(content):
            raise forms.ValidationError("This is neither a PDF nor a PNG or JPEG image.")
        stem = file.name.rpartition(".")[0] or file.name
        # The ending says what it is, whatever it was called.
        return Document(f"{stem[:90]}{ENDINGS[kind_of(content)]}", content)
