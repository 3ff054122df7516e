"""Opening, describing and ending sessions."""

from onboarding.bill.calling import Caller
from onboarding.bill.message import Message
from onboarding.bill.reading import UnreadableError, flag, identifier, mapping, secret, text
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
            answers_secret=True,
        )
        return self._change(
            message, lambda document: PartnerSession(id=secret(mapping(document), "sessionId"))
        )

    def login(
        self,
        *,
        organization_id: str,
        username: str,
        password: Secret | None = None,
        console_api_token: Secret | None = None,
        remember_me_id: Secret | None = None,
        device: str = "",
    ) -> OrganizationSession:
        """Open a session with a user's own password, or the token of an Accountant Console user."""
        if bool(password) == bool(console_api_token):
            raise ValueError("Either password or console_api_token is given.")
        body: dict[str, object] = {
            "devKey": self._dev_key,
            "organizationId": organization_id,
            "username": username,
            **_remembered(remember_me_id, device),
        }
        body |= {"password": password} if password else {"consoleApiToken": console_api_token}
        message = Message("login", "POST", "/v3/login", body=body, answers_secret=True)
        return self._change(message, lambda document: _opened(document, organization_id))

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
        remembered = _remembered(remember_me_id, device)
        message = Message(
            operation="login_as_user",
            method="POST",
            path="/v3/partner/login-as-user",
            headers=self._partner(session),
            body={"organizationId": organization_id, "userId": user_id, **remembered},
            answers_secret=True,
        )
        return self._change(message, lambda document: _opened(document, organization_id, user_id))

    def get_session(self, *, session: OrganizationSession) -> SessionDetails:
        """Ask who the session is, and whether it is trusted."""
        message = Message("get_session", "GET", "/v3/login/session", self._organization(session))
        return self._read(message, _details)

    def logout(self, *, session: PartnerSession | OrganizationSession) -> None:
        """End the session; SessionExpired means that it had ended before."""
        # Which key a partner session wants here is not documented; everywhere else it goes with the appKey.
        message = Message("logout", "POST", "/v3/logout", self._either(session))
        self._change(message, lambda document: None)


def _remembered(remember_me_id: Secret | None, device: str) -> dict[str, object]:
    if bool(remember_me_id) != bool(device):
        raise ValueError("remember_me_id and device are given together.")
    return {"rememberMeId": remember_me_id, "device": device} if remember_me_id else {}


def _opened(document: object, organization_id: str, user_id: str = "") -> OrganizationSession:
    source = mapping(document)
    # BILL does not promise to say whose session it is; when it does and it is another's, it must not be used.
    for key, expected in (("organizationId", organization_id), ("userId", user_id)):
        if expected and text(source, key) not in ("", expected):
            raise UnreadableError("a session of someone else")
    return OrganizationSession(
        id=secret(source, "sessionId"),
        organization_id=organization_id,
        user_id=user_id or text(source, "userId"),
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
