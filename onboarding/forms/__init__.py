"""Forms: they check shapes; services check rules again."""

from onboarding.forms.base import StepForm
from onboarding.forms.grant import GrantForm, LoginAsForm, VerificationForm
from onboarding.forms.organization import OrganizationForm
from onboarding.forms.user import PhoneForm, UserForm

# The form of each step that needs input, by the step's key.
STEP_FORMS: dict[str, type[StepForm]] = {
    "create_organization": OrganizationForm,
    "create_user": UserForm,
    "add_risk_phone": PhoneForm,
    "start_verification": VerificationForm,
    "login_as_user": LoginAsForm,
}

__all__ = [
    "STEP_FORMS",
    "GrantForm",
    "LoginAsForm",
    "OrganizationForm",
    "PhoneForm",
    "StepForm",
    "UserForm",
    "VerificationForm",
]
