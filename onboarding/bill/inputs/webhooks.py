"""Subscriptions to events."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from onboarding.bill.inputs.fields import filled, given, require, require_changes


@dataclass(frozen=True, slots=True)
class EventRef:
    """A type of event in one version; BILL takes "1", not "1.0"."""

    type: str
    version: str = "1"

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return {"type": self.type, "version": self.version}


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """A subscription to create; BILL takes ten for an organization, and no two of the same events and URL."""

    name: str
    events: tuple[EventRef, ...]
    notification_url: str
    enabled: bool = True

    def __post_init__(self) -> None:
        require(name=self.name)
        _check_events(self.events)
        _check_url(self.notification_url)

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return {
            "name": self.name,
            "status": {"enabled": self.enabled},
            "events": [event.payload() for event in self.events],
            "notificationUrl": self.notification_url,
        }


@dataclass(frozen=True, slots=True)
class SubscriptionReplacement:
    """The events to have from now on; what else BILL wants to be told again is not documented."""

    events: tuple[EventRef, ...]
    name: str | None = None
    notification_url: str | None = None
    enabled: bool | None = None

    def __post_init__(self) -> None:
        _check_events(self.events)
        _check_url(self.notification_url)

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return given(
            name=self.name,
            status=_status(self.enabled),
            events=[event.payload() for event in self.events],
            notificationUrl=self.notification_url,
        )


@dataclass(frozen=True, slots=True)
class SubscriptionChanges:
    """What to change of a subscription; BILL itself disables one whose notifications are not taken."""

    name: str | None = None
    notification_url: str | None = None
    enabled: bool | None = None

    def __post_init__(self) -> None:
        _check_url(self.notification_url)
        require_changes(self.payload())

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return given(name=self.name, status=_status(self.enabled), notificationUrl=self.notification_url)


@dataclass(frozen=True, slots=True)
class SampleEvent:
    """What a test notification is to tell of; `details` are BILL's fields of the entity, sent as they are."""

    event_type: str = ""
    version: str = ""
    details: Mapping[str, object] = field(default_factory=dict, repr=False)

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return {**self.details, **filled(eventType=self.event_type, version=self.version)}


def _status(enabled: bool | None) -> dict[str, object] | None:
    return None if enabled is None else {"enabled": enabled}


def _check_events(events: tuple[EventRef, ...]) -> None:
    if not events:
        raise ValueError("events must name at least one event.")
    for event in events:
        if not event.type or not re.fullmatch(r"[1-9][0-9]*", event.version):
            raise ValueError('An event has a type, and a version like "1".')


def _check_url(url: str | None) -> None:
    if url is None:
        return
    parts = urlsplit(url)
    if not parts.hostname or (parts.scheme != "https" and not _is_loopback(parts.scheme, parts.hostname)):
        raise ValueError("notification_url must be an https address.")


def _is_loopback(scheme: str, host: str) -> bool:
    """BILL asks for https; an address that nobody else can reach needs none."""
    if scheme != "http":
        return False
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
