"""Taking over what exists at BILL: with a reason, and a choice where there is one."""

from django import forms

from onboarding.forms.grant import ReasonForm
from onboarding.models import Onboarding

NEW = "new"


class AdoptForm(ReasonForm):
    into = forms.ChoiceField(label="Which onboarding holds it", widget=forms.RadioSelect, initial=NEW)
    field_order = ("into", "reason")

    def __init__(self, data: object = None, *, namesakes: list[Onboarding]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or None
        self.namesakes = {str(one.pk): one for one in namesakes}
        if not namesakes:
            del self.fields["into"]
            return
        field = self.fields["into"]
        assert isinstance(field, forms.ChoiceField)
        begun = [(pk, f"{one.name}, begun {one.created_at:%-d %b %Y}") for pk, one in self.namesakes.items()]
        field.choices = [(NEW, "A new one"), *begun]

    def chosen(self) -> Onboarding | None:
        """The onboarding that is to hold it; None is a new one."""
        return self.namesakes.get(self.cleaned_data.get("into", NEW))


class AdoptUserForm(ReasonForm):
    user = forms.CharField(
        max_length=40, error_messages={"required": "Choose one of the users."}, label="The administrator"
    )
