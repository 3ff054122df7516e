"""Permission to log in as user, a login with a reason, and the other decisions of a person."""

from datetime import date

from django import forms

from onboarding import choices
from onboarding.forms.base import Date, StepForm, by_admin
from onboarding.forms.names import PersonNameField
from onboarding.forms.user import not_in_the_future
from onboarding.models import HOW_CHOICES, Scope
from onboarding.states import ADOPT, GIVE_UP, SEND_AGAIN
from portal.tenants.models import Staff

SCOPES = [
    (Scope.STAFF.value, "to verify the company, and for our staff when there is a reason"),
    (Scope.VERIFICATION.value, "only to start and follow the verification"),
    (Scope.NOTHING.value, "not at all: the organization does not permit it"),
]


class GrantForm(StepForm):
    scope = forms.ChoiceField(
        label="We may log in as the organization's user",
        choices=SCOPES,
        widget=forms.RadioSelect,
    )
    given_by = PersonNameField(
        label="Who said so", max_length=100, help_text="The full name of the organization's administrator."
    )
    given_on = forms.DateField(label="On", widget=Date())
    given_how = forms.ChoiceField(label="How", choices=[("", "Choose"), *HOW_CHOICES])

    def clean_given_on(self) -> date | None:
        day = self.cleaned_data["given_on"]
        return not_in_the_future(day) if day else None


class VerificationForm(GrantForm):
    """The permission, as the step that needs it first asks for it."""

    WORD = ("scope", "given_by", "given_on", "given_how")
    by_admin = by_admin("The admin decides on their own page")

    field_order = ["by_admin", *WORD]


class LoginAsForm(StepForm):
    reason = forms.CharField(
        label="Why do you log in as this user?",
        min_length=10,
        max_length=500,
        help_text="Kept in the audit log. At least ten characters.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    minutes = forms.ChoiceField(label="For", choices=choices.LOGIN_AS_MINUTES)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Why", min_length=5, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class HandOverForm(forms.Form):
    to = forms.ChoiceField(label="Who handles it from now on")

    def __init__(self, data: object = None, *, colleagues: list[Staff]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or None
        self.colleagues = {str(staff.pk): staff for staff in colleagues}
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choose"), *((pk, str(staff)) for pk, staff in self.colleagues.items())]


class ResolveForm(forms.Form):
    choice = forms.CharField(
        label="Decision", error_messages={"required": "Choose what is to be done."}, max_length=40
    )
    reason = forms.CharField(
        label="Why", min_length=5, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def decision(self) -> tuple[str, str]:
        """(adopt, BILL's id), (send again, "") or (give up, "")."""
        choice = self.cleaned_data["choice"]
        return (choice, "") if choice in (SEND_AGAIN, GIVE_UP) else (ADOPT, choice)
