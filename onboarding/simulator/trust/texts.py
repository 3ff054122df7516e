"""What BILL sends to people: text messages, voice calls and e-mails. Here they are kept to be read."""

import secrets

from onboarding.simulator.clock import timestamp
from onboarding.simulator.store import Record
from onboarding.simulator.wire.messages import Json
from onboarding.simulator.world import World

KIND = "text"


def send(world: World, user: Record, to: str, *, kind: str, purpose: str, token: str = "") -> Record:
    """`to` is a phone for TEXT and VOICE, an address for EMAIL."""
    body = {
        "email" if kind == "EMAIL" else "phone": to,
        "kind": kind,
        "token": token,
        "time": timestamp(world.clock.now()),
        "purpose": purpose,
    }
    return world.store.add(
        KIND,
        f"text-{secrets.token_hex(8)}",
        body,
        partner=user.partner_id,
        organization=user.organization_id,
        label=user.id,
    )


def shown(record: Record) -> Json:
    return {**record.body, "userId": record.label}
