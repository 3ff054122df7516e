"""Subscriptions and the catalog of events."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from onboarding.bill import reading
from onboarding.bill.inputs.webhooks import EventRef
from onboarding.bill.sessions import Secret


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription; BILL shows its security key once, in the answer to its creation."""

    id: str
    name: str = ""
    enabled: bool | None = None
    events: tuple[EventRef, ...] = ()
    notification_url: str = ""
    # The partner's own subscriptions may name no organization.
    organization_id: str = ""
    created_time: datetime | None = None
    updated_time: datetime | None = None
    security_key: Secret | None = None

    @classmethod
    def found(cls, document: object) -> Self:
        """The answer to a read or a change."""
        source = reading.mapping(document)
        return cls(
            id=reading.identifier(source),
            name=reading.text(source, "name"),
            enabled=reading.flag(reading.part(source, "status") or {}, "enabled"),
            events=tuple(_event(event) for event in reading.parts(source, "events")),
            notification_url=reading.text(source, "notificationUrl"),
            organization_id=reading.text(source, "organizationId"),
            created_time=reading.moment(source, "createdTime"),
            updated_time=reading.moment(source, "updatedTime"),
        )

    @classmethod
    def created(cls, document: object) -> Self:
        """The answer to a create: without the key no notification can be believed."""
        return replace(cls.found(document), security_key=security_key(document))


def security_key(document: object) -> Secret:
    """The key that signs a subscription's notifications."""
    return reading.secret(reading.mapping(document), "securityKey")


def catalog(document: object) -> tuple[EventRef, ...]:
    """The events that BILL offers, as a list that is bare, or called events or results."""
    if isinstance(document, list):
        document = {"events": document}
    source = reading.mapping(document)
    name = "events" if "events" in source else "results"
    if not isinstance(source.get(name), list):
        raise reading.UnreadableError("no list of events")
    return tuple(_event(event) for event in reading.parts(source, name))


def _event(source: reading.Source) -> EventRef:
    return EventRef(type=reading.text(source, "type"), version=reading.word(source, "version"))
