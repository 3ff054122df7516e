"""Answers that are allowed and yet trip a careless caller: new fields, nulls, new words, no id."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from onboarding.simulator.wire.messages import JSON_TYPE, Answer

NEW_FIELDS = {"simulatedField": {"note": "nobody documents this", "items": [1, None, {"more": True}]}}
NEW_WORD = "SIMULATED_NEW_WORD"
WORD_FIELDS = frozenset(
    (
        "decision", "status", "singleStatus", "paymentStatus", "approvalStatus", "mfaStatus",
        "verificationStatus", "type", "ownerType", "taxIdType", "businessCategory", "accountType",
        "phoneType", "networkType", "disbursementType",
    )
)  # fmt: skip
# Without these the documented answers would not be themselves; all other fields may be null.
INDISPENSABLE = frozenset(
    (
        "sessionId", "organizationId", "userId", "results", "id", "archived", "name", "address", "line1", "city",
        "zipOrPostalCode", "country", "firstName", "email", "role", "createdTime", "updatedTime", "type",
        "hasPhone", "decision", "setupId", "challengeId", "rememberMeId", "trusted", "version", "metadata",
        "eventId", "subscriptionId", "eventType", "status", "events", "notificationUrl", "enabled",
        "securityKey", "vendorId", "networkId", "timestamp", "code", "severity", "category", "message",
    )
)  # fmt: skip
LOGINS = ("partner_login", "login", "login_as_user")


def changed(answer: Answer, change: Callable[[Any], Any]) -> Answer:
    """The answer with its JSON changed; what is no JSON stays as it is."""
    if answer.content_type != JSON_TYPE or not answer.body:
        return answer
    content = change(json.loads(answer.body))
    return replace(answer, body=json.dumps(content, separators=(",", ":")).encode())


def with_unknown_fields(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: with_unknown_fields(value) for name, value in content.items()} | NEW_FIELDS
    return [with_unknown_fields(one) for one in content] if isinstance(content, list) else content


def with_unknown_words(content: Any) -> Any:
    if isinstance(content, list):
        return [with_unknown_words(one) for one in content]
    if not isinstance(content, dict):
        return content
    return {
        name: NEW_WORD if name in WORD_FIELDS and isinstance(value, str) else with_unknown_words(value)
        for name, value in content.items()
    }


def with_nulls(content: Any, operation: str) -> Any:
    needed = frozenset({"sessionId"}) if operation in LOGINS else INDISPENSABLE
    if isinstance(content, list):
        return [with_nulls(one, operation) for one in content]
    if not isinstance(content, dict):
        return content
    return {name: with_nulls(value, operation) if name in needed else None for name, value in content.items()}


def without_id(content: Any) -> Any:
    if not isinstance(content, dict):
        return content
    return {name: value for name, value in content.items() if name not in ("id", "sessionId")}
