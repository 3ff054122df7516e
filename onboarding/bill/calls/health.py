"""The health of BILL's API."""

from onboarding.bill.calling import Caller
from onboarding.bill.message import Message
from onboarding.bill.outputs import Health


class HealthCalls(Caller):
    """The one call that needs neither key nor session."""

    def health(self) -> Health:
        """Ask whether BILL is there."""
        return self._read(Message("health", "GET", "/v3/health"), Health.found)
