"""The client of BILL's v3 API: one class, sync, with methods named as BILL names them."""

from onboarding.bill.calls.banks import BankCalls
from onboarding.bill.calls.bills import BillCalls
from onboarding.bill.calls.customers import CustomerCalls
from onboarding.bill.calls.health import HealthCalls
from onboarding.bill.calls.mfa import MfaCalls
from onboarding.bill.calls.network import NetworkCalls
from onboarding.bill.calls.organization_users import OrganizationUserCalls
from onboarding.bill.calls.organizations import OrganizationCalls
from onboarding.bill.calls.payments import PaymentCalls
from onboarding.bill.calls.risk import RiskCalls
from onboarding.bill.calls.sessions import SessionCalls
from onboarding.bill.calls.users import UserCalls
from onboarding.bill.calls.vendors import VendorCalls
from onboarding.bill.calls.webhooks import WebhookCalls


class BillClient(
    SessionCalls,
    OrganizationCalls,
    UserCalls,
    OrganizationUserCalls,
    RiskCalls,
    MfaCalls,
    WebhookCalls,
    VendorCalls,
    CustomerCalls,
    BillCalls,
    BankCalls,
    PaymentCalls,
    NetworkCalls,
    HealthCalls,
):
    """BILL as one partner sees it in one environment; used as a context manager it closes its connections.

    Every method raises nothing but BillError for whatever BILL answers, and retries nothing that BILL may have done.
    """
