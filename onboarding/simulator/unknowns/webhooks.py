from dataclasses import dataclass

from onboarding.simulator.unknowns.setting import setting

EVENT_TYPES = (
    "vendor.created", "vendor.updated", "vendor.archived", "vendor.restored", "autopay.failed",
    "bill.created", "bill.updated", "bill.archived", "bill.restored", "payment.updated", "payment.failed",
    "bank-account.created", "bank-account.updated", "card-account.created", "card-account.updated",
    "invoice.created", "invoice.updated", "invoice.archived", "invoice.restored",
    "risk-verification.updated", "spend.transaction.updated", "spend.reimbursement.created",
    "spend.reimbursement.updated", "spend.reimbursement.deleted", "spend.three-ds-challenge.created",
)  # fmt: skip


@dataclass(frozen=True)
class WebhookSettings:
    event_types: str = setting(",".join(EVENT_TYPES), "Event types that the catalog lists.")
    catalog_field: str = setting("events", "What the catalog calls its list.", "events", "results")
    events_missing_header_status: int = setting(
        400, "HTTP status of the webhooks API when sessionId or the key is missing."
    )
    subscriptions_max: int = setting(10, "Subscriptions of one organization, or of one partner.")
    subscriptions_max_code: str = setting("BDC_1119", "Code for one subscription too many.")
    duplicate_subscription_code: str = setting(
        "BDC_1119", "Code for a second subscription with the same events and URL."
    )
    partner_subscription_organization: str = setting(
        "omitted", "organizationId in a partner's own subscription.", "omitted", "empty", "partner"
    )
    http_to_loopback: bool = setting(True, "notificationUrl may be http to this machine itself.")
    idempotent_hours: int = setting(24, "Hours for which an answer is kept by its X-Idempotent-Key.")
    idempotent_replay: str = setting(
        "same answer", "The same X-Idempotent-Key with the same body.", "same answer", "refuse", "new"
    )
    idempotent_other_body: str = setting(
        "refuse", "The same X-Idempotent-Key with another body.", "refuse", "same answer"
    )
    security_key_idempotency: str = setting(
        "optional", "X-Idempotent-Key when a new security key is asked for.", "optional", "required"
    )
    old_key_seconds: float = setting(
        0.0, "Seconds after a new security key in which notifications are still signed with the old one."
    )
    payload_form: str = setting(
        "object", "A notification's body: the JSON object, or a JSON string that holds it.",
        "object", "escaped string",
    )  # fmt: skip
    bank_account_key: str = setting(
        "bank-account", "Name of the bank account in a notification.", "bank-account", "bankAccount"
    )
    risk_event_user_id: bool = setting(False, "A risk-verification notification also tells userId.")
    history_days: int = setting(180, "Days for which notifications are listed and can be sent again.")
    history_form: str = setting(
        "both", "A listed notification: its data with the payload as a string, the notification, or both.",
        "both", "data", "notification",
    )  # fmt: skip
    events_while_disabled: str = setting(
        "dropped", "What happens while a subscription is disabled.", "dropped", "kept"
    )
    delivery_seconds: float = setting(10.0, "Seconds in which a receiver must have answered 200.")
    delivery_checks_certificate: bool = setting(True, "A receiver's certificate must be valid.")
    duplicate_deliveries: bool = setting(False, "Every notification is sent twice.")
    reorder_deliveries: int = setting(
        0, "So many notifications of a subscription are held, then sent newest first; 0: as they happen."
    )
