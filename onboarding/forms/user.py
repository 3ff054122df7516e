"""The organization's administrator, and the word they gave: steps 3 and 4."""

from datetime import date, timedelta

from django import forms
from phonenumber_field.formfields import PhoneNumberField

from onboarding import choices
from onboarding.forms.base import BY_ADMIN, Date, StepForm, by_admin
from onboarding.forms.names import EmailField, PersonNameField
from onboarding.models import HOW_CHOICES
from portal.lib import clock


def not_in_the_future(day: date) -> date:
    """Today somewhere on earth at the latest."""
    if day > (clock.now() + timedelta(hours=14)).date():
        raise forms.ValidationError("This date is in the future.")
    return day


class AcceptanceForm(StepForm):
    accepted_by = PersonNameField(
        label="Who accepted BILL's terms",
        max_length=100,
        help_text="The person's full name. BILL is told that they did.",
    )
    accepted_on = forms.DateField(label="On", widget=Date())
    accepted_how = forms.ChoiceField(label="How", choices=[("", "Choose"), *HOW_CHOICES])

    def clean_accepted_on(self) -> date | None:
        day = self.cleaned_data["accepted_on"]
        return not_in_the_future(day) if day else None


class UserForm(AcceptanceForm):
    WORD = ("accepted_by", "accepted_on", "accepted_how")

    first_name = PersonNameField(label="First name", max_length=50)
    last_name = PersonNameField(label="Last name", max_length=50)
    email = EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    by_admin = by_admin("The admin accepts on their own page")

    field_order = ["first_name", "last_name", "email", BY_ADMIN, *WORD]


class PhoneForm(StepForm):
    phone = PhoneNumberField(
        label="Phone of the administrator",
        region="US",
        help_text="Ten digits; spaces, dashes and +1 are fine.",
        error_messages={"invalid": "Enter a US phone number, such as (415) 555-0132."},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    phone_type = forms.ChoiceField(label="Type", choices=choices.PHONE_TYPES)

    def clean_phone(self) -> str:
        phone = self.cleaned_data["phone"]
        if phone.country_code != 1:
            raise forms.ValidationError("BILL takes US numbers here: ten digits.")
        return f"{phone.national_number:010d}"
