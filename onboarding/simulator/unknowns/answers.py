from dataclasses import dataclass

from onboarding.simulator.unknowns.setting import setting


@dataclass(frozen=True)
class AnswerSettings:
    create_status: int = setting(200, "HTTP status of a create.", "200", "201")
    unspecified_body: str = setting(
        "object", "What calls without a documented answer send.", "object", "nothing"
    )
    placeholders_filled: bool = setting(
        True, "Error messages are filled in; off leaves ${paramName0} in them."
    )
    unknown_fields: str = setting("ignore", "Fields BILL does not know, in a body.", "ignore", "refuse")
    null_fields: str = setting("refuse", "null for a field that may be left out.", "ignore", "refuse")
    max_over_100: str = setting("refuse", "A list asked with max above 100.", "refuse", "cap")
    list_order: str = setting("newest first", "Order of a list without sort.", "newest first", "oldest first")
    list_lag_seconds: float = setting(0.0, "Seconds until what was created appears in lists.")
    last_page: str = setting("omitted", "nextPage and prevPage where there is none.", "omitted", "null")
