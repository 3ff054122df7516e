"""How a program calls each operation through the portal's client, with the typed input of an example."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from onboarding.bill.client import BillClient
from onboarding.bill.inputs.banks import BankAccountChanges
from onboarding.bill.inputs.customers import NewCustomer
from onboarding.bill.inputs.mfa import MfaChallengeToken, MfaPhoneType, NewMfaPhone
from onboarding.bill.inputs.network import (
    InvitationAcceptance,
    NetworkQuery,
    NetworkRole,
    NewInvitation,
)
from onboarding.bill.inputs.organizations import (
    NewOrganization,
    OrganizationChanges,
    PricePlanName,
)
from onboarding.bill.inputs.risk import RiskPhone
from onboarding.bill.inputs.users import NewOrganizationUser, NewUser, UserChanges
from onboarding.bill.inputs.webhooks import (
    NewSubscription,
    SampleEvent,
    SubscriptionChanges,
    SubscriptionReplacement,
)
from tests.contract.client_inputs import (
    PARTNERS,
    USERS,
    at,
    bank_account,
    bill,
    company,
    events_told,
    first_term,
    history,
    payment,
    query,
    session,
    session_told,
    setup_token,
    subscription,
    values,
    vendor,
)
from tests.contract.examples import Example

CALLS: dict[str, Callable[[BillClient, Example], object]] = {
    "partnerLogin": lambda client, one: {"sessionId": client.partner_login(**values(one.body, "appKey")).id},
    "login": lambda client, one: session_told(client.login(**values(one.body, "devKey"))),
    "loginAsUser": lambda client, one: session_told(
        client.login_as_user(session=PARTNERS, **values(one.body))
    ),
    "getSession": lambda client, one: client.get_session(session=USERS),
    "logout": lambda client, one: client.logout(session=session(one)),
    "health": lambda client, one: client.health(),
    "createOrganization": lambda client, one: client.create_organization(
        session=PARTNERS, organization=NewOrganization(**company(one.body))
    ),
    "listPartnerOrganizations": lambda client, one: client.list_partner_organizations(
        session=PARTNERS, query=query(one)
    ),
    "updatePricePlan": lambda client, one: client.update_price_plan(
        price_plan=PricePlanName(one.body["pricePlan"]), **at(one)
    ),
    "listIndustries": lambda client, one: {"results": client.list_industries(session=USERS)},
    "getOrganization": lambda client, one: client.get_organization(session=USERS),
    "updateOrganization": lambda client, one: client.update_organization(
        session=USERS, organization=OrganizationChanges(**company(one.body))
    ),
    "getPricePlan": lambda client, one: first_term(client),
    "createPartnerUser": lambda client, one: client.create_partner_user(
        user=NewUser(**values(one.body)), **at(one)
    ),
    "listPartnerUsers": lambda client, one: client.list_partner_users(query=query(one), **at(one)),
    "getPartnerUser": lambda client, one: client.get_partner_user(**at(one)),
    "updatePartnerUser": lambda client, one: client.update_partner_user(
        user=UserChanges(**values(one.body)), **at(one)
    ),
    "archivePartnerUser": lambda client, one: client.archive_partner_user(**at(one)),
    "restorePartnerUser": lambda client, one: client.restore_partner_user(**at(one)),
    "listPartnerRoles": lambda client, one: client.list_partner_roles(query=query(one), **at(one)),
    "getPartnerRole": lambda client, one: client.get_partner_role(**at(one)),
    "listUsers": lambda client, one: client.list_users(session=USERS, query=query(one)),
    "createUser": lambda client, one: client.create_user(
        session=USERS, user=NewOrganizationUser(**values(one.body))
    ),
    "getUser": lambda client, one: client.get_user(session=USERS, **values(one.path)),
    "updateUser": lambda client, one: client.update_user(
        session=USERS, user=UserChanges(**values(one.body)), **values(one.path)
    ),
    "archiveUser": lambda client, one: client.archive_user(session=USERS, **values(one.path)),
    "restoreUser": lambda client, one: client.restore_user(session=USERS, **values(one.path)),
    "listRoles": lambda client, one: client.list_roles(session=USERS, query=query(one)),
    "getRole": lambda client, one: client.get_role(session=USERS, **values(one.path)),
    "createPartnerRiskPhone": lambda client, one: client.create_partner_risk_phone(
        phone=RiskPhone(one.body["phoneNumber"], one.body["phoneType"]), **at(one)
    ),
    "createRiskPhone": lambda client, one: client.create_risk_phone(
        session=USERS, phone=RiskPhone(one.body["phoneNumber"], one.body["phoneType"])
    ),
    "getRiskPhone": lambda client, one: {"hasPhone": client.get_risk_phone(session=USERS)},
    "initiateRiskVerification": lambda client, one: client.initiate_risk_verification(session=USERS),
    "getRiskVerification": lambda client, one: client.get_risk_verification(session=USERS),
    "mfaSetup": lambda client, one: client.mfa_setup(
        session=USERS, phone=NewMfaPhone(one.body["phone"], MfaPhoneType(one.body["type"]))
    ),
    "mfaSetupValidate": lambda client, one: client.mfa_setup_validate(
        session=USERS, token=setup_token(one.body)
    ),
    "mfaSetupValidateProse": lambda client, one: client.mfa_setup_validate_prose(
        session=USERS, token=setup_token(one.body)
    ),
    "listMfaPhones": lambda client, one: client.list_mfa_phones(session=USERS),
    "mfaChallenge": lambda client, one: client.mfa_challenge(session=USERS),
    "mfaChallengeValidate": lambda client, one: client.mfa_challenge_validate(
        session=USERS, token=MfaChallengeToken(**values(one.body))
    ),
    "mfaStepUp": lambda client, one: client.mfa_step_up(session=USERS, **values(one.body)),
    "eventCatalog": lambda client, one: {"events": client.event_catalog(session=session(one))},
    "createSubscription": lambda client, one: client.create_subscription(
        session=session(one),
        subscription=NewSubscription(**subscription(one.body)),
        idempotent_key=UUID(one.headers["X-Idempotent-Key"]),
    ),
    "listSubscriptions": lambda client, one: client.list_subscriptions(
        session=session(one), query=query(one)
    ),
    "getSubscription": lambda client, one: client.get_subscription(session=session(one), **values(one.path)),
    "replaceSubscription": lambda client, one: client.replace_subscription(
        session=session(one),
        subscription=SubscriptionReplacement(**subscription(one.body)),
        **values(one.path),
    ),
    "updateSubscription": lambda client, one: client.update_subscription(
        session=session(one), subscription=SubscriptionChanges(**subscription(one.body)), **values(one.path)
    ),
    "deleteSubscription": lambda client, one: client.delete_subscription(
        session=session(one), **values(one.path)
    ),
    "createSecurityKey": lambda client, one: {
        "securityKey": client.create_security_key(
            session=session(one), idempotent_key=UUID(one.headers["X-Idempotent-Key"]), **values(one.path)
        )
    },
    "sendTestEvent": lambda client, one: client.send_test_event(
        session=session(one), event=SampleEvent(**values(one.body)), **values(one.path)
    ),
    "listEvents": lambda client, one: events_told(
        client.list_events(session=session(one), query=history(one), **values(one.path))
    ),
    "resendEvent": lambda client, one: client.resend_event(session=session(one), **values(one.path)),
    "createVendor": lambda client, one: client.create_vendor(session=USERS, vendor=vendor(one.body)),
    "listVendors": lambda client, one: client.list_vendors(session=USERS, query=query(one)),
    "getVendor": lambda client, one: client.get_vendor(session=USERS, **values(one.path)),
    "createCustomer": lambda client, one: client.create_customer(
        session=USERS, customer=NewCustomer(**values(one.body))
    ),
    "listCustomers": lambda client, one: client.list_customers(session=USERS, query=query(one)),
    "getCustomer": lambda client, one: client.get_customer(session=USERS, **values(one.path)),
    "createBill": lambda client, one: client.create_bill(session=USERS, bill=bill(one.body)),
    "listBills": lambda client, one: client.list_bills(session=USERS, query=query(one)),
    "getBill": lambda client, one: client.get_bill(session=USERS, **values(one.path)),
    "createPayment": lambda client, one: client.create_payment(session=USERS, payment=payment(one.body)),
    "listPayments": lambda client, one: client.list_payments(session=USERS, query=query(one)),
    "getPayment": lambda client, one: client.get_payment(session=USERS, **values(one.path)),
    "createBankAccount": lambda client, one: client.create_bank_account(
        session=USERS, bank_account=bank_account(one.body)
    ),
    "listBankAccounts": lambda client, one: client.list_bank_accounts(session=USERS, query=query(one)),
    "getBankAccount": lambda client, one: client.get_bank_account(session=USERS, **values(one.path)),
    "updateBankAccount": lambda client, one: client.update_bank_account(
        session=USERS, bank_account=BankAccountChanges(**values(one.body)), **values(one.path)
    ),
    "verifyBankAccount": lambda client, one: client.verify_bank_account(
        session=USERS, deposit_amount=Decimal(str(one.body["depositAmount"])), **values(one.path)
    ),
    "listBankAccountUsers": lambda client, one: client.list_bank_account_users(
        session=USERS, query=query(one)
    ),
    "nominateBankAccountUser": lambda client, one: client.nominate_bank_account_user(
        session=USERS, **values(one.body)
    ),
    "archiveBankAccountUser": lambda client, one: client.archive_bank_account_user(
        session=USERS, **values(one.path)
    ),
    "getFundingAccountPermission": lambda client, one: (
        client.get_funding_account_permission(session=USERS).granted
    ),
    "searchNetwork": lambda client, one: client.search_network(
        session=USERS, query=NetworkQuery(**values(one.query))
    ),
    "acceptInvitation": lambda client, one: client.accept_invitation(
        session=USERS,
        acceptance=InvitationAcceptance(type=NetworkRole(one.body["type"]), **values(one.body, "type")),
    ),
    "inviteVendor": lambda client, one: client.invite_vendor(
        session=USERS, invitation=NewInvitation(**values(one.body)), **values(one.path)
    ),
    "getVendorInvitation": lambda client, one: client.get_vendor_invitation(
        session=USERS, **values(one.path)
    ),
    "deleteVendorConnection": lambda client, one: client.delete_vendor_connection(
        session=USERS, **values(one.path)
    ),
    "inviteVendorNotInBillNetwork": lambda client, one: client.invite_vendor_not_in_bill_network(
        session=USERS, **values(one.body), **values(one.path)
    ),
    "inviteCustomer": lambda client, one: client.invite_customer(
        session=USERS, invitation=NewInvitation(**values(one.body)), **values(one.path)
    ),
    "getCustomerInvitation": lambda client, one: client.get_customer_invitation(
        session=USERS, **values(one.path)
    ),
    "deleteCustomerConnection": lambda client, one: client.delete_customer_connection(
        session=USERS, **values(one.path)
    ),
}
