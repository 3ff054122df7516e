"""What BILL does not document, as settings: one field each, with the most plausible behaviour as default."""

import json
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from typing import Any

from onboarding.simulator.store import Store

NOTE = "settings"


def setting(default: Any, about: str, *choices: str) -> Any:
    return field(default=default, metadata={"about": about, "choices": choices})


@dataclass(frozen=True)
class Settings:
    idle_minutes: int = setting(35, "Minutes without a call after which a session ends.")
    child_survives_partner: bool = setting(
        True, "A login-as-user session lives on when the partner session that opened it has ended."
    )
    partner_session_reads_organizations: bool = setting(
        False, "/v3/organizations/{id} accepts a partner session with appKey, too."
    )
    logout_checks_key: bool = setting(True, "Logout wants the key that belongs to the session.")
    partner_login_details: bool = setting(
        False, "Partner login also answers organizationId, userId and trusted."
    )
    login_as_user_details: bool = setting(
        True, "Login-as-user also answers organizationId, userId and trusted."
    )
    user_password: str = setting("simulator-user", "Password of every user at POST /v3/login.")
    bad_credentials_status: int = setting(401, "HTTP status of BDC_1101.")
    bad_key_status: int = setting(401, "HTTP status of BDC_1102.")
    create_status: int = setting(200, "HTTP status of a create.", "200", "201")
    unspecified_body: str = setting(
        "object", "What calls without a documented answer send.", "object", "nothing"
    )
    placeholders_filled: bool = setting(
        True, "Error messages are filled in; off leaves ${paramName0} in them."
    )
    unknown_fields: str = setting("ignore", "Fields BILL does not know, in a body.", "ignore", "refuse")
    tax_id_types: str = setting("EIN,SSN", "Values of taxIdType; empty: any.")
    business_categories: str = setting(
        "LLC,CORPORATION,C_CORPORATION,S_CORPORATION,PARTNERSHIP,SOLE_PROPRIETORSHIP,NON_PROFIT,OTHER",
        "Values of businessCategory; empty: any.",
    )
    account_types: str = setting("BUSINESS,PERSON,NONE", "Values of accountType; empty: any.")
    phone_types: str = setting("MOBILE,LANDLINE,VOIP,OTHER", "Values of phoneType; empty: any.")
    industries: str = setting(
        "Accounting,Construction,Consulting,Education,Financial Services,Health Care,Legal,Manufacturing,"
        "Non-profit,Real Estate,Restaurant Caterer or Bar,Retail,Software,Transportation,Wholesale,Other",
        "What GET /v3/organizations/industries lists.",
    )
    industry_checked: bool = setting(False, "An organization's industry must be one of the list.")
    organization_phone_required: bool = setting(False, "An organization needs a phone.")
    tax_id_nine_digits: bool = setting(True, "taxId is nine digits without a dash.")
    tax_id_shown: str = setting("stars", "taxId in answers.", "stars", "last four", "full", "omitted")
    times_shown: bool = setting(True, "Organizations are answered with createdTime and updatedTime.")
    last_name_required: bool = setting(False, "A user needs a lastName.")
    terms_required: bool = setting(True, "acceptTermsOfService must be true.")
    username_shown: bool = setting(True, "Users are answered with username.")
    external_reference_shown: bool = setting(True, "Users are answered with externalReferenceId.")
    username_scope: str = setting(
        "partner", "Within what a username is unique.", "organization", "partner", "everywhere", "nowhere"
    )
    duplicate_username_code: str = setting("BDC_1119", "Code for a username that is taken.")
    duplicate_username_status: int = setting(422, "HTTP status for a username that is taken.")
    second_phone: str = setting("replace", "A second risk phone for the same user.", "replace", "refuse")
    initiation_needs_owner: bool = setting(False, "Risk verification needs companyOwner.name.")
    initiation_needs_trust: bool = setting(False, "Risk verification needs a trusted session.")
    no_phone_code: str = setting("BDC_1117", "Code when the user has no risk phone.")
    second_initiation: str = setting(
        "refuse", "Initiating risk verification again.", "refuse", "same answer", "restart"
    )
    second_initiation_code: str = setting("BDC_1119", "Code for initiating again.")
    before_initiation: str = setting("404", "GET risk verification before it is initiated.", "404", "empty")
    decision_seconds: float = setting(4.0, "Seconds of the simulator's clock until a decision falls.")
    in_progress_word: str = setting("IN_PROGRESS", "The decision while checks run.", "IN_PROGRESS", "PENDING")
    max_over_100: str = setting("refuse", "A list asked with max above 100.", "refuse", "cap")
    list_order: str = setting("newest first", "Order of a list without sort.", "newest first", "oldest first")
    last_page: str = setting("omitted", "nextPage and prevPage where there is none.", "omitted", "null")
    organization_filters: str = setting(
        "id,name,archived,phone,createdTime,updatedTime", "Fields organizations are filtered and sorted by."
    )
    user_filters: str = setting(
        "id,archived,firstName,lastName,email,username,externalReferenceId,createdTime,updatedTime",
        "Fields users are filtered and sorted by.",
    )
    role_filters: str = setting("id,type", "Fields roles are filtered and sorted by.")


FIELDS = {one.name: one for one in fields(Settings)}


def words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def changed(settings: Settings, changes: dict[str, Any]) -> Settings:
    """New settings; raises ValueError with one sentence when a change is not possible."""
    return replace(settings, **{name: clean(name, value) for name, value in changes.items()})


def clean(name: str, value: Any) -> Any:
    """The value in the setting's own type; forms send text for everything."""
    if name not in FIELDS:
        raise ValueError(f"there is no setting {name}")
    default, choices = FIELDS[name].default, FIELDS[name].metadata["choices"]
    if choices and str(value) not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}")
    if isinstance(default, bool):
        return clean_flag(name, value)
    if isinstance(default, int | float):
        return clean_number(name, value, default)
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text")
    return value.strip()


def clean_flag(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise ValueError(f"{name} must be true or false")


def clean_number(name: str, value: Any, default: float) -> float:
    try:
        if isinstance(value, bool):
            raise TypeError
        number = type(default)(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be a number") from None
    lowest, highest = (200, 599) if name.endswith("_status") else (0, 1_000_000)
    if not lowest <= number <= highest:
        raise ValueError(f"{name} must lie between {lowest} and {highest}")
    return number


def load(store: Store) -> Settings:
    """The settings as they were left; what this version does not accept falls back to its default."""
    settings = Settings()
    for name, value in json.loads(store.note(NOTE) or "{}").items():
        with suppress(ValueError):
            settings = changed(settings, {name: value})
    return settings


def save(store: Store, settings: Settings) -> None:
    """Only what differs from the defaults is kept, so that a better default reaches old data."""
    values = {name: (getattr(settings, name), one.default) for name, one in FIELDS.items()}
    store.write_note(
        NOTE, json.dumps({name: now for name, (now, default) in values.items() if now != default})
    )
