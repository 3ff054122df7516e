"""Multi-factor authentication; tokens are secrets for as long as they live."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from onboarding.bill.inputs.fields import filled, require
from onboarding.bill.sessions import Secret


class MfaPhoneType(StrEnum):
    """How BILL tells a token; numbers outside the US get no texts."""

    TEXT = "TEXT"
    VOICE = "VOICE"


@dataclass(frozen=True, slots=True)
class NewMfaPhone:
    """The phone to set up. BILL refuses to hear of a second phone, so `primary` is never sent."""

    phone: str = field(repr=False)
    type: MfaPhoneType

    def __post_init__(self) -> None:
        require(phone=self.phone)

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return {"phone": self.phone, "type": self.type}


@dataclass(frozen=True, slots=True)
class MfaSetupToken:
    """The token that confirms the phone."""

    setup_id: str
    type: MfaPhoneType
    token: Secret

    def __post_init__(self) -> None:
        require(setup_id=self.setup_id)
        _require_six_digits(self.token)

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return {"setupId": self.setup_id, "type": self.type, "token": self.token}


@dataclass(frozen=True, slots=True)
class MfaChallengeToken:
    """The token that makes the session trusted, and the device to remember it by."""

    challenge_id: str
    token: Secret
    device: str = ""
    machine_name: str = ""
    remember_me: bool | None = None

    def __post_init__(self) -> None:
        require(challenge_id=self.challenge_id)
        _require_six_digits(self.token)
        if self.remember_me and not (self.device and self.machine_name):
            raise ValueError("device and machine_name are needed to remember the device.")

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return filled(
            challengeId=self.challenge_id,
            token=self.token,
            device=self.device,
            machineName=self.machine_name,
            rememberMe=self.remember_me,
        )


def _require_six_digits(token: Secret) -> None:
    # BILL blocks MFA after a few wrong tokens, so none is spent on what cannot be one.
    if not re.fullmatch(r"[0-9]{6}", token.reveal()):
        raise ValueError("token must have six digits.")
