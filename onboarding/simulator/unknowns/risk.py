from dataclasses import dataclass

from onboarding.simulator.unknowns.setting import setting


@dataclass(frozen=True)
class RiskSettings:
    phone_types: str = setting("MOBILE,LANDLINE,VOIP,OTHER", "Values of phoneType; empty: any.")
    second_phone: str = setting("replace", "A second risk phone for the same user.", "replace", "refuse")
    initiation_needs_owner: bool = setting(False, "Risk verification needs companyOwner.name.")
    initiation_needs_trust: bool = setting(False, "Risk verification needs a trusted session.")
    no_phone_code: str = setting("BDC_1117", "Code when the user has no risk phone.")
    second_initiation: str = setting(
        "refuse", "Initiating risk verification again.", "refuse", "same answer", "restart"
    )
    second_initiation_code: str = setting("BDC_1119", "Code for initiating again.")
    before_initiation: str = setting("404", "GET risk verification before it is initiated.", "404", "empty")
    decision_seconds: float = setting(4.0, "Seconds of the simulator's clock until a decision falls.")
    in_progress_word: str = setting("IN_PROGRESS", "The decision while checks run.", "IN_PROGRESS", "PENDING")
