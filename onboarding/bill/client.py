"""The client of BILL's v3 API: one class, sync, with methods named as BILL names them."""

from onboarding.bill.calls.organizations import OrganizationCalls
from onboarding.bill.calls.risk import RiskCalls
from onboarding.bill.calls.sessions import SessionCalls
from onboarding.bill.calls.users import UserCalls


class BillClient(SessionCalls, OrganizationCalls, UserCalls, RiskCalls):
    """BILL as one partner sees it in one environment; used as a context manager it closes its connections.

    Every method raises nothing but BillError for whatever BILL answers, and retries nothing.
    """
