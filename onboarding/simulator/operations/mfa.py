"""MFA: a phone is confirmed once; then a token, or a remembered device, makes a session trusted."""

import re
from http import HTTPStatus

from onboarding.simulator.access import Access, require_trust
from onboarding.simulator.call import Call
from onboarding.simulator.errors import refusal, session_invalid
from onboarding.simulator.ids import new_id
from onboarding.simulator.route import Route
from onboarding.simulator.sessions import trust
from onboarding.simulator.settings import Settings
from onboarding.simulator.shapes import Field, matching, one_of
from onboarding.simulator.store import Record, Store
from onboarding.simulator.trust.devices import (
    DEVICE,
    is_remembered,
    new_remember_me_id,
    remember,
    require_pair,
)
from onboarding.simulator.trust.tokens import open_token, redeem, require_few_open_setups, send_token
from onboarding.simulator.wire.messages import Answer, Json

PHONE = "mfa-phone"
SEPARATORS = re.compile(r"[ ().-]")
US_NUMBER = re.compile(r"(\+?1)?[2-9][0-9]{9}")
FOREIGN_NUMBER = re.compile(r"\+[02-9][0-9]{7,14}")
FORMATS = {
    "any usual": re.compile(r"\+?[0-9 ().-]+"),
    "E.164": re.compile(r"\+[0-9]+"),
    "ten digits": re.compile(r"[0-9]{10}"),
}
TYPE = Field("type", required=True, accepts=one_of("TEXT,VOICE"))
TOKEN = Field("token", required=True, accepts=matching(re.compile("[0-9]{6}")))
SETUP_VALIDATE = (Field("setupId", required=True), TYPE, TOKEN)
CHALLENGE = (Field("useBackup", bool, accepts=lambda backup: not backup),)
CHALLENGE_VALIDATE = (
    Field("challengeId", required=True),
    TOKEN,
    Field("device"),
    Field("machineName"),
    Field("rememberMe", bool),
)


def setup_fields(settings: Settings) -> tuple[Field, ...]:
    written = FORMATS[settings.mfa_phone_formats]
    return (
        Field(
            "phone",
            required=True,
            longest=30,
            accepts=lambda phone: written.fullmatch(phone) and (is_us(phone) or is_foreign(phone)),
        ),
        TYPE,
        Field("primary", bool, accepts=bool),
    )


def mfa_setup(call: Call) -> Answer:
    """The phone counts once its token has been typed in; that does not make the session trusted yet."""
    world, user = call.world, signed_in_user(call)
    sent = call.checked(setup_fields(world.settings))
    if sent["type"] == "TEXT" and not is_us(sent["phone"]):
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1119", "phone", sent["phone"])
    if world.settings.mfa_reset_needs_trust and phone_of(world.store, user.id):
        require_trust(call.caller)
    require_few_open_setups(world, user)
    phone = {"phone": sent["phone"], "type": sent["type"]}
    return call.answer({"setupId": send_token(world, user, "setup", phone).id})


def mfa_setup_validate(call: Call) -> Answer:
    world, user = call.world, signed_in_user(call)
    sent = call.checked(SETUP_VALIDATE)
    asked = open_token(world, user, "setup", sent["setupId"])
    if asked.body["type"] != sent["type"]:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1119", "type", sent["type"])
    wrong = redeem(world, asked, sent["token"])
    if wrong:
        return call.refused(wrong)
    keep_phone(world.store, user, {name: asked.body[name] for name in ("phone", "type")})
    return call.answer({"status": "SUCCESS"})


def list_mfa_phones(call: Call) -> Answer:
    phone = phone_of(call.world.store, call.caller.user_id)
    return call.answer({"results": [shown(phone)] if phone else []})


def mfa_challenge(call: Call) -> Answer:
    world, user = call.world, signed_in_user(call)
    call.checked(CHALLENGE)
    phone = phone_of(world.store, user.id)
    if phone is None:
        raise refusal(HTTPStatus.BAD_REQUEST, world.settings.mfa_no_phone_code, "phone")
    return call.answer({"challengeId": send_token(world, user, "challenge", phone.body).id})


def mfa_challenge_validate(call: Call) -> Answer:
    """Makes the session of this call trusted, and later ones too when the device is to be remembered."""
    world, user = call.world, signed_in_user(call)
    sent = call.checked(CHALLENGE_VALIDATE)
    if sent.get("rememberMe"):
        require_device_name(sent, world.settings)
    asked = open_token(world, user, "challenge", sent["challengeId"])
    wrong = redeem(world, asked, sent["token"])
    if wrong:
        return call.refused(wrong)
    trust(world, call.caller.session_id)
    if sent.get("rememberMe") or (
        unasked_device(sent) and world.settings.remember_me_id_unasked == "good for a named device"
    ):
        return call.answer({"rememberMeId": remember(world, user, sent)})
    unasked: dict[str, Json] = {
        "good for a named device": {"rememberMeId": new_remember_me_id()},
        "useless": {"rememberMeId": new_remember_me_id()},
        "empty": {"rememberMeId": ""},
        "omitted": {},
    }
    return call.answer(unasked[world.settings.remember_me_id_unasked])


def mfa_step_up(call: Call) -> Answer:
    """200 with false when the pair is wrong and the session is not trusted already."""
    sent = call.checked(DEVICE)
    require_pair(sent)
    if not sent:
        return call.answer({"trusted": call.caller.trusted})
    known = is_remembered(call.world, call.caller.user_id, sent)
    if known:
        trust(call.world, call.caller.session_id)
    return call.answer({"trusted": known or call.caller.trusted})


def unasked_device(sent: Json) -> bool:
    """BILL's own recipe names a device without rememberMe, and steps up with the rememberMeId it gets."""
    return bool(sent.get("device")) and "rememberMe" not in sent


def signed_in_user(call: Call) -> Record:
    user = call.world.store.get("user", call.caller.user_id)
    if user is None:
        raise session_invalid()
    return user


def require_device_name(sent: Json, settings: Settings) -> None:
    needed = ("device", "machineName") if settings.remember_needs_machine_name else ("device",)
    for name in needed:
        if not sent.get(name):
            raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1117", name)


def is_us(phone: str) -> bool:
    return bool(US_NUMBER.fullmatch(SEPARATORS.sub("", phone)))


def is_foreign(phone: str) -> bool:
    return bool(FOREIGN_NUMBER.fullmatch(SEPARATORS.sub("", phone)))


def keep_phone(store: Store, user: Record, phone: Json) -> None:
    """One phone for each user of an organization: another one takes the place of the first."""
    existing = phone_of(store, user.id)
    if existing:
        store.replace(existing.id, phone)
        return
    store.add(
        PHONE,
        new_id("mfp"),
        phone,
        partner=user.partner_id,
        organization=user.organization_id,
        label=user.id,
    )


def phone_of(store: Store, user_id: str) -> Record | None:
    phones = store.all(PHONE, label=user_id, limit=1)
    return phones[0] if phones else None


def shown(phone: Record) -> Json:
    digits = SEPARATORS.sub("", phone.body["phone"])
    return {"type": phone.body["type"], "last4digits": digits[-4:], "primary": True}


ROUTES = (
    Route("POST", "/v3/mfa/setup", "mfa_setup", Access.ORGANIZATION, mfa_setup),
    # BILL's definition has the first of these two paths, its prose the second.
    Route("POST", "/v3/mfa/setup/validate", "mfa_setup_validate", Access.ORGANIZATION, mfa_setup_validate),
    Route("POST", "/v3/mfa/validate", "mfa_setup_validate_prose", Access.ORGANIZATION, mfa_setup_validate),
    Route("GET", "/v3/mfa/phones", "list_mfa_phones", Access.ORGANIZATION, list_mfa_phones),
    Route("POST", "/v3/mfa/challenge", "mfa_challenge", Access.ORGANIZATION, mfa_challenge),
    Route("POST", "/v3/mfa/challenge/validate", "mfa_challenge_validate", Access.ORGANIZATION,
          mfa_challenge_validate),
    Route("POST", "/v3/mfa/step-up", "mfa_step_up", Access.ORGANIZATION, mfa_step_up),
)  # fmt: skip
