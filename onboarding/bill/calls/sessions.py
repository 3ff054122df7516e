"""Opening, describing and ending sessions."""

from onboarding.bill.calling import Caller
from onboarding.bill.message import Message
from onboarding.bill.reading import UnreadableError, flag, identifier, mapping, session_id, text
from onboarding.bill.sessions import OrganizationSession, PartnerSession, Secret, SessionDetails


class SessionCalls(Caller):
    """Sessions last 35 idle minutes; every call inside one starts them anew."""

    def partner_login(self, *, username: str, password: Secret) -> PartnerSession:
        """Open a partner session."""
        message = Message(
            operation="partner_login",
            method="POST",
            path="/v3/partner/login",
            body={"username": username, "password": password, "appKey": self._app_key},
            opens_session=True,
        )
        return self._change(message, lambda document: PartnerSession(id=session_id(mapping(document))))

    def login_as_user(
        self,
        *,
        session: PartnerSession,
        organization_id: str,
        user_id: str,
        remember_me_id: Secret | None = None,
        device: str = "",
    ) -> OrganizationSession:
        """Open a session as a user; `remember_me_id` and `device` make it trusted and are given together."""
        if bool(remember_me_id) != bool(device):
            raise ValueError("remember_me_id and device are given together.")
        body: dict[str, object] = {"organizationId": organization_id, "userId": user_id}
        if remember_me_id:
            body |= {"rememberMeId": remember_me_id, "device": device}
        message = Message(
            operation="login_as_user",
            method="POST",
            path="/v3/partner/login-as-user",
            headers=self._partner(session),
            body=body,
            opens_session=True,
        )
        return self._change(message, lambda document: _opened(document, organization_id, user_id))

    def get_session(self, *, session: OrganizationSession) -> SessionDetails:
        """Ask who the session is, and whether it is trusted."""
        message = Message("get_session", "GET", "/v3/login/session", self._organization(session))
        return self._read(message, _details)

    def logout(self, *, session: PartnerSession | OrganizationSession) -> None:
        """End the session; SessionExpired means that it had ended before."""
        # Which key a partner session wants here is not documented; everywhere else it goes with the appKey.
        headers = (
            self._partner(session) if isinstance(session, PartnerSession) else self._organization(session)
        )
        self._change(Message("logout", "POST", "/v3/logout", headers), lambda document: None)


def _opened(document: object, organization_id: str, user_id: str) -> OrganizationSession:
    source = mapping(document)
    # BILL does not promise to say whose session it is; when it does and it is another's, it must not be used.
    for key, expected in (("organizationId", organization_id), ("userId", user_id)):
        if text(source, key) not in ("", expected):
            raise UnreadableError("a session of someone else")
    return OrganizationSession(
        id=session_id(source),
        organization_id=organization_id,
        user_id=user_id,
        trusted=flag(source, "trusted"),
    )


def _details(document: object) -> SessionDetails:
    source = mapping(document)
    return SessionDetails(
        organization_id=identifier(source, "organizationId"),
        user_id=identifier(source, "userId"),
        mfa_status=text(source, "mfaStatus"),
        mfa_bypass=flag(source, "mfaBypass"),
    )
