from dataclasses import dataclass

from onboarding.simulator.unknowns.setting import setting


@dataclass(frozen=True)
class SessionSettings:
    idle_minutes: int = setting(35, "Minutes without a call after which a session ends.")
    child_survives_partner: bool = setting(
        True, "A login-as-user session lives on when the partner session that opened it has ended."
    )
    partner_session_reads_organizations: bool = setting(
        False, "/v3/organizations/{id} accepts a partner session with appKey, too."
    )
    logout_checks_key: bool = setting(True, "Logout wants the key that belongs to the session.")
    partner_login_details: bool = setting(
        False, "Partner login also answers organizationId, userId and trusted."
    )
    login_as_user_details: bool = setting(
        True, "Login-as-user also answers organizationId, userId and trusted."
    )
    user_password: str = setting("simulator-user", "Password of every user at POST /v3/login.")
    console_api_token: str = setting(
        "simulator-console", "consoleApiToken that POST /v3/login takes in place of a password."
    )
    archived_user_status: int = setting(400, "HTTP status of BDC_1111, signing in as an archived user.")
    bad_credentials_status: int = setting(401, "HTTP status of BDC_1101.")
    bad_key_status: int = setting(401, "HTTP status of BDC_1102.")
