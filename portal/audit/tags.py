"""Everything that can be written to the audit log: its tag, its sentence, and the fields it may carry.

A field that is not listed is refused, so that personal data cannot slip in unnoticed.
"""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Shape:
    tag: str
    sentence: str
    fields: frozenset[str]


def _shape(tag: str, sentence: str, fields: str = "") -> Shape:
    return Shape(tag, sentence, frozenset(fields.split()))


CALL = "operation attempt outcome status codes bill_id error"
SETTLED = "step attempt reason codes until waiting_on"


class Tag(Enum):
    TENANT_CREATED = _shape("tenant.created", "created the tenant {name}", "name slug")
    STAFF_ADDED = _shape("staff.added", "added {email} as {role}", "email role")
    SIGNED_IN = _shape("person.signed_in", "signed in", "email")
    SIGNED_OUT = _shape("person.signed_out", "signed out", "email")
    SIGN_IN_REFUSED = _shape("person.sign_in_refused", "was refused at sign-in as {email}", "email")
    PASSWORD_CHANGED = _shape("person.password_changed", "changed the password", "email")

    CONNECTION_SAVED = _shape(
        "connection.saved",
        "saved the connection to BILL ({environment})",
        "environment username app_key dev_key password",
    )
    CONNECTION_TESTED = _shape(
        "connection.tested", "tested the connection: {result}", "environment result codes"
    )

    ONBOARDING_STARTED = _shape("onboarding.started", "started the onboarding of {name}", "name environment")
    ONBOARDING_IMPORTED = _shape(
        "onboarding.imported",
        "had the onboarding of {name} started from row {row} of {file}",
        "name environment row file import",
    )
    ONBOARDING_CORRECTED = _shape(
        "onboarding.corrected", "had it corrected by row {row} of {file}", "row file import"
    )
    ONBOARDING_HANDED_OVER = _shape("onboarding.handed_over", "handed over from {was} to {now}", "was now")
    ONBOARDING_CANCELLED = _shape("onboarding.cancelled", "cancelled the onboarding: {reason}", "reason")
    ONBOARDING_COMPLETED = _shape("onboarding.completed", "completed the onboarding")
    DECISION_CHANGED = _shape("decision.changed", "BILL's decision went from {was} to {now}", "was now")

    IMPORT_RECEIVED = _shape("import.received", "uploaded {name}", "name environment")
    IMPORT_UNREADABLE = _shape("import.unreadable", "could not read {name}: {reason}", "name reason")
    IMPORT_MAPPED = _shape("import.mapped", "chose the columns of {name}", "name columns")
    IMPORT_CHECKED = _shape(
        "import.checked", "checked the {rows} rows of {name}", "name rows ready held broken"
    )
    IMPORT_DECIDED = _shape(
        "import.decided",
        "decided on rows of {name} that look like others: {choice} {rows}",
        "name choice rows",
    )
    IMPORT_STARTED = _shape("import.started", "started {rows} rows of {name}", "name rows")
    IMPORT_PAUSED = _shape("import.paused", "paused {name}", "name reason")
    IMPORT_RESUMED = _shape("import.resumed", "resumed {name}: {rows} rows to start", "name rows")
    IMPORT_CANCELLED = _shape("import.cancelled", "cancelled {name}: {rows} rows will not begin", "name rows")
    IMPORT_DOWNLOADED = _shape(
        "import.downloaded", "downloaded the rows to fix of {name}, with personal data: {rows}", "name rows"
    )
    IMPORT_ENDED = _shape("import.ended", "{name} is through: {rows} rows have begun", "name rows")

    STEP_SUBMITTED = _shape("step.submitted", "submitted {step}", "step values version")
    STEP_REOPENED = _shape("step.reopened", "opened {step} again to correct it", "step")
    STEP_RETRIED = _shape("step.retried", "asked to try {step} again", "step")
    STEP_DONE = _shape("step.done", "{step} is done", SETTLED + " bill_id note")
    STEP_REFUSED = _shape("step.refused", "BILL refused {step}: {reason}", SETTLED)
    STEP_POSTPONED = _shape("step.postponed", "{step} will be tried again: {reason}", SETTLED)
    LOOK_POSTPONED = _shape(
        "step.look_postponed", "{step} will be looked for at BILL again: {reason}", SETTLED
    )
    STEP_UNKNOWN = _shape("step.outcome_unknown", "{step}: BILL's answer is not known: {reason}", SETTLED)
    STEP_WAITING = _shape("step.waiting", "{step} waits for {waiting_on}: {reason}", SETTLED)
    STEP_NOT_PERMITTED = _shape("step.not_permitted", "{step} ends as not permitted", SETTLED)
    STEP_RESOLVED = _shape(
        "step.resolved", "decided on {step}: {choice}. {reason}", "step choice bill_id reason"
    )

    ATTEMPT_CLOSED = _shape("attempt.closed", "called {operation}: {outcome}", CALL)
    ATTEMPT_LATE = _shape(
        "attempt.answered_late", "{operation} was answered after its step moved on: {outcome}", CALL
    )

    TERMS_ACCEPTED = _shape(
        "terms.accepted",
        "recorded that {accepted_by} accepted BILL's terms ({how})",
        "accepted_by accepted_on how document",
    )
    TERMS_WITHDRAWN = _shape(
        "terms.withdrawn",
        "set aside that {accepted_by} accepted BILL's terms: {reason}",
        "accepted_by accepted_on how reason",
    )
    GRANT_GIVEN = _shape(
        "grant.given",
        "recorded permission to log in as user, by {given_by} ({how})",
        "given_by given_on how scope until device",
    )
    GRANT_LIMITED = _shape(
        "grant.limited",
        "recorded that {given_by} permits the portal's own sessions, and none of staff ({how})",
        "given_by given_on how scope with_terms",
    )
    GRANT_REFUSED = _shape(
        "grant.refused",
        "recorded that {given_by} does not permit login as user ({how})",
        "given_by given_on how",
    )
    GRANT_WITHDRAWN = _shape(
        "grant.withdrawn",
        "ended what {given_by} permitted ({how})",
        "given_by given_on how scope with_terms",
    )

    CONTACT_NAMED = _shape("contact.named", "named {name} as the organization's admin", "name email was")
    CONTACT_INVITED = _shape("contact.invited", "sent {name} a link ({why})", "name why invitation until")
    CONTACT_REVOKED = _shape("contact.revoked", "took back the link of {name}", "name invitation")
    CONTACT_CAME = _shape("contact.came", "opened the link on a device", "invitation visit")
    CONTACT_CONFIRMED = _shape("contact.confirmed", "confirmed the mailbox with a code", "visit")
    CONTACT_CODE_REFUSED = _shape("contact.code_refused", "entered a wrong code", "visit left")
    CONTACT_DECLINED = _shape("contact.declined", "said: it is not me", "invitation")
    CONTACT_LEFT = _shape("contact.left", "signed out on a device", "visit")
    CONTACT_OBJECTED = _shape("contact.objected", "said that {item} is wrong", "item objection")
    CONTACT_ANSWERED = _shape("contact.answered", "answered what was said about {item}", "item objection")
    DOCUMENT_DOWNLOADED = _shape(
        "document.downloaded", "downloaded the document that shows the acceptance", "acceptance"
    )
    BRANDING_CHANGED = _shape(
        "branding.changed", "changed name, logo, colour or address", "name colour email logo"
    )
    ATTESTATION_CHANGED = _shape(
        "attestation.changed", "set attesting for {environment} to {now}", "environment was now"
    )

    MFA_STARTED = _shape(
        "mfa.started", "asked BILL for a token to set up MFA ({type})", "type phone outcome codes"
    )
    MFA_SET_UP = _shape("mfa.set_up", "set up a phone for MFA at BILL", "phone")
    MFA_CHALLENGED = _shape("mfa.challenged", "asked BILL for a token to trust this portal", "outcome codes")
    MFA_TRUSTED = _shape("mfa.trusted", "made this portal a remembered device at BILL", "until")
    MFA_REFUSED = _shape("mfa.refused", "BILL refused the token: {reason}", "reason codes left")
    MFA_FORGOTTEN = _shape("mfa.forgotten", "forgot the device that BILL remembers: {reason}", "reason")
    MFA_LOST = _shape("mfa.lost", "BILL does not remember this portal any more", "reason")

    LOGIN_AS_REQUESTED = _shape(
        "login_as.requested", "asked to log in as user: {reason}", "reason minutes session"
    )
    LOGIN_AS_STARTED = _shape("login_as.started", "logged in as user: {reason}", "reason until session user")
    LOGIN_AS_READ = _shape(
        "login_as.read", "read {what} as the user: {outcome}", "what session outcome codes"
    )
    LOGIN_AS_ENDED = _shape("login_as.ended", "ended the login-as-user session ({how})", "how session")

    @property
    def text(self) -> str:
        return self.value.tag

    def sentence(self, fields: dict[str, object]) -> str:
        """The entry in words; a field that is missing shows as a dash."""
        return self.value.sentence.format_map({name: fields.get(name) or "—" for name in self.value.fields})


BY_TEXT = {tag.text: tag for tag in Tag}
