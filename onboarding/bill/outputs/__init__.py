"""What BILL answers. Unknown fields are ignored, unknown meanings stay visible."""

from onboarding.bill.outputs.banks import BankAccount, BankAccountUser, FundingAccountPermissions
from onboarding.bill.outputs.bills import Bill, LineItem
from onboarding.bill.outputs.customers import Customer
from onboarding.bill.outputs.health import Health
from onboarding.bill.outputs.lists import Page
from onboarding.bill.outputs.mfa import MfaChallenge, MfaPhone, MfaSetup, MfaSetupResult, MfaTrust
from onboarding.bill.outputs.network import Invitation, NetworkOrganization
from onboarding.bill.outputs.organizations import PRICE_PLAN_FIELD, Organization, PlanTerm, PricePlan
from onboarding.bill.outputs.payments import BillPayment, Payment
from onboarding.bill.outputs.risk import Decision, DecisionValue, RiskVerification
from onboarding.bill.outputs.users import Role, User
from onboarding.bill.outputs.vendors import Vendor
from onboarding.bill.outputs.webhooks import Subscription

__all__ = [
    "PRICE_PLAN_FIELD",
    "BankAccount",
    "BankAccountUser",
    "Bill",
    "BillPayment",
    "Customer",
    "Decision",
    "DecisionValue",
    "FundingAccountPermissions",
    "Health",
    "Invitation",
    "LineItem",
    "MfaChallenge",
    "MfaPhone",
    "MfaSetup",
    "MfaSetupResult",
    "MfaTrust",
    "NetworkOrganization",
    "Organization",
    "Page",
    "Payment",
    "PlanTerm",
    "PricePlan",
    "RiskVerification",
    "Role",
    "Subscription",
    "User",
    "Vendor",
]
