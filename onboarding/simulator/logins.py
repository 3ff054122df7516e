"""Sessions as operations: partner login, login, login-as-user, session details, logout."""

from http import HTTPStatus

from onboarding.simulator.call import Call
from onboarding.simulator.errors import Problem, Refusal, not_found, refusal
from onboarding.simulator.messages import Answer, Json
from onboarding.simulator.partners import KIND as PARTNER
from onboarding.simulator.partners import partner_with_key
from onboarding.simulator.sessions import Session, end, open_session
from onboarding.simulator.shapes import Field

PARTNER_LOGIN = (
    Field("appKey", required=True),
    Field("username", required=True),
    Field("password", required=True),
)
DEVICE = (Field("rememberMeId"), Field("device"))
LOGIN = (
    Field("devKey", required=True),
    Field("username", required=True),
    Field("organizationId", required=True),
    Field("password", required=True),
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
    return call.answer(described(session, details=settings.partner_login_details))


def login(call: Call) -> Answer:
    sent = call.checked(LOGIN)
    require_device_pair(sent)
    store, settings = call.world.store, call.world.settings
    keyed = partner_with_key(store, "devKey", sent["devKey"])
    if keyed is None:
        raise refusal(settings.bad_key_status, "BDC_1102")
    organization = store.get("organization", sent["organizationId"])
    if organization is None or organization.partner_id != keyed.id:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1123")
    users = store.all("user", organization=organization.id, label=sent["username"].casefold(), limit=1)
    if not users or sent["password"] != settings.user_password:
        raise refusal(settings.bad_credentials_status, "BDC_1101")
    session = open_session(call.world, keyed.id, organization_id=organization.id, user_id=users[0].id)
    return call.answer(described(session, details=True))


def login_as_user(call: Call) -> Answer:
    sent = call.checked(LOGIN_AS_USER)
    require_device_pair(sent)
    organization = call.world.store.get("organization", sent["organizationId"])
    if organization is None or organization.partner_id != call.caller.partner_id:
        raise not_found(sent["organizationId"])
    user = call.world.store.get("user", sent["userId"])
    if user is None or user.organization_id != organization.id:
        raise not_found(sent["userId"])
    session = open_session(
        call.world,
        call.caller.partner_id,
        organization_id=organization.id,
        user_id=user.id,
        parent_id=call.caller.session_id,
    )
    return call.answer(described(session, details=call.world.settings.login_as_user_details))


def get_session(call: Call) -> Answer:
    return call.answer(
        {
            "organizationId": call.caller.organization_id,
            "userId": call.caller.user_id,
            "mfaStatus": "COMPLETE" if call.caller.trusted else "SETUP",
            "mfaBypass": False,
        }
    )


def logout(call: Call) -> Answer:
    end(call.world, call.caller.session_id)
    return call.done()


def require_device_pair(sent: Json) -> None:
    """A remembered device is named by both fields or by neither."""
    if ("rememberMeId" in sent) != ("device" in sent):
        missing = "device" if "rememberMeId" in sent else "rememberMeId"
        raise Refusal(HTTPStatus.BAD_REQUEST, Problem("BDC_1117", (missing,)))


def described(session: Session, *, details: bool) -> Json:
    content: Json = {"sessionId": session.id}
    if details:
        content |= {
            "organizationId": session.organization_id,
            "userId": session.user_id,
            "trusted": session.trusted,
        }
    return content
