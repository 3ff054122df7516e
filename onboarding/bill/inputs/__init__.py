"""What is sent to BILL; `payload` gives exactly BILL's JSON, without the optional values that are empty."""

from onboarding.bill.inputs.addresses import Address
from onboarding.bill.inputs.banks import BankAccountChanges, BankAccountType, BankOwnerType, NewBankAccount
from onboarding.bill.inputs.bills import NewBill, NewLineItem
from onboarding.bill.inputs.customers import NewCustomer
from onboarding.bill.inputs.lists import FIRST_EVENTS, FIRST_PAGE, EventQuery, ListQuery
from onboarding.bill.inputs.mfa import MfaChallengeToken, MfaPhoneType, MfaSetupToken, NewMfaPhone
from onboarding.bill.inputs.network import (
    InvitationAcceptance,
    NetworkQuery,
    NetworkRole,
    NetworkType,
    NewInvitation,
)
from onboarding.bill.inputs.organizations import (
    CompanyOwner,
    NewOrganization,
    OrganizationChanges,
    PricePlanName,
)
from onboarding.bill.inputs.payments import FundingAccount, FundingType, NewPayment
from onboarding.bill.inputs.risk import RiskPhone
from onboarding.bill.inputs.users import NewOrganizationUser, NewUser, UserChanges
from onboarding.bill.inputs.vendors import NewVendor, VendorBankAccount
from onboarding.bill.inputs.webhooks import (
    EventRef,
    NewSubscription,
    SampleEvent,
    SubscriptionChanges,
    SubscriptionReplacement,
)

__all__ = [
    "FIRST_EVENTS",
    "FIRST_PAGE",
    "Address",
    "BankAccountChanges",
    "BankAccountType",
    "BankOwnerType",
    "CompanyOwner",
    "EventQuery",
    "EventRef",
    "FundingAccount",
    "FundingType",
    "InvitationAcceptance",
    "ListQuery",
    "MfaChallengeToken",
    "MfaPhoneType",
    "MfaSetupToken",
    "NetworkQuery",
    "NetworkRole",
    "NetworkType",
    "NewBankAccount",
    "NewBill",
    "NewCustomer",
    "NewInvitation",
    "NewLineItem",
    "NewMfaPhone",
    "NewOrganization",
    "NewOrganizationUser",
    "NewPayment",
    "NewSubscription",
    "NewUser",
    "NewVendor",
    "OrganizationChanges",
    "PricePlanName",
    "RiskPhone",
    "SampleEvent",
    "SubscriptionChanges",
    "SubscriptionReplacement",
    "UserChanges",
    "VendorBankAccount",
]
