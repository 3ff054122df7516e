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
LONGEST = 500


def learn_industries(bill: Bill, step: Run) -> None:
    """Read the list if it is not known or old. It is a help for a form: what goes wrong here stops nothing."""
    asked_at = bill.connection.industries_at
    if asked_at and clock.now() - asked_at < GOOD_FOR:
        return
    known = bill.connection.industries
    try:
        names = bill.as_user(
            step.bill_organization_id,
            step.bill_user_id,
            lambda client, session: client.list_industries(session=session),
        )
        known = list(dict.fromkeys(name for name in names if len(name) <= LONGEST)) or known
    except BillError as error:
        logger.info("the industries could not be read: %s", error)
    with acting_for(step.tenant_id):
        Connection.objects.filter(pk=step.connection_id).update(industries=known, industries_at=clock.now())
