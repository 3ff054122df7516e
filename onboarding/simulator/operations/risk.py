"""Risk verification: a phone first, then the initiation, then a decision that falls by the clock."""

import re
from datetime import datetime, timedelta
from http import HTTPStatus

from onboarding.simulator.access import Access, require_trust
from onboarding.simulator.call import Call
from onboarding.simulator.errors import refusal
from onboarding.simulator.ids import new_id
from onboarding.simulator.operations.users import user_in_path
from onboarding.simulator.route import Route
from onboarding.simulator.settings import Settings
from onboarding.simulator.shapes import Field, one_of
from onboarding.simulator.store import Record, Store
from onboarding.simulator.trouble.magic import decision_for
from onboarding.simulator.webhooks.events import announce, cancel
from onboarding.simulator.wire.messages import Answer, Json
from onboarding.simulator.world import World

PHONE = "phone"
VERIFICATION = "verification"
EVENT = "risk-verification.updated"
DECISIONS = ("IN_PROGRESS", "REVIEW", "HOLD", "APPROVE", "DECLINE")
# BILL's pattern is not anchored at the start, so +1 before the ten digits is fine.
TEN_DIGITS_AT_END = re.compile(r"[0-9]{10}\Z")


def phone_fields(settings: Settings) -> tuple[Field, ...]:
    return (
        Field("phoneNumber", required=True, longest=40, accepts=TEN_DIGITS_AT_END.search),
        Field("phoneType", required=True, longest=40, accepts=one_of(settings.phone_types)),
    )


def create_partner_risk_phone(call: Call) -> Answer:
    return add_phone(call, user_in_path(call).id)


def create_risk_phone(call: Call) -> Answer:
    return add_phone(call, call.caller.user_id)


def add_phone(call: Call, user_id: str) -> Answer:
    sent = call.checked(phone_fields(call.world.settings))
    store, existing = call.world.store, phone_of(call.world.store, user_id)
    if existing is None:
        caller = call.caller
        store.add(
            PHONE,
            new_id("rph"),
            sent,
            partner=caller.partner_id,
            organization=caller.organization_id,
            label=user_id,
        )
    elif call.world.settings.second_phone == "refuse":
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1119", "phoneNumber", "the user has one")
    else:
        store.replace(existing.id, sent)
    return call.done()


def get_risk_phone(call: Call) -> Answer:
    return call.answer({"hasPhone": phone_of(call.world.store, call.caller.user_id) is not None})


def initiate_risk_verification(call: Call) -> Answer:
    settings, store, caller = call.world.settings, call.world.store, call.caller
    if settings.initiation_needs_trust:
        require_trust(caller)
    existing = verification_of(store, caller.organization_id)
    if existing and settings.second_initiation != "restart":
        if settings.second_initiation == "refuse":
            raise refusal(
                HTTPStatus.BAD_REQUEST, settings.second_initiation_code, "riskVerification", "initiated"
            )
        return call.created({"decision": decision(call.world, existing)})
    if phone_of(store, caller.user_id) is None:
        raise refusal(HTTPStatus.BAD_REQUEST, settings.no_phone_code, "phoneNumber")
    organization = store.get("organization", caller.organization_id)
    sent = organization.body if organization else {}
    if settings.initiation_needs_owner and not sent.get("companyOwner", {}).get("name"):
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1117", "companyOwner.name")
    started = start_verification(call, existing, decision_for(sent.get("name", "")))
    return call.created({"decision": decision(call.world, started)})


def start_verification(call: Call, existing: Record | None, final: str) -> Record:
    now = call.world.clock.now()
    falls_at = now + timedelta(seconds=call.world.settings.decision_seconds)
    body: Json = {
        "initiated_at": now.isoformat(),
        "falls_at": falls_at.isoformat(),
        "final": final,
        "by_hand": "",
        "user_id": call.caller.user_id,
    }
    caller = call.caller
    if existing:
        call.world.store.remove(existing.id)
        cancel(call.world, EVENT, organization_id=caller.organization_id)
    added = call.world.store.add(
        VERIFICATION, new_id("rsk"), body, partner=caller.partner_id, organization=caller.organization_id
    )
    tell(call.world, added, decision(call.world, added))
    if falls_at > call.world.clock.now():
        tell(call.world, added, final, at=falls_at)
    return added


def tell(world: World, verification: Record, word: str, at: datetime | None = None) -> None:
    entity = {"decision": word}
    if world.settings.risk_event_user_id:
        entity["userId"] = verification.body["user_id"]
    announce(
        world,
        EVENT,
        entity,
        partner_id=verification.partner_id,
        organization_id=verification.organization_id,
        at=at,
    )


def get_risk_verification(call: Call) -> Answer:
    verification = verification_of(call.world.store, call.caller.organization_id)
    if verification:
        return call.answer({"decision": decision(call.world, verification)})
    if call.world.settings.before_initiation == "empty":
        return call.answer({})
    raise refusal(HTTPStatus.NOT_FOUND, "BDC_1120")


def decision(world: World, verification: Record) -> str:
    """What stands now: set by hand, or what falls by itself once the time has come."""
    body = verification.body
    if body["by_hand"]:
        return str(body["by_hand"])
    if world.clock.now() < datetime.fromisoformat(body["falls_at"]):
        return world.settings.in_progress_word
    return str(body["final"])


def set_decision(world: World, organization_id: str, word: str) -> None:
    """Set by hand; any word, because BILL may add one. Raises ValueError with one sentence."""
    if not word.isprintable() or not 0 < len(word) <= 40:
        raise ValueError("decision must have 1 to 40 printable characters")
    verification = verification_of(world.store, organization_id)
    if verification is None:
        raise ValueError("risk verification has not been initiated for this organization")
    with world.store.transaction():
        # The decision that would have fallen by itself does not fall any more.
        cancel(world, EVENT, organization_id=organization_id)
        world.store.replace(verification.id, {**verification.body, "by_hand": word})
        tell(world, verification, word)


def phone_of(store: Store, user_id: str) -> Record | None:
    phones = store.all(PHONE, label=user_id, limit=1)
    return phones[0] if phones else None


def verification_of(store: Store, organization_id: str) -> Record | None:
    found = store.all(VERIFICATION, organization=organization_id, limit=1)
    return found[0] if found else None


PATH = "/v3/risk-verifications"
ROUTES = (
    Route("POST", "/v3/partner/risk-verifications/{userId}/phone", "create_partner_risk_phone",
          Access.PARTNER_FOR_ORGANIZATION, create_partner_risk_phone),
    Route("POST", PATH + "/phone", "create_risk_phone", Access.ORGANIZATION, create_risk_phone),
    Route("GET", PATH + "/phone", "get_risk_phone", Access.ORGANIZATION, get_risk_phone),
    Route("POST", PATH, "initiate_risk_verification", Access.ADMINISTRATOR, initiate_risk_verification),
    Route("GET", PATH, "get_risk_verification", Access.ORGANIZATION, get_risk_verification),
)  # fmt: skip
