"""Trust kept alive: the admin is asked to renew the device before BILL forgets it, and when it has."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from onboarding.models import Mfa, Why
from onboarding.models.trust import REMIND_BEFORE_END
from onboarding.services.contacts.inviting import Invited, contact_of, send_link
from onboarding.states import Status
from portal.lib import clock
from portal.lib.actor import system
from portal.lib.tenancy import acting_for


def ask_for_renewals() -> int:
    """Send every admin the link that is due, of every tenant; how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM trust_ending(%s)", [clock.now()])
        tenants: list[UUID] = [tenant_id for (tenant_id,) in cursor.fetchall()]
    return sum(_ask(tenant_id) for tenant_id in tenants)


def _ask(tenant_id: UUID) -> int:
    sent, now = 0, clock.now()
    with acting_for(tenant_id):
        due = Mfa.objects.select_for_update(of=("self",), skip_locked=True).filter(remind_at__lte=now)
        for mfa in due.select_related("onboarding__grant"):
            sent += _remind(mfa, now)
    return sent


def _remind(mfa: Mfa, now: datetime) -> bool:
    """One link. Whom nobody can be sent to now is tried again at the next hour, until there is nothing to renew."""
    onboarding = mfa.onboarding
    is_over = mfa.lost_at is None and not mfa.is_trusted(now)
    if is_over or onboarding.status == Status.CANCELLED:
        Mfa.objects.filter(pk=mfa.pk).update(remind_at=None)
        return False
    contact = contact_of(onboarding)
    may = onboarding.grant is not None and onboarding.grant.allows_system
    if contact is None or not may:
        return False
    if not isinstance(send_link(actor=system(mfa.tenant_id), contact=contact, why=Why.RENEWAL), Invited):
        return False
    Mfa.objects.filter(pk=mfa.pk).update(reminded_at=now, remind_at=_next(mfa, now))
    return True


def _next(mfa: Mfa, now: datetime) -> datetime | None:
    """When the admin is reminded the next time; of a device that is lost, once."""
    if mfa.lost_at is not None or mfa.trusted_until is None:
        return None
    moments = (mfa.trusted_until - before for before in REMIND_BEFORE_END)
    return next((moment for moment in moments if moment > now), None)
