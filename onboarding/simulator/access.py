"""Who calls: the one place for the rules of headers, keys and sessions."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from onboarding.simulator.errors import not_found, refusal, session_invalid
from onboarding.simulator.partners import partner_with_key
from onboarding.simulator.sessions import Session, is_trusted, live_session, touch
from onboarding.simulator.store import Record
from onboarding.simulator.world import World


class Access(Enum):
    OPEN = "credentials in the body, or none"
    PARTNER = "partner session and appKey"
    PARTNER_FOR_ORGANIZATION = "partner session, appKey and organizationId header"
    ORGANIZATION = "organization session and devKey"
    ADMINISTRATOR = "organization session of an ADMINISTRATOR and devKey"
    ADMINISTRATOR_OR_PARTNER = "the same, or (a setting) partner session and appKey"
    ANY_SESSION = "either pair"
    EVENTS = "partner session and appKey, or organization session and devKey"


PARTNER_ONLY = (Access.PARTNER, Access.PARTNER_FOR_ORGANIZATION)
ADMINISTRATORS = (Access.ADMINISTRATOR, Access.ADMINISTRATOR_OR_PARTNER)


@dataclass(frozen=True)
class Caller:
    """Whom the call comes from; empty where it does not apply."""

    session_id: str = ""
    partner_id: str = ""
    organization_id: str = ""
    user_id: str = ""
    trusted: bool = False


def identify(world: World, access: Access, headers: Mapping[str, str]) -> Caller:
    """The caller, proved; the call restarts the session's idle time even when it is refused later on."""
    if access is Access.OPEN:
        return Caller()
    as_partner = called_as_partner(world, access, headers)
    session = session_for_key(world, headers, as_partner=as_partner, any_key=access is Access.ANY_SESSION)
    touch(world, session)
    organization_id = session.organization_id
    if access is Access.PARTNER_FOR_ORGANIZATION:
        organization_id = organization_in_header(world, session, headers).id
    if access in ADMINISTRATORS and not as_partner:
        require_administrator(world, session)
    trusted = is_trusted(world, session)
    return Caller(session.id, session.partner_id, organization_id, session.user_id, trusted)


def called_as_partner(world: World, access: Access, headers: Mapping[str, str]) -> bool:
    if access is Access.ADMINISTRATOR_OR_PARTNER:
        return world.settings.partner_session_reads_organizations and "appkey" in headers
    if access is Access.EVENTS:
        return called_as_partner_of_events(world, headers)
    if access is Access.ANY_SESSION:
        session = live_session(world, headers.get("sessionid", ""))
        return session is not None and not session.organization_id
    return access in PARTNER_ONLY


def called_as_partner_of_events(world: World, headers: Mapping[str, str]) -> bool:
    """By the session where there is one; the webhooks API tells a missing header from a wrong one."""
    session = live_session(world, headers.get("sessionid", ""))
    as_partner = not session.organization_id if session else "appkey" in headers
    for name in ("sessionId", "appKey" if as_partner else "devKey"):
        if not headers.get(name.lower()):
            raise refusal(world.settings.events_missing_header_status, "BDC_1108", name)
    return as_partner


def session_for_key(world: World, headers: Mapping[str, str], *, as_partner: bool, any_key: bool) -> Session:
    """The live session, if the key belongs to the same partner and is of the kind this session goes with."""
    session = live_session(world, headers.get("sessionid", ""))
    if not (any_key and not world.settings.logout_checks_key):
        name = "appKey" if as_partner else "devKey"
        partner = partner_with_key(world.store, name, headers.get(name.lower(), ""))
        if partner is None:
            raise refusal(world.settings.bad_key_status, "BDC_1102")
        if session and session.partner_id != partner.id:
            raise session_invalid()
    if session is None or bool(session.organization_id) == as_partner:
        raise session_invalid()
    return session


def organization_in_header(world: World, session: Session, headers: Mapping[str, str]) -> Record:
    identifier = headers.get("organizationid", "")
    if not identifier:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1108", "organizationId")
    if not identifier.startswith("008"):
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1123")
    organization = world.store.get("organization", identifier)
    if organization is None or organization.partner_id != session.partner_id:
        raise not_found(identifier)
    return organization


def require_administrator(world: World, session: Session) -> None:
    if role_of(world, session.user_id) != "ADMINISTRATOR":
        raise refusal(world.settings.role_refused_status, world.settings.role_refused_code)


def role_of(world: World, user_id: str) -> str:
    user = world.store.get("user", user_id)
    return str(user.body["role"]["type"]) if user else ""


def require_trust(caller: Caller) -> None:
    """Signing in again does not help: a person has to complete MFA."""
    if not caller.trusted:
        raise refusal(HTTPStatus.FORBIDDEN, "BDC_1361")
