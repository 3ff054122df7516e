"""Canaries: what is secret is planted everywhere it can be typed, and looked for everywhere it must not be."""

import base64
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from celery import current_app
from django.db import connection
from kombu.simple import SimpleQueue

from onboarding.engine import wake
from onboarding.models import Onboarding
from onboarding.services import connections
from onboarding.services.login_as import end_login_as, read_details, request_login_as
from portal.lib.tenancy import acting_for
from tests.onboarding.steps.test_login_as_user import session_of
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "Canary Cakes Inc"
TYPED = {
    "create_organization": {
        "tax_id": "731946285",
        "owner_birth": "1971-03-17",
        "owner_name": "Ermintrude Oglethorpe",
        "phone": "4085550777",
    },
    "create_user": {
        "first_name": "Zebediah",
        "last_name": "Throckmorton",
        "email": "canary-of-the-admin@example.com",
        "accepted_by": "Quetzalcoatl Ziegenfuss",
    },
    "add_risk_phone": {"phone": "4085550888"},
    "start_verification": {"given_by": "Wolfeschlegel Hausenberger"},
}
FAULTS = ["", "no_id", "truncate", "error_after", "html"]
STRUCK = (
    "partner_login", "create_organization", "create_partner_user", "create_partner_risk_phone",
    "login_as_user", "logout",
)  # fmt: skip
real_send = wake.send


@pytest.fixture
def queue() -> Iterator[SimpleQueue]:
    """What is waiting for workers, empty at first."""
    with current_app.connection_for_read() as broker:
        # Whoever publishes gives up at once, and is not missed; this reader is.
        broker.transport_options = {**(broker.transport_options or {}), "socket_timeout": 10.0}
        waiting = broker.SimpleQueue("celery")
        waiting.clear()
        yield waiting
        waiting.clear()
        waiting.close()


def whole_journey(world: World, fault: str) -> Onboarding:
    """Every call of the journey, each of them struck by the fault first; refused values are corrected."""
    one = world.one
    for operation in STRUCK if fault else ():
        world.simulator.arm(fault, operation)
    onboarding = one.start(NAME)
    world.drain_for(timedelta(seconds=20))
    refused = {"name": NAME, **TYPED["create_organization"], "tax_id_type": "XYZ"}
    one.submit(onboarding, "create_organization", **refused)
    world.drain_for(timedelta(minutes=4), every=timedelta(seconds=20))
    for key, values in TYPED.items():
        one.submit(onboarding, key, **values, **({"name": NAME} if key == "create_organization" else {}))
        world.drain_for(timedelta(minutes=4), every=timedelta(seconds=20))
    onboarding = one.fresh(onboarding)
    request_login_as(actor=one.actor(), onboarding=onboarding, reason="Look with the client", minutes="5")
    world.drain_for(timedelta(seconds=20))
    read_details(actor=one.actor(), session=session_of(one))
    end_login_as(actor=one.actor(), session=session_of(one))
    world.drain_for(timedelta(seconds=20))
    return one.fresh(onboarding)


def rows_of(world: World, *tables: str) -> str:
    """Every column of every row of the tenant's, as PostgreSQL writes it."""
    text = []
    with acting_for(world.one.pk), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found = [row[0] for row in cursor.fetchall()]
            assert found, table
            text += found
    return "\n".join(text)


def spellings(secret: str) -> list[str]:
    """The secret as text, and as the bytes of an unsealed column."""
    return [secret, secret.encode().hex(), base64.b64encode(secret.encode()).decode().rstrip("=")]


@pytest.mark.parametrize("fault", FAULTS)
def test_secret_is_nowhere_but_sealed(
    world: World,
    fault: str,
    queue: SimpleQueue,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(wake, "send", real_send)
    caplog.set_level(logging.DEBUG)
    one = world.one
    secrets = {"password": "canary-password-1", "app_key": "CANARY-APP-KEY", "dev_key": "CANARY-DEV-KEY"}
    saved = {"environment": "simulator", "username": one.connection.username}
    wrong = connections.save_connection(actor=one.actor(), **saved, **secrets)
    connections.test_connection(actor=one.actor(), connection=wrong)
    right = {"password": "simulator-one", "app_key": "SIM-APP-KEY-ONE", "dev_key": "SIM-DEV-KEY-ONE"}
    one.connection = connections.save_connection(actor=one.actor(), **saved, **right)

    onboarding = whole_journey(world, fault)

    assert onboarding.status == "done"
    session_ids = [session.id for session in world.simulator.sessions]
    assert len(session_ids) >= 3
    typed = [value for values in TYPED.values() for value in values.values()]
    planted = [*secrets.values(), *right.values(), *session_ids, *typed]
    places = {
        "database": rows_of(
            world,
            "audit_entry",
            *(f"onboarding_{table}" for table in ("attempt", "step", "billsession", "connection")),
            *(f"onboarding_{table}" for table in ("onboarding", "acceptance", "grant")),
        ),
        "log": "\n".join(logging.Formatter().format(record) for record in caplog.records),
        "messages": "\n".join(messages_in(queue)),
    }
    leaks = [
        (place, secret)
        for place, text in places.items()
        for secret in planted
        if any(spelling in text for spelling in spellings(secret))
    ]
    assert leaks == []
    assert str(one.step(onboarding, "create_user").pk) in places["messages"]
    assert "create_organization POST" in places["log"]


def messages_in(queue: SimpleQueue) -> list[str]:
    """Body, headers and properties of every message."""
    found = []
    with suppress(queue.Empty):
        while True:
            message = queue.get(block=False)
            message.ack()
            found.append(f"{message.body!r} {message.payload} {message.headers} {message.properties}")
    return found
