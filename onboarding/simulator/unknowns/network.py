from dataclasses import dataclass

from onboarding.simulator.unknowns.setting import setting


@dataclass(frozen=True)
class NetworkSettings:
    network_scope_absent: str = setting(
        "both", "Where a search without scope looks.", "both", "BILL", "RPPS", "refuse"
    )
    network_results: int = setting(50, "The most that a search finds.")
    network_auto_connect: bool = setting(
        False, "Invited organizations are connected at once; off: they have to accept."
    )
    rpps_information_required: bool = setting(True, "Inviting a national vendor needs rppsInformation.")
    invitations_need_trust: str = setting(
        "vendor", "Whose invitation needs a trusted session.", "vendor", "customer", "both", "none"
    )
    second_invitation: str = setting(
        "refuse", "Inviting again while an invitation waits.", "refuse", "replace"
    )
    second_invitation_code: str = setting(
        "BDC_1119", "Code for inviting whom an invitation waits for, or who is connected."
    )
    invitation_days: int = setting(60, "Days after which an invitation expires.")
    invitation_absent: str = setting("404", "GET invitation where there is none.", "404", "NOT_CONNECTED")
    expired_invitation_word: str = setting(
        "EXPIRED", "Status of an expired invitation.", "EXPIRED", "NOT_CONNECTED"
    )
    accepted_type: str = setting(
        "checked",
        "An invitation that was sent to a vendor is accepted from a CUSTOMER, and the other way round.",
        "checked", "ignored",
    )  # fmt: skip
