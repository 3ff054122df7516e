"""How a login-as-user session ended, in words: by whom, and why."""

from onboarding.models import BillSession, Grant, Scope
from portal.audit.models import Entry
from portal.audit.tags import Tag
from portal.lib.actor import Kind

MOVES_MONEY = "BILL trusts this session: it can move money."


def moves_money(session: BillSession) -> bool:
    """Whether BILL said that the session is trusted."""
    return bool((session.details or {}).get("trusted"))


def how_it_ended(session: BillSession) -> str:
    """One sentence. Before BILL was told, only the audit log and the permission of that moment say it."""
    told = Entry.objects.filter(
        onboarding_id=session.onboarding_id, tag=Tag.LOGIN_AS_ENDED.text, body__contains=str(session.pk)
    )
    entry = told.order_by("-id").first()
    if entry is None:
        return "Its time was over."
    actor = entry.content["actor"]
    if actor["kind"] == Kind.SYSTEM:
        how = entry.content["fields"]["how"]
        return f"{how[:1].upper()}{how[1:]}."
    if session.staff is not None and actor["person"] == session.staff.person_id:
        return "You ended it."
    assert session.expires_at is not None
    newer = Grant.objects.filter(onboarding=session.onboarding_id, recorded_at=session.expires_at).first()
    return _by_admin(newer) if actor["kind"] == Kind.CONTACT else _by_colleague(actor["name"], newer)


def _by_admin(newer: Grant | None) -> str:
    if newer is None:
        return "Whoever got the admin's link says that they are not the admin, and the permission ended with that."
    if newer.scope == Scope.STAFF:
        return f"{newer.given_by}, the organization's admin, changed the permission."
    return f"{newer.given_by}, the organization's admin, took the permission back."


def _by_colleague(name: str, newer: Grant | None) -> str:
    if newer is None:
        return f"{name} named another admin, and the permission ended with that."
    if newer.with_terms:
        return f"{name} took the admin's link back, and the permission ended with that."
    return f"{name} put another permission of the organization on record."
