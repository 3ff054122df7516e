"""What staff may put on record for the organization, as its admin told them elsewhere."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from onboarding.models import Contact, Grant, How, Onboarding, Scope, Step
from onboarding.states import StepState

MAY_NOT_ATTEST = "Here the organization's admin says it on a page of their own."
SAID_HERE = (
    "The organization's admin decides on a page of their own; you can only record that they allow less."
)

TOLD = "BILL was told already that the terms are accepted; the evidence stays as it is."
# BILL may have been told of the acceptance on record.
SENT = (StepState.RUNNING.value, StepState.UNKNOWN.value, StepState.DONE.value)


def is_said(onboarding: Onboarding, key: str) -> bool:
    """Whether the admin's own word is what counts for the step with this key."""
    words = {"create_user": onboarding.acceptance, "start_verification": onboarding.grant}
    word = words.get(key)
    return word is not None and word.how == How.HERE


def is_theirs(onboarding: Onboarding, key: str) -> bool:
    """Whether the step with this key asks staff for nothing: the admin said it, or is to say it again."""
    return is_said(onboarding, key) or (key == "start_verification" and _is_decided_here(onboarding))


def why_not_attest(onboarding: Onboarding, scope: str) -> str:
    """Why staff may not put this on record for the organization; empty when they may. Less than before, always.

    What staff took from the word of the admin that counts now, only the admin gives again.
    """
    if scope == Scope.NOTHING:
        return ""
    if scope == Scope.VERIFICATION and _lets_people_in(onboarding):
        return ""
    if _is_decided_here(onboarding):
        return SAID_HERE
    return "" if onboarding.connection.may_attest else MAY_NOT_ATTEST


def why_not_accept(onboarding: Onboarding) -> str:
    """Why staff may not put an acceptance of BILL's terms on record; empty when they may."""
    if not onboarding.connection.may_attest:
        return MAY_NOT_ATTEST
    users = Step.objects.filter(onboarding=onboarding, key="create_user", state__in=SENT)
    return TOLD if onboarding.acceptance_id is not None and users.exists() else ""


def only_limits(onboarding: Onboarding, scope: str) -> bool:
    """Whether staff take from a word that is not theirs to give: it stays the word of whoever gave it."""
    if scope != Scope.VERIFICATION or not _lets_people_in(onboarding):
        return False
    return is_said(onboarding, "start_verification") or not onboarding.connection.may_attest


def _lets_people_in(onboarding: Onboarding) -> bool:
    return onboarding.grant is not None and onboarding.grant.scope == Scope.STAFF


def without_people(onboarding: Onboarding, known: Grant) -> Grant:
    """What the portal's own sessions rest on, less the permission for people, which the admin is asked again."""
    theirs = Q(contact__isnull=True) | Q(contact=known.contact_id, with_terms=True)
    before = onboarding.grants.filter(theirs).exclude(scope=Scope.NOTHING.value)
    said = before.order_by("-recorded_at").first() or known
    return Grant(
        scope=Scope.VERIFICATION.value,
        given_by=said.given_by,
        given_on=said.given_on,
        how=said.how,
        attested_by_id=said.attested_by_id,
        contact_id=said.contact_id,
        ip=said.ip,
        wording=said.wording,
        language=said.language,
        with_terms=True,
    )


def said_by(contact: str = "") -> "QuerySet[Grant]":
    """For a query about contacts, found at this path: what each of them said on pages of their own.

    What staff recorded after that makes it no less said, and whoever was named again after another is the same person.
    """
    here = Grant.objects.filter(how=How.HERE.value, contact__declined_at__isnull=True)
    same = {"contact__email_fingerprint": OuterRef(f"{contact}email_fingerprint")}
    return here.filter(onboarding=OuterRef(f"{contact}onboarding"), **same)


def _is_decided_here(onboarding: Onboarding) -> bool:
    """Whether the admin that counts now has spoken."""
    now = Contact.objects.filter(onboarding=onboarding, replaced_at__isnull=True)
    return now.filter(Exists(said_by())).exists()
