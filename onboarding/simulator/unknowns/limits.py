from dataclasses import dataclass

from onboarding.simulator.unknowns.setting import setting


@dataclass(frozen=True)
class LimitSettings:
    limits_enforced: bool = setting(True, "Calls over a limit are refused; off: nothing is counted.")
    calls_per_hour: int = setting(20_000, "Calls per key and clock hour; 0: any number.")
    logins_per_hour: int = setting(200, "Logins per key and clock hour; 0: any number.")
    messages_per_minute: int = setting(5, "Texts and e-mails per key and minute; 0: any number.")
    concurrent_calls: int = setting(3, "Calls at a time per key and organization; 0: any number.")
    login_operations: str = setting("partner_login,login,login_as_user", "Operations that are logins.")
    message_operations: str = setting(
        "initiate_risk_verification,mfa_setup,mfa_challenge,create_user,invite_vendor,invite_customer,"
        "invite_vendor_not_in_bill_network",
        "Operations that send a text or an e-mail.",
    )
    message_minute: str = setting("sliding", "The minute in which messages count.", "sliding", "clock")
    messages_code: str = setting("BDC_1144", "Code for too many messages in a minute.")
    hourly_status: int = setting(429, "HTTP status of BDC_1144, and of too many messages.")
    concurrent_status: int = setting(429, "HTTP status of BDC_1322.")
    keys_counted: str = setting("apart", "A partner's appKey and devKey count.", "apart", "together")
    refused_calls_count: bool = setting(False, "A call that a limit refuses counts against the limits.")
    partner_calls_concurrent: bool = setting(
        True, "Calls without an organization are concurrent calls, too: of no organization."
    )
