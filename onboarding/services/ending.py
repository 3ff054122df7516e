"""Ending login-as-user sessions now: nobody can use them any more, and the step that would end them tells BILL."""

from collections.abc import Iterable
from datetime import datetime

from onboarding.gateway.endings import move_ending
from onboarding.models import BillSession
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib.actor import Actor


def end_now(actor: Actor, sessions: Iterable[BillSession], now: datetime) -> int:
    """End those that still last; how many it were. The caller holds the onboarding's row."""
    return sum(_end(actor, session, now) for session in sessions)


def _end(actor: Actor, session: BillSession, now: datetime) -> bool:
    live = BillSession.objects.filter(pk=session.pk, ended_at__isnull=True, expires_at__gt=now)
    if not live.update(expires_at=now):
        return False
    move_ending(session, now, ended_by=actor.name)
    tell_ended(actor, session, f"by {actor.name}")
    return True


def tell_ended(actor: Actor, session: BillSession, how: str) -> None:
    record(
        actor=actor,
        tag=Tag.LOGIN_AS_ENDED,
        onboarding=session.onboarding_id,
        target=("session", str(session.pk)),
        fields={"how": how, "session": str(session.pk)},
    )
