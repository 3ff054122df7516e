from dataclasses import dataclass

from onboarding.simulator.unknowns.setting import setting


@dataclass(frozen=True)
class MfaSettings:
    mfa_phone_formats: str = setting(
        "any usual", "How a phone for MFA may be written.", "any usual", "E.164", "ten digits"
    )
    mfa_token_minutes: float = setting(5.0, "Minutes for which an MFA token is good.")
    mfa_expired_status: int = setting(400, "HTTP status of BDC_1374, token expired.")
    mfa_attempts: int = setting(3, "Wrong tokens after which a new one has to be asked for.")
    mfa_attempts_status: int = setting(400, "HTTP status of BDC_1358, too many attempts.")
    mfa_wrong_token_code: str = setting("BDC_1119", "Code for a wrong token.")
    mfa_wrong_token_status: int = setting(400, "HTTP status for a wrong token.")
    mfa_unknown_id_status: int = setting(404, "HTTP status for a setupId or challengeId that is unknown.")
    mfa_repeat_voids: bool = setting(True, "Asking for another token voids the one before.")
    mfa_open_setups: int = setting(5, "Setups left unconfirmed in one hour until BDC_5324; 0: any number.")
    mfa_blocked_status: int = setting(403, "HTTP status of BDC_5324, MFA blocked.")
    mfa_no_phone_code: str = setting("BDC_1120", "Code for a challenge when no phone is set up.")
    mfa_reset_needs_trust: bool = setting(True, "Setting up another phone needs a trusted session.")
    remember_days: int = setting(30, "Days for which a device is remembered.")
    remember_needs_machine_name: bool = setting(False, "Remembering a device needs machineName, too.")
    remember_me_id_unasked: str = setting(
        "good for a named device",
        "rememberMeId when rememberMe is left out.",
        "good for a named device",
        "useless",
        "empty",
        "omitted",
    )
    wrong_remember_me: str = setting(
        "untrusted", "Signing in with a wrong or expired rememberMeId and device.", "untrusted", "refuse"
    )
    organization_mfa: str = setting(
        "used",
        "mfaStatus of organizations that do not use MFA.",
        "used",
        "DISABLED",
        "PHONE_VERIFICATION",
        "UNDEFINED",
    )
    mfa_bypass: bool = setting(False, "MFA is off for the developer key: every session counts as trusted.")
