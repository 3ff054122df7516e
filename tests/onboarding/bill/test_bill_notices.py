import base64
import hashlib
import hmac
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.bill.notices import (
    Notification,
    UnreadableNotificationError,
    read_notification,
    verify_signature,
)
from onboarding.bill.sessions import Secret
from tests.onboarding.bill.documented.webhooks import NOTIFICATION
from tests.onboarding.bill.test_bill_answers import BODY

BODY_SENT = json.dumps(NOTIFICATION, separators=(",", ":")).encode()
KEY, OTHER = Secret("sample-key-1"), Secret("sample-key-2")
READ = Notification(
    event_id="e-1",
    event_type="risk-verification.updated",
    subscription_id="3f1b",
    organization_id="00801ORG",
    version="1",
    entity_name="risk-verification",
    entity={"decision": "APPROVE"},
)


def signature_of(body: bytes, key: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def test_signature_is_the_documented_one() -> None:
    # Computed apart from this code: printf '{}' | openssl dgst -sha256 -hmac key -binary | base64
    assert verify_signature(b"{}", "p3dyTZQ+tI3Gm8qKSm1XoE2z+ex+HeTlgehgJlvfMDI=", [Secret("key")])


@pytest.mark.parametrize("keys", [[KEY], [OTHER, KEY], [KEY, OTHER]])
def test_any_of_the_keys_may_have_signed(keys: list[Secret]) -> None:
    assert verify_signature(BODY_SENT, signature_of(BODY_SENT, "sample-key-1"), keys)


@pytest.mark.parametrize(
    ("body", "header", "keys"),
    [
        (BODY_SENT + b" ", signature_of(BODY_SENT, "sample-key-1"), [KEY]),
        (json.dumps(NOTIFICATION).encode(), signature_of(BODY_SENT, "sample-key-1"), [KEY]),
        (BODY_SENT, signature_of(BODY_SENT, "sample-key-1"), [OTHER]),
        (BODY_SENT, signature_of(BODY_SENT, "sample-key-1"), []),
        (BODY_SENT, signature_of(BODY_SENT, "sample-key-1")[:-1], [KEY]),
        (BODY_SENT, signature_of(BODY_SENT, ""), [Secret("")]),
        (BODY_SENT, "", [KEY]),
        (BODY_SENT, "zażółć \ud800", [KEY]),
    ],
)
def test_nothing_else_is_bills(body: bytes, header: str, keys: list[Secret]) -> None:
    assert not verify_signature(body, header, keys)


@pytest.mark.parametrize(
    "body", [BODY_SENT, json.dumps(BODY_SENT.decode()).encode(), b" " + BODY_SENT + b"\n"]
)
def test_notification_is_read_bare_or_as_a_text(body: bytes) -> None:
    assert read_notification(body) == READ


def test_amounts_of_a_notification_are_exact() -> None:
    body = BODY_SENT.replace(b'"risk-verification":{"decision":"APPROVE"}', b'"payment":{"amount":0.10}')

    notification = read_notification(body)

    assert (notification.entity_name, dict(notification.entity)) == ("payment", {"amount": Decimal("0.10")})


def test_notification_without_an_entity_tells_what_it_is_about() -> None:
    body = json.dumps({"metadata": {"eventId": "e", "eventType": "bill.created", "version": 1}, "x": None})

    assert read_notification(body.encode()) == Notification("e", "bill.created", version="1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"not json",
        b"\xff",
        b'"not json"',
        b'"\\ud800"',
        json.dumps(json.dumps(BODY_SENT.decode())).encode(),
        b'{"metadata": "x"}',
        b'{"metadata": {"eventId": "e"}}',
        b'{"metadata": {"eventType": "t"}}',
        b'{"metadata": {"eventId": "", "eventType": "t"}}',
        b"[" * 200_000,
        b'{"a": NaN}',
        b'{"a": 1e999999999}',
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_body_of_another_form_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableNotificationError) as caught:
        read_notification(body)

    assert len(str(caught.value)) < 100


@given(body=BODY, wrapped=st.booleans())
def test_no_body_raises_anything_else(body: bytes, wrapped: bool) -> None:
    if wrapped:
        body = json.dumps(body.decode("latin-1")).encode()
    with pytest.raises(UnreadableNotificationError):
        read_notification(body)


def test_repr_shows_nothing_of_the_entity() -> None:
    assert "APPROVE" not in repr(READ)
