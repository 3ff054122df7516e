"""Sessions as operations: partner login, login, login-as-user, session details, logout."""

import secrets
from http import HTTPStatus

from onboarding.simulator.access import Access
from onboarding.simulator.call import Call
from onboarding.simulator.errors import not_found, refusal
from onboarding.simulator.operations import mfa
from onboarding.simulator.partners import KIND as PARTNER
from onboarding.simulator.partners import partner_with_key
from onboarding.simulator.route import Route
from onboarding.simulator.sessions import Session, end, is_trusted, open_session
from onboarding.simulator.settings import Settings
from onboarding.simulator.shapes import Field
from onboarding.simulator.store import Record
from onboarding.simulator.trust.devices import DEVICE, signs_in_trusted
from onboarding.simulator.wire.messages import Answer, Json
from onboarding.simulator.world import World

PARTNER_LOGIN = (
    Field("appKey", required=True),
    Field("username", required=True),
    Field("password", required=True),
)
LOGIN = (
    Field("devKey", required=True),
    Field("username", required=True),
    Field("organizationId", required=True),
    Field("password"),
    Field("consoleApiToken"),
    *DEVICE,
)
LOGIN_AS_USER = (Field("userId", required=True), Field("organizationId", required=True), *DEVICE)


def partner_login(call: Call) -> Answer:
    sent = call.checked(PARTNER_LOGIN)
    store, settings = call.world.store, call.world.settings
    keyed = partner_with_key(store, "appKey", sent["appKey"])
    if keyed is None:
        raise refusal(settings.bad_key_status, "BDC_1102")
    named = store.all(PARTNER, label=sent["username"].casefold(), limit=1)
    if not named or named[0].id != keyed.id or named[0].body["password"] != sent["password"]:
        raise refusal(settings.bad_credentials_status, "BDC_1101")
    session = open_session(call.world, keyed.id)
    return call.answer(described(call.world, session, details=settings.partner_login_details))


def login(call: Call) -> Answer:
    sent = call.checked(LOGIN)
    store, settings = call.world.store, call.world.settings
    if "password" not in sent and "consoleApiToken" not in sent:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1117", "password")
    keyed = partner_with_key(store, "devKey", sent["devKey"])
    if keyed is None:
        raise refusal(settings.bad_key_status, "BDC_1102")
    organization = store.get("organization", sent["organizationId"])
    if organization is None or organization.partner_id != keyed.id:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1123")
    users = store.all("user", organization=organization.id, label=sent["username"].casefold(), limit=1)
    if not users or not is_secret_right(sent, settings):
        raise refusal(settings.bad_credentials_status, "BDC_1101")
    session = open_as(call.world, users[0], sent)
    return call.answer(described(call.world, session, details=True))


def is_secret_right(sent: Json, settings: Settings) -> bool:
    """The password; without one the token of a user of the accountant console."""
    name = "password" if "password" in sent else "consoleApiToken"
    expected = settings.user_password if name == "password" else settings.console_api_token
    return secrets.compare_digest(sent[name].encode(), expected.encode())


def login_as_user(call: Call) -> Answer:
    sent = call.checked(LOGIN_AS_USER)
    organization = call.world.store.get("organization", sent["organizationId"])
    if organization is None or organization.partner_id != call.caller.partner_id:
        raise not_found(sent["organizationId"])
    user = call.world.store.get("user", sent["userId"])
    if user is None or user.organization_id != organization.id:
        raise not_found(sent["userId"])
    session = open_as(call.world, user, sent, parent_id=call.caller.session_id)
    return call.answer(described(call.world, session, details=call.world.settings.login_as_user_details))


def open_as(world: World, user: Record, sent: Json, *, parent_id: str = "") -> Session:
    """A session of this user, trusted when a remembered device was named."""
    if user.body["archived"]:
        raise refusal(world.settings.archived_user_status, "BDC_1111", user.id, user.organization_id)
    return open_session(
        world,
        user.partner_id,
        organization_id=user.organization_id,
        user_id=user.id,
        parent_id=parent_id,
        trusted=signs_in_trusted(world, user.id, sent),
    )


def get_session(call: Call) -> Answer:
    return call.answer(
        {
            "organizationId": call.caller.organization_id,
            "userId": call.caller.user_id,
            "mfaStatus": mfa_status(call),
            "mfaBypass": call.world.settings.mfa_bypass,
        }
    )


def mfa_status(call: Call) -> str:
    if call.world.settings.organization_mfa != "used":
        return call.world.settings.organization_mfa
    if call.caller.trusted:
        return "COMPLETE"
    return "CHALLENGE" if mfa.phone_of(call.world.store, call.caller.user_id) else "SETUP"


def logout(call: Call) -> Answer:
    end(call.world, call.caller.session_id)
    return call.done()


def described(world: World, session: Session, *, details: bool) -> Json:
    content: Json = {"sessionId": session.id}
    if details:
        content |= {
            "organizationId": session.organization_id,
            "userId": session.user_id,
            "trusted": is_trusted(world, session),
        }
    return content


ROUTES = (
    Route("POST", "/v3/partner/login", "partner_login", Access.OPEN, partner_login),
    Route("POST", "/v3/login", "login", Access.OPEN, login),
    Route("POST", "/v3/partner/login-as-user", "login_as_user", Access.PARTNER, login_as_user),
    Route("GET", "/v3/login/session", "get_session", Access.ORGANIZATION, get_session),
    Route("POST", "/v3/logout", "logout", Access.ANY_SESSION, logout),
)
