"""What the organization's admin types on their pages."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import phonenumbers
from django import forms
from django.conf import settings
from django.utils import formats
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from onboarding.forms.wording import Wording
from onboarding.models.consent import first_day_not_over
from portal.lib import clock

TERMS, CONSENT = "terms", "consent"
NO = "no"
HOW_LONG = [
    (NO, _("No, nobody may")),
    ("days", _("Yes, for 30 days")),
    ("year", _("Yes, for one year")),
    ("date", _("Yes, until a day that I choose")),
    ("open", _("Yes, until I take it back")),
]


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code from the e-mail"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "dir": "ltr", "autofocus": True}
        ),
    )

    def clean_code(self) -> str:
        """Six digits of any script, with whatever stands between them."""
        code = "".join(str(int(c)) for c in self.cleaned_data["code"] if c.isdecimal())
        if len(code) != 6:
            raise forms.ValidationError(_("The code has six digits."))
        return code


class AskForm(forms.Form):
    email = forms.EmailField(
        label=_("Your e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"})
    )


class LanguageForm(forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES)


class ObjectionForm(forms.Form):
    """ "This is wrong": one item, and what is right."""

    said = forms.CharField(
        label=_("What is wrong, and what is right?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write a few words, so that it can be corrected.")},
    )


class AgreeForm(forms.Form):
    """BILL's terms, and the portal's own sessions: a box for each, with the words beside it, and neither is ticked.

    What is on record already is not asked again. Each box carries a mark of its words.
    """

    def __init__(self, data: Mapping[str, Any] | None, wordings: Mapping[str, Wording]) -> None:
        super().__init__(data)
        for name, wording in wordings.items():
            self.fields[name] = forms.BooleanField(
                label=wording.sentence,
                required=name == TERMS or TERMS not in wordings,
                error_messages={"required": _("Tick this if you agree. Nothing happens before you do.")},
            )
            self.fields[f"{name}_mark"] = forms.CharField(
                initial=wording.mark, widget=forms.HiddenInput, required=False
            )
        self.wordings = wordings

    @property
    def is_current(self) -> bool:
        """Whether the marks that came are those of the words as they are now."""
        return all(self.data.get(f"{name}_mark") == words.mark for name, words in self.wordings.items())

    def afresh(self) -> "AgreeForm":
        """The form with nothing ticked, and why it is shown again."""
        form = AgreeForm({f"{name}_mark": words.mark for name, words in self.wordings.items()}, self.wordings)
        form.full_clean()
        form.errors.clear()
        form.add_error(None, CHANGED)
        return form

    def agreed(self, name: str) -> Wording | None:
        return self.wordings.get(name) if self.cleaned_data.get(name) else None


CHANGED = _("The words have changed since you opened the page. Read them again.")
LONGEST = timedelta(days=3653)


class PermissionForm(forms.Form):
    """Whether people of the partner may log in as the admin's user, and for how long."""

    how_long = forms.ChoiceField(
        choices=HOW_LONG,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of these.")},
    )
    until = forms.DateField(
        label=_("Until this day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter a day, such as 2027-01-31.")},
    )
    device = forms.BooleanField(required=False)
    words = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Mapping[str, Any] | None, *, about: Wording, device: Wording, initial: Mapping[str, Any]
    ) -> None:
        self.mark = f"{about.mark}{device.mark}"
        super().__init__(data, initial={**initial, "words": self.mark})
        self.fields["how_long"].label = about.sentence
        self.fields["device"].label = device.sentence

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("how_long") == "date" and "until" not in self.errors:
            until = cleaned.get("until")
            if until is None:
                self.add_error("until", _("Choose the last day."))
            elif until < first_day_not_over():
                self.add_error("until", _("This day is over."))
            elif until > clock.now().date() + LONGEST:
                self.add_error("until", _("Choose a day within the next ten years."))
        return cleaned

    @property
    def is_current(self) -> bool:
        """Whether what was answered are the words as they are now."""
        return str(self.data.get("words", "")) == self.mark

    def ask_again(self) -> None:
        """The words are others now: nothing of the answer is taken over."""
        self.data = {"words": self.mark}
        self.full_clean()
        self.errors.clear()
        self.add_error("how_long", CHANGED)

    def chosen(self) -> tuple[bool, date | None, bool]:
        """Whether they may, until which day, and with the remembered device."""
        how_long, today = self.cleaned_data["how_long"], clock.now().date()
        until = {
            "days": today + timedelta(days=30),
            "year": today + timedelta(days=365),
            "date": self.cleaned_data["until"],
        }.get(how_long)
        return how_long != NO, until, self.cleaned_data["device"] and how_long != NO

    def answer(self) -> str:
        """The choice in the words that were shown."""
        words = str(dict(HOW_LONG)[self.cleaned_data["how_long"]])
        _allows, until, _device = self.chosen()
        return f"{words} ({formats.date_format(until, 'DATE_FORMAT')})" if until else words


class PhoneField(PhoneNumberField):  # type: ignore[misc]  # the library has no types
    """A phone number of any country, with 00 for the + where people dial it like that."""

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        begins = "".join(str(int(c)) for c in text[:2] if c.isdecimal())
        return super().to_python(f"+{text[2:]}" if begins == "00" else text)


class MfaPhoneForm(forms.Form):
    phone = PhoneField(
        label=_("Your phone number"),
        region="US",
        help_text=_("Outside the United States begin with + and the country’s code, such as +44."),
        error_messages={
            "invalid": _("Enter a whole phone number, such as (415) 555-0132 or +44 20 7946 0958.")
        },
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel", "dir": "ltr", "autofocus": True}
        ),
    )
    by_voice = forms.BooleanField(
        label=_("Call me instead of a text. Choose this for a landline."), required=False
    )

    def clean_phone(self) -> str:
        """As BILL takes it, from wherever: +14155550132."""
        number = self.cleaned_data["phone"]
        if number.extension:
            raise forms.ValidationError(
                _("Codes from BILL do not reach an extension. Enter a number without one.")
            )
        if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.PREMIUM_RATE:
            raise forms.ValidationError(_("Calls to this number cost extra. Enter another one."))
        return str(number.as_e164)


class MfaCodeForm(CodeForm):
    # Which of the two tokens this page asked for: another device may have gone on meanwhile.
    token = forms.ChoiceField(choices=[("phone_code", ""), ("device_code", "")], widget=forms.HiddenInput)

    field_order = ("token", "code")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code from BILL")
