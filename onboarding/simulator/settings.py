"""The settings of all families as one object that changes as a whole and is kept across restarts."""

import json
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Any

from onboarding.simulator.store import Store
from onboarding.simulator.unknowns.answers import AnswerSettings
from onboarding.simulator.unknowns.limits import LimitSettings
from onboarding.simulator.unknowns.mfa import MfaSettings
from onboarding.simulator.unknowns.network import NetworkSettings
from onboarding.simulator.unknowns.organizations import OrganizationSettings
from onboarding.simulator.unknowns.payables import PayableSettings
from onboarding.simulator.unknowns.risk import RiskSettings
from onboarding.simulator.unknowns.sessions import SessionSettings
from onboarding.simulator.unknowns.users import UserSettings
from onboarding.simulator.unknowns.webhooks import WebhookSettings

NOTE = "settings"
GROUPS: dict[str, type] = {
    "Sessions": SessionSettings,
    "Organizations": OrganizationSettings,
    "Users and roles": UserSettings,
    "Risk verification": RiskSettings,
    "MFA": MfaSettings,
    "Webhooks": WebhookSettings,
    "Vendors, bills, bank accounts, payments": PayableSettings,
    "Network": NetworkSettings,
    "Limits": LimitSettings,
    "Answers and lists": AnswerSettings,
}


@dataclass(frozen=True)
class Settings(
    SessionSettings,
    OrganizationSettings,
    UserSettings,
    RiskSettings,
    MfaSettings,
    WebhookSettings,
    PayableSettings,
    NetworkSettings,
    LimitSettings,
    AnswerSettings,
):
    """What BILL does not document, as one object."""


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
