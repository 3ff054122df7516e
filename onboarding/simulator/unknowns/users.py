from dataclasses import dataclass

from onboarding.simulator.unknowns.setting import setting


@dataclass(frozen=True)
class UserSettings:
    last_name_required: bool = setting(False, "A user needs a lastName.")
    terms_required: bool = setting(True, "acceptTermsOfService must be true.")
    username_shown: bool = setting(True, "Users are answered with username.")
    external_reference_shown: bool = setting(True, "Users are answered with externalReferenceId.")
    username_scope: str = setting(
        "partner", "Within what a username is unique.", "organization", "partner", "everywhere", "nowhere"
    )
    duplicate_username_code: str = setting("BDC_1119", "Code for a username that is taken.")
    duplicate_username_status: int = setting(422, "HTTP status for a username that is taken.")
    second_email: str = setting(
        "allow", "POST /v3/users with an e-mail that a user of the organization has.", "allow", "refuse"
    )
    role_refused_code: str = setting("BDC_1150", "Code when the user's role does not permit the call.")
    role_refused_status: int = setting(403, "HTTP status when the user's role does not permit the call.")
    user_filters: str = setting(
        "id,archived,firstName,lastName,email,username,externalReferenceId,createdTime,updatedTime",
        "Fields users are filtered and sorted by.",
    )
    role_filters: str = setting("id,type", "Fields roles are filtered and sorted by.")
