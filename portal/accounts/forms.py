"""The library's forms, with "e-mail" spelled as on all other pages."""

from typing import Any

from allauth.account import forms as library
from django import forms


def _spell(field: forms.Field) -> None:
    field.label = "E-mail"
    field.widget.attrs["placeholder"] = "E-mail address"
    field.error_messages["invalid"] = "Enter a valid e-mail address."


class LoginForm(library.LoginForm):  # type: ignore[misc]  # the library has no types
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        _spell(self.fields["login"])


class ResetPasswordForm(library.ResetPasswordForm):  # type: ignore[misc]  # the library has no types
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        _spell(self.fields["email"])
