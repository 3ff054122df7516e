"""Connections in BILL's network: one invitation for a vendor or customer, and what has become of it."""

import re
from datetime import datetime, timedelta

from onboarding.simulator.clock import timestamp
from onboarding.simulator.store import Record
from onboarding.simulator.wire.messages import Json
from onboarding.simulator.world import World

KIND = "invitation"
PENDING, CONNECTED, CONNECTED_RPPS = "PENDING", "CONNECTED", "CONNECTED_RPPS"
EXPIRED, NOT_CONNECTED = "EXPIRED", "NOT_CONNECTED"
# A number as BILL's own are, made of the organization's place among everything that was ever added.
NETWORK_ID = re.compile(r"0162([0-9]{12})")


def network_id(organization: Record) -> str:
    return f"0162{organization.seq:012}"


def organization_of(world: World, identifier: str) -> Record | None:
    match = NETWORK_ID.fullmatch(identifier)
    if match is None:
        return None
    seq = int(match[1])
    found = next(world.store.stream("organization", beyond=seq - 1, chunk=1), None)
    return found if found and found.seq == seq else None


def add(world: World, payee: Record, content: Json, *, invited: str = "") -> Record:
    """`payee` is the vendor or customer; `invited` is the organization that it is, when that is known."""
    return world.store.add(
        KIND,
        place_of(payee.id),
        {**content, "payee": payee.id, "kind": payee.kind.upper(), "sent": timestamp(world.clock.now())},
        partner=payee.partner_id,
        organization=payee.organization_id,
        label=invited,
    )


def find(world: World, payee_id: str) -> Record | None:
    return world.store.get(KIND, place_of(payee_id))


def remove(world: World, invitation: Record) -> None:
    """Both sides forget a connection."""
    world.store.remove(invitation.id)
    world.store.remove(place_of(invitation.body.get("counterpart", "")))


def place_of(payee_id: str) -> str:
    return f"invitation {payee_id}"


def status(world: World, invitation: Record) -> str:
    sent = datetime.fromisoformat(invitation.body["sent"])
    lasts = timedelta(days=world.settings.invitation_days)
    if invitation.body["status"] == PENDING and world.clock.now() - sent >= lasts:
        return EXPIRED
    return str(invitation.body["status"])


def network_status(world: World, payee: Record) -> str:
    """As vendors are answered with it."""
    invitation = find(world, payee.id)
    found = status(world, invitation) if invitation else NOT_CONNECTED
    return NOT_CONNECTED if found == EXPIRED else found


def is_connected(world: World, payee_id: str) -> bool:
    invitation = find(world, payee_id)
    return invitation is not None and invitation.body["status"] in (CONNECTED, CONNECTED_RPPS)


def connect(world: World, invitation: Record, **changes: str) -> None:
    world.store.replace(invitation.id, {**invitation.body, **changes, "status": CONNECTED})
