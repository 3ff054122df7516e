"""Notifications that BILL sends: whether one is BILL's, and what it says."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from onboarding.bill import reading
from onboarding.bill.sessions import Secret

SIGNATURE_HEADER = "x-bill-sha-signature"


class UnreadableNotificationError(Exception):
    """The notification is not what the contract promises."""


@dataclass(frozen=True, slots=True)
class Notification:
    """What BILL tells, which is a hint: it comes late, twice or out of order, and the truth is read anew."""

    event_id: str
    event_type: str
    subscription_id: str = ""
    organization_id: str = ""
    version: str = ""
    # BILL's own spelling of the entity, such as risk-verification; numbers with a fraction are Decimals.
    entity_name: str = ""
    entity: Mapping[str, object] = field(default_factory=dict, repr=False)

    @classmethod
    def found(cls, document: object) -> Self:
        """A notification, or an entry of the list of those that were sent."""
        source = reading.mapping(document)
        metadata = reading.mapping(source.get("metadata"))
        name = next((key for key in source if key != "metadata" and reading.part(source, key)), "")
        return cls(
            event_id=reading.identifier(metadata, "eventId"),
            event_type=reading.opaque(metadata, "eventType"),
            subscription_id=reading.text(metadata, "subscriptionId"),
            organization_id=reading.text(metadata, "organizationId"),
            version=reading.word(metadata, "version"),
            entity_name=reading.clean(name),
            entity=reading.part(source, name) or {},
        )


def verify_signature(raw_body: bytes, header: str, keys: Iterable[Secret]) -> bool:
    """Whether one of the keys signed these very bytes; takes as long for a wrong signature as for a right one."""
    given = header.strip().encode("utf-8", "replace")
    # After a rotation the old key may sign for a while. An empty key would be one that anybody has.
    matches = [hmac.compare_digest(_signature(raw_body, key), given) for key in keys if key.reveal()]
    return any(matches)


def _signature(raw_body: bytes, key: Secret) -> bytes:
    return base64.b64encode(hmac.digest(key.reveal().encode(), raw_body, hashlib.sha256))


def read_notification(raw_body: bytes) -> Notification:
    """What a body says, be it the JSON itself or a JSON text that holds it; UnreadableNotificationError otherwise."""
    try:
        document = reading.document_in(raw_body)
        if isinstance(document, str):
            document = reading.document_in(document.encode("utf-8", "surrogatepass"))
        return Notification.found(document)
    except reading.UnreadableError as error:
        raise UnreadableNotificationError(str(error)) from error
