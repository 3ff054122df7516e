"""The KYC/KYB check: its phone, its start and its decision."""

from onboarding.bill.calling import Caller
from onboarding.bill.errors import BillRefused
from onboarding.bill.inputs import RiskPhone
from onboarding.bill.message import Message, path_of
from onboarding.bill.outputs import RiskVerification
from onboarding.bill.reading import UnreadableError, flag, mapping
from onboarding.bill.sessions import OrganizationSession, PartnerSession

_PATH = "/v3/risk-verifications"
_NO_SUCH_CALL = "BDC_1121"
_NOT_FOUND = 404


class RiskCalls(Caller):
    """The partner can add the phone; all the rest needs a session as the user."""

    def create_partner_risk_phone(
        self, *, session: PartnerSession, organization_id: str, user_id: str, phone: RiskPhone
    ) -> None:
        """Put the phone on the user."""
        message = Message(
            operation="create_partner_risk_phone",
            method="POST",
            path=path_of("v3", "partner", "risk-verifications", user_id, "phone"),
            headers=self._partner(session, organization_id),
            body=phone.payload(),
        )
        self._change(message, lambda document: None)

    def create_risk_phone(self, *, session: OrganizationSession, phone: RiskPhone) -> None:
        """Put the phone on the session's own user."""
        message = Message(
            "create_risk_phone", "POST", f"{_PATH}/phone", self._organization(session), phone.payload()
        )
        self._change(message, lambda document: None)

    def get_risk_phone(self, *, session: OrganizationSession) -> bool:
        """Whether the session's user has a phone."""
        message = Message("get_risk_phone", "GET", f"{_PATH}/phone", self._organization(session))
        return self._read(message, _has_phone)

    def initiate_risk_verification(self, *, session: OrganizationSession) -> RiskVerification:
        """Start the check; the session's user must be an administrator and have a phone."""
        message = Message("initiate_risk_verification", "POST", _PATH, self._organization(session))
        return self._change(message, RiskVerification.initiated)

    def get_risk_verification(self, *, session: OrganizationSession) -> RiskVerification | None:
        """The check, or None when it is not initiated."""
        message = Message("get_risk_verification", "GET", _PATH, self._organization(session))
        try:
            return self._read(message, RiskVerification.found)
        except BillRefused as error:
            # What BILL says before initiation is not documented; a wrong address is something else.
            if error.status == _NOT_FOUND and _NO_SUCH_CALL not in error.codes:
                return None
            raise


def _has_phone(document: object) -> bool:
    has_phone = flag(mapping(document), "hasPhone")
    if has_phone is None:
        raise UnreadableError("no hasPhone")
    return has_phone
