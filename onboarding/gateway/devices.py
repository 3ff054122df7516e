"""The device that BILL remembers: it makes a session trusted without a person."""

from onboarding.bill.errors import BillError, SessionUntrusted
from onboarding.bill.sessions import OrganizationSession, Secret
from onboarding.engine import wake
from onboarding.gateway.bill import Bill
from onboarding.models import Mfa
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.tenancy import acting_for


def step_up(bill: Bill, session: OrganizationSession) -> bool | None:
    """Whether the session is trusted now; None when BILL did not say. Nothing is lost when it is not."""
    with acting_for(bill.actor.tenant_id):
        mfa = Mfa.objects.filter(onboarding_id=bill.onboarding_id or "").first()
    if mfa is None or not mfa.remember_me_id or not mfa.is_trusted(clock.now()):
        return False
    try:
        bill.client.mfa_step_up(session=session, remember_me_id=Secret(mfa.remember_me_id), device=mfa.device)
    except SessionUntrusted:
        _lose(bill, mfa)
        return False
    except BillError:
        return None
    return True


def _lose(bill: Bill, mfa: Mfa) -> None:
    """BILL does not know the device any more: the admin is asked to renew it, unless they just did."""
    with acting_for(bill.actor.tenant_id):
        now = clock.now()
        as_used = Mfa.objects.filter(pk=mfa.pk, lost_at__isnull=True, trusted_at=mfa.trusted_at)
        if not as_used.update(lost_at=now, remind_at=now, remember_me_id=None):
            return
        record(
            actor=bill.actor,
            tag=Tag.MFA_LOST,
            onboarding=mfa.onboarding_id,
            target=("mfa", str(mfa.pk)),
            fields={"reason": "it answered that the session is not trusted"},
        )
        wake.renewal_on_commit()
