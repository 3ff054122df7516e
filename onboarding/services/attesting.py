"""What staff may put on record for the organization, as its admin told them elsewhere."""

from onboarding.models import Grant, How, Onboarding, Scope

MAY_NOT_ATTEST = "Here the organization's admin says it on a page of their own."
SAID_HERE = (
    "The organization's admin decides on a page of their own; you can only record that they allow less."
)


def is_said(onboarding: Onboarding, key: str) -> bool:
    """Whether the admin's own word is on record, so that the step with this key asks staff for nothing."""
    words = {"create_user": onboarding.acceptance, "start_verification": onboarding.grant}
    word = words.get(key)
    return word is not None and word.how == How.HERE


def why_not_attest(onboarding: Onboarding, scope: str) -> str:
    """Why staff may not put this on record for the organization; empty when they may. Less than before, always."""
    if scope == Scope.NOTHING:
        return ""
    if scope == Scope.STAFF and _is_decided_here(onboarding):
        return SAID_HERE
    if onboarding.connection.may_attest:
        return ""
    grant = onboarding.grant
    is_less = scope == Scope.VERIFICATION and grant is not None and grant.allows_system
    return "" if is_less else MAY_NOT_ATTEST


def _is_decided_here(onboarding: Onboarding) -> bool:
    """Whether the admin that counts now has spoken; what staff recorded after that makes it no more than it was."""
    said = Grant.objects.filter(onboarding=onboarding, how=How.HERE.value)
    return said.filter(contact__replaced_at__isnull=True, contact__declined_at__isnull=True).exists()
