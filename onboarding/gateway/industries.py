"""What BILL takes as an industry: told only inside an organization's session, so one that is open anyway asks."""

import logging
from datetime import timedelta

from onboarding.bill.errors import BillError
from onboarding.engine.contracts import Run
from onboarding.gateway.bill import Bill
from onboarding.models import Connection
from portal.lib import clock
from portal.lib.tenancy import acting_for

logger = logging.getLogger("onboarding.industries")
GOOD_FOR = timedelta(days=7)
ASK_AGAIN_AFTER = timedelta(hours=1)
LONGEST, MOST = 500, 2000


def learn_industries(bill: Bill, step: Run) -> None:
    """Read the list if it is not known or old. It is a help for a form: what goes wrong here stops nothing."""
    asked_at = bill.connection.industries_at
    if asked_at and clock.now() - asked_at < GOOD_FOR:
        return
    known, learnt_at = bill.connection.industries, clock.now()
    try:
        names = bill.as_user(
            step.bill_organization_id,
            step.bill_user_id,
            lambda client, session: client.list_industries(session=session),
        )
        known = list(dict.fromkeys(name for name in names if is_choosable(name)))[:MOST] or known
    except BillError as error:
        logger.info("the industries could not be read: %s", error)
        learnt_at -= GOOD_FOR - ASK_AGAIN_AFTER
    with acting_for(step.tenant_id):
        Connection.objects.filter(pk=step.connection_id).update(industries=known, industries_at=learnt_at)


def is_choosable(name: str) -> bool:
    """Whether a form can show it and a browser send it back unchanged."""
    return len(name) <= LONGEST and name.isprintable() and name == name.strip()
