"""Multi-factor authentication: setup, its token, a challenge, its token; later a step-up is enough."""

from dataclasses import replace

from onboarding.bill.calling import Caller
from onboarding.bill.errors import BillRefused, SessionUntrusted
from onboarding.bill.inputs import MfaChallengeToken, MfaSetupToken, NewMfaPhone
from onboarding.bill.message import Message
from onboarding.bill.outputs import MfaChallenge, MfaPhone, MfaSetup, MfaSetupResult, MfaTrust, Page
from onboarding.bill.paging import page_of
from onboarding.bill.reading import UnreadableError, flag, mapping
from onboarding.bill.sessions import OrganizationSession, Secret

_NO_SUCH_CALL = "BDC_1121"
_OK = 200
_NOT_FOUND = 404


class MfaCalls(Caller):
    """For one user in one organization. Too many tries make BILL block MFA, so nothing here tries twice."""

    def mfa_setup(self, *, session: OrganizationSession, phone: NewMfaPhone) -> MfaSetup:
        """Register a phone; BILL sends it a token, and an earlier setup ends."""
        message = Message("mfa_setup", "POST", "/v3/mfa/setup", self._organization(session), phone.payload())
        return self._change(message, MfaSetup.begun)

    def mfa_setup_validate(self, *, session: OrganizationSession, token: MfaSetupToken) -> MfaSetupResult:
        """Confirm the phone. The session is as little trusted as before: a challenge makes it so."""
        message = Message(
            operation="mfa_setup_validate",
            method="POST",
            path="/v3/mfa/setup/validate",
            headers=self._organization(session),
            body=token.payload(),
        )
        try:
            return self._change(message, MfaSetupResult.found)
        except BillRefused as error:
            # BILL's definition names this address, its guides the other. No token is spent on a wrong one.
            if error.status == _NOT_FOUND and _NO_SUCH_CALL in error.codes:
                return self.mfa_setup_validate_prose(session=session, token=token)
            raise

    def mfa_setup_validate_prose(
        self, *, session: OrganizationSession, token: MfaSetupToken
    ) -> MfaSetupResult:
        """Confirm the phone at the address that BILL's guides name."""
        message = Message(
            operation="mfa_setup_validate_prose",
            method="POST",
            path="/v3/mfa/validate",
            headers=self._organization(session),
            body=token.payload(),
        )
        return self._change(message, MfaSetupResult.found)

    def list_mfa_phones(self, *, session: OrganizationSession) -> Page[MfaPhone]:
        """The phones that are set up."""
        message = Message("list_mfa_phones", "GET", "/v3/mfa/phones", self._organization(session))
        return self._read(message, lambda document: page_of(document, MfaPhone.found))

    def mfa_challenge(self, *, session: OrganizationSession) -> MfaChallenge:
        """Have BILL send a token to the phone; an earlier challenge ends."""
        # Without any body BILL refuses the call.
        message = Message("mfa_challenge", "POST", "/v3/mfa/challenge", self._organization(session), {})
        return self._change(message, MfaChallenge.begun)

    def mfa_challenge_validate(self, *, session: OrganizationSession, token: MfaChallengeToken) -> MfaTrust:
        """Confirm the token: this session is trusted from now on, and later ones if it is remembered."""
        message = Message(
            operation="mfa_challenge_validate",
            method="POST",
            path="/v3/mfa/challenge/validate",
            headers=self._organization(session),
            body=token.payload(),
            answers_secret=True,
        )
        return self._change(message, MfaTrust.remembered if token.remember_me else MfaTrust.given)

    def mfa_step_up(
        self, *, session: OrganizationSession, remember_me_id: Secret, device: str
    ) -> OrganizationSession:
        """The session, trusted by a remembered device; SessionUntrusted when BILL does not know it any more."""
        message = Message(
            operation="mfa_step_up",
            method="POST",
            path="/v3/mfa/step-up",
            headers=self._organization(session),
            body={"rememberMeId": remember_me_id, "device": device},
        )
        self._change(message, _require_trust)
        return replace(session, trusted=True)


def _require_trust(document: object) -> None:
    trusted = flag(mapping(document), "trusted")
    if trusted is None:
        raise UnreadableError("no trusted")
    if not trusted:
        # BILL says no with a 200 here.
        raise SessionUntrusted("mfa_step_up", status=_OK, reason="the device is not remembered any more")
