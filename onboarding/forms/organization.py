"""The company, as step 2 sends it."""

import re
from datetime import date
from typing import Any

from django import forms
from phonenumber_field.formfields import PhoneNumberField

from onboarding import choices
from onboarding.forms.base import Date, StepForm
from onboarding.forms.names import NameField
from onboarding.models import Connection
from portal.lib import clock

ZIP = re.compile(r"\d{5}(-\d{4})?")
TWO_LETTERS = {"max_length": "Write the state as two letters, such as CA."}
MAILING = ("mailing_line1", "mailing_city", "mailing_state", "mailing_zip")


class OrganizationForm(StepForm):
    name = NameField(
        label="Company name",
        max_length=100,
        help_text="As registered. At most 100 characters.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    line1 = forms.CharField(label="Street address", max_length=200)
    line2 = forms.CharField(label="Suite, floor", max_length=200, required=False)
    city = forms.CharField(label="City", max_length=100)
    state = forms.CharField(
        label="State",
        max_length=2,
        error_messages=TWO_LETTERS,
        help_text="Two letters, such as CA.",
        widget=forms.TextInput(attrs={"autocapitalize": "characters"}),
    )
    zip = forms.CharField(
        label="ZIP code", max_length=10, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    country = forms.ChoiceField(label="Country", choices=choices.COUNTRIES)
    mailing_same = forms.BooleanField(label="Mail goes to this address too", required=False, initial=True)
    mailing_line1 = forms.CharField(label="Mailing street address", max_length=200, required=False)
    mailing_city = forms.CharField(label="Mailing city", max_length=100, required=False)
    mailing_state = forms.CharField(
        label="Mailing state", max_length=2, required=False, error_messages=TWO_LETTERS
    )
    mailing_zip = forms.CharField(label="Mailing ZIP code", max_length=10, required=False)
    phone = PhoneNumberField(
        label="Company phone",
        region="US",
        help_text="Ten digits; spaces, dashes and +1 are fine.",
        error_messages={"invalid": "Enter a US phone number, such as (415) 555-0132."},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    owner_name = forms.CharField(
        label="Owner's name",
        max_length=100,
        help_text="BILL asks for it: without it the verification runs into errors.",
    )
    owner_birth = forms.DateField(label="Owner's date of birth", required=False, widget=Date())
    tax_id = forms.CharField(
        label="Tax id",
        required=False,
        max_length=20,
        help_text="Nine digits, such as 12-3456789.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    tax_id_type = forms.ChoiceField(
        label="Tax id type", choices=[("", "—"), *choices.TAX_ID_TYPES], required=False
    )
    industry = forms.CharField(
        label="Industry", max_length=500, required=False, help_text="As BILL words it, if you know."
    )
    business_category = forms.ChoiceField(
        label="Business category", choices=[("", "—"), *choices.BUSINESS_CATEGORIES], required=False
    )
    account_type = forms.ChoiceField(label="Account type", choices=choices.ACCOUNT_TYPES, initial="BUSINESS")
    price_plan = forms.ChoiceField(
        label="Price plan",
        choices=[("", "BILL's own"), *choices.PRICE_PLANS],
        required=False,
        help_text="One of those you agreed with BILL. It is set right after the organization is created.",
    )

    def offer(self, connection: Connection) -> None:
        """BILL's industries once they are known; before that, its words are typed."""
        if not connection.industries:
            return
        typed = str((self.data if self.is_bound else self.initial).get("industry") or "")
        known = [("", "—"), *((name, name) for name in connection.industries)]
        field = forms.ChoiceField(
            label="Industry",
            required=False,
            choices=known,
            error_messages={"invalid_choice": "BILL does not offer this industry. Choose one of its list."},
        )
        if typed and typed not in connection.industries:
            # Typed before the list was known: it stays in sight until somebody chooses.
            field.widget.choices = [*known, (typed, f"{typed} (not one of BILL's)")]
        self.fields["industry"] = field

    def clean_phone(self) -> str:
        phone = self.cleaned_data["phone"]
        if phone.country_code != 1:
            raise forms.ValidationError("Enter a US phone number: ten digits.")
        return f"{phone.national_number:010d}"

    def clean_state(self) -> str:
        return _state(self.cleaned_data["state"])

    def clean_mailing_state(self) -> str:
        text = self.cleaned_data["mailing_state"]
        return _state(text) if text else ""

    def clean_zip(self) -> str:
        return _zip(self.cleaned_data["zip"])

    def clean_mailing_zip(self) -> str:
        text = self.cleaned_data["mailing_zip"]
        return _zip(text) if text else ""

    def clean_tax_id(self) -> str:
        text = self.cleaned_data["tax_id"]
        digits = re.sub(r"[\s.-]", "", text)
        if text and not re.fullmatch(r"[0-9]{9}", digits):
            raise forms.ValidationError("A tax id has nine digits, such as 12-3456789.")
        return digits

    def clean_owner_birth(self) -> date | None:
        born: date | None = self.cleaned_data["owner_birth"]
        if born is None:
            return None
        today = clock.now().date()
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        if born > today:
            raise forms.ValidationError("This date is in the future.")
        if not 18 <= age <= 120:
            raise forms.ValidationError(f"The owner would be {age} years old. Check the year.")
        return born

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("tax_id") and not cleaned.get("tax_id_type"):
            cleaned["tax_id_type"] = "EIN"
        if not cleaned.get("mailing_same"):
            for name in MAILING:
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, "Enter it, or tick that mail goes to the street address.")
        return cleaned


def _state(text: str) -> str:
    if text.upper() not in choices.US_STATES:
        raise forms.ValidationError("The two letters of a US state, such as CA.")
    return text.upper()


def _zip(text: str) -> str:
    if not ZIP.fullmatch(text):
        raise forms.ValidationError("Five digits, or five and four: 94105 or 94105-1234.")
    return text
