"""The six-digit tokens of MFA: sent to a phone, tried a few times, good for a few minutes."""

import secrets
from datetime import datetime, timedelta

from onboarding.simulator.errors import Refusal, refusal
from onboarding.simulator.ids import new_id
from onboarding.simulator.store import Record
from onboarding.simulator.trust import texts
from onboarding.simulator.wire.messages import Json
from onboarding.simulator.world import World

KIND = "mfa-token"
PREFIXES = {"setup": "mfs", "challenge": "mfc"}
FORGOTTEN_AFTER = timedelta(hours=1)


def send_token(world: World, user: Record, purpose: str, phone: Json) -> Record:
    """A new token of this purpose for this user, on its way to the phone."""
    forget_old_tokens(world, user)
    if world.settings.mfa_repeat_voids:
        for earlier in tokens_of(world, user, purpose):
            close(world, earlier, "void")
    token = f"{secrets.randbelow(1_000_000):06}"
    texts.send(world, user, phone["phone"], kind=phone["type"], purpose=f"MFA {purpose}", token=token)
    body = {
        **phone,
        "purpose": purpose,
        "token": token,
        "sent_at": world.clock.now().isoformat(),
        "failures": 0,
        "closed": "",
    }
    return world.store.add(
        KIND,
        new_id(PREFIXES[purpose]),
        body,
        partner=user.partner_id,
        organization=user.organization_id,
        label=user.id,
    )


def open_token(world: World, user: Record, purpose: str, identifier: str) -> Record:
    """The token that still waits to be typed in; refused when it is not this user's."""
    found = world.store.get(KIND, identifier)
    if found is None or found not in tokens_of(world, user, purpose):
        raise refusal(world.settings.mfa_unknown_id_status, "BDC_1205", identifier)
    return found


def redeem(world: World, sent: Record, token: str) -> Refusal | None:
    """Uses the token up, or counts a wrong one; the caller keeps that count when it refuses the call."""
    settings, failures = world.settings, sent.body["failures"]
    if failures >= settings.mfa_attempts:
        return refusal(settings.mfa_attempts_status, "BDC_1358")
    if age(world, sent) > timedelta(minutes=settings.mfa_token_minutes):
        return refusal(settings.mfa_expired_status, "BDC_1374")
    if not secrets.compare_digest(sent.body["token"], token):
        world.store.replace(sent.id, {**sent.body, "failures": failures + 1})
        return refusal(settings.mfa_wrong_token_status, settings.mfa_wrong_token_code, "token")
    close(world, sent, "used")
    return None


def require_few_open_setups(world: World, user: Record) -> None:
    """Setups that nobody finishes block MFA for a while."""
    allowed = world.settings.mfa_open_setups
    setups = [one for one in world.store.all(KIND, label=user.id) if one.body["purpose"] == "setup"]
    unfinished = [one for one in setups if one.body["closed"] != "used" and age(world, one) < FORGOTTEN_AFTER]
    if allowed and len(unfinished) >= allowed:
        raise refusal(world.settings.mfa_blocked_status, "BDC_5324")


def tokens_of(world: World, user: Record, purpose: str) -> list[Record]:
    return [
        one
        for one in world.store.all(KIND, label=user.id)
        if one.body["purpose"] == purpose and not one.body["closed"]
    ]


def forget_old_tokens(world: World, user: Record) -> None:
    for one in world.store.all(KIND, label=user.id):
        if age(world, one) >= FORGOTTEN_AFTER:
            world.store.remove(one.id)


def close(world: World, sent: Record, how: str) -> None:
    world.store.replace(sent.id, {**sent.body, "closed": how})


def age(world: World, sent: Record) -> timedelta:
    return world.clock.now() - datetime.fromisoformat(sent.body["sent_at"])
