"""Remembered devices: a rememberMeId and a device name that together make later sessions trusted."""

import secrets
from datetime import datetime, timedelta
from http import HTTPStatus

from onboarding.simulator.errors import refusal
from onboarding.simulator.shapes import Field
from onboarding.simulator.store import Record
from onboarding.simulator.wire.messages import Json
from onboarding.simulator.world import World

KIND = "device"
DEVICE = (Field("rememberMeId"), Field("device"))


def new_remember_me_id() -> str:
    return secrets.token_urlsafe(24)


def remember(world: World, user: Record, sent: Json) -> str:
    """A rememberMeId for the device that was sent; it belongs to this user of this organization."""
    identifier = new_remember_me_id()
    body = {
        "device": sent["device"],
        "machineName": sent.get("machineName", ""),
        "remembered_at": world.clock.now().isoformat(),
    }
    world.store.add(
        KIND,
        identifier,
        body,
        partner=user.partner_id,
        organization=user.organization_id,
        label=user.id,
    )
    return identifier


def is_remembered(world: World, user_id: str, sent: Json) -> bool:
    """Whether rememberMeId and device are a pair of this user that has not expired."""
    found = world.store.get(KIND, sent["rememberMeId"])
    if found is None or found.label != user_id or found.body["device"] != sent["device"]:
        return False
    age = world.clock.now() - datetime.fromisoformat(found.body["remembered_at"])
    return age <= timedelta(days=world.settings.remember_days)


def require_pair(sent: Json) -> None:
    """A remembered device is named by both fields or by neither."""
    if ("rememberMeId" in sent) != ("device" in sent):
        missing = "device" if "rememberMeId" in sent else "rememberMeId"
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1117", missing)


def signs_in_trusted(world: World, user_id: str, sent: Json) -> bool:
    """Whether the device that was named at sign-in makes the session trusted."""
    require_pair(sent)
    if "device" not in sent:
        return False
    known = is_remembered(world, user_id, sent)
    if not known and world.settings.wrong_remember_me == "refuse":
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1119", "rememberMeId")
    return known
