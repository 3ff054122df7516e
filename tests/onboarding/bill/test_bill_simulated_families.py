from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from onboarding.bill.client import BillClient
from onboarding.bill.errors import BillRefused, SessionUntrusted
from onboarding.bill.inputs import (
    Address,
    BankAccountChanges,
    BankAccountType,
    BankOwnerType,
    EventRef,
    FundingAccount,
    FundingType,
    ListQuery,
    MfaChallengeToken,
    MfaPhoneType,
    MfaSetupToken,
    NetworkQuery,
    NetworkType,
    NewBankAccount,
    NewBill,
    NewCustomer,
    NewInvitation,
    NewLineItem,
    NewMfaPhone,
    NewOrganization,
    NewOrganizationUser,
    NewPayment,
    NewSubscription,
    NewUser,
    NewVendor,
    OrganizationChanges,
    PricePlanName,
    RiskPhone,
    SubscriptionChanges,
    SubscriptionReplacement,
    UserChanges,
)
from onboarding.bill.notices import SIGNATURE_HEADER, read_notification, verify_signature
from onboarding.bill.sessions import OrganizationSession, PartnerSession, Secret
from onboarding.simulator import Simulator
from tests.onboarding.bill.wire import MemoryJournal
from tests.onboarding.simulator.receiver import Receiver, receiving

ADDRESS = Address(line1="1 Main St", city="San Jose", zip_or_postal_code="95002", state_or_province="CA")
DECISIONS = (EventRef("risk-verification.updated"),)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
        simulator.change_settings(limits_enforced=False)
        yield simulator


@pytest.fixture
def bill(simulator: Simulator, journal: MemoryJournal) -> Iterator[BillClient]:
    with BillClient(
        base_url=simulator.api_url,
        app_key=Secret("SIM-APP-KEY-ONE"),
        dev_key=Secret("SIM-DEV-KEY-ONE"),
        journal=journal,
    ) as client:
        yield client


@pytest.fixture
def partner(bill: BillClient) -> PartnerSession:
    return bill.partner_login(username="partner.one@example.com", password=Secret("simulator-one"))


@pytest.fixture
def child(bill: BillClient, partner: PartnerSession) -> OrganizationSession:
    organization = bill.create_organization(
        session=partner, organization=NewOrganization("Happy Taco", ADDRESS, phone="4085550123")
    )
    user = bill.create_partner_user(
        session=partner,
        organization_id=organization.id,
        user=NewUser("Ann", "Owner", "ann@example.com", "u1", True),
    )
    return bill.login_as_user(session=partner, organization_id=organization.id, user_id=user.id)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def token_told(simulator: Simulator) -> Secret:
    return Secret(str(simulator.texts[-1].body["token"]))


def trusted(simulator: Simulator, bill: BillClient, child: OrganizationSession) -> Secret:
    """Take the session through MFA; what remembers the device is returned."""
    setup = bill.mfa_setup(session=child, phone=NewMfaPhone("4085550123", MfaPhoneType.TEXT))
    token = MfaSetupToken(setup.setup_id, MfaPhoneType.TEXT, token_told(simulator))
    assert bill.mfa_setup_validate(session=child, token=token).is_confirmed
    assert not bill.get_session(session=child).trusted
    challenge = bill.mfa_challenge(session=child)
    trust = bill.mfa_challenge_validate(
        session=child,
        token=MfaChallengeToken(
            challenge.challenge_id, token_told(simulator), "portal", "portal", remember_me=True
        ),
    )
    assert bill.get_session(session=child).trusted
    assert trust.remember_me_id
    return trust.remember_me_id


def test_remembered_device_makes_later_sessions_trusted(
    simulator: Simulator, bill: BillClient, partner: PartnerSession, child: OrganizationSession
) -> None:
    remember_me_id = trusted(simulator, bill, child)

    plain = bill.login_as_user(session=partner, organization_id=child.organization_id, user_id=child.user_id)
    stepped_up = bill.mfa_step_up(session=plain, remember_me_id=remember_me_id, device="portal")
    remembered = bill.login_as_user(
        session=partner,
        organization_id=child.organization_id,
        user_id=child.user_id,
        remember_me_id=remember_me_id,
        device="portal",
    )

    assert (plain.trusted, stepped_up.trusted, remembered.trusted) == (False, True, True)
    assert [phone.last_digits for phone in bill.list_mfa_phones(session=child).items] == ["0123"]
    fresh = bill.login_as_user(session=partner, organization_id=child.organization_id, user_id=child.user_id)
    with pytest.raises(SessionUntrusted):
        bill.mfa_step_up(session=fresh, remember_me_id=Secret("wrong"), device="portal")


def test_bank_account_vendor_bill_and_payment(
    simulator: Simulator, bill: BillClient, child: OrganizationSession
) -> None:
    new = NewBankAccount(
        "Happy Taco",
        "Bank",
        "074000010",
        Secret("11112222"),
        BankAccountType.CHECKING,
        BankOwnerType.BUSINESS,
    )
    with pytest.raises(SessionUntrusted):
        bill.create_bank_account(session=child, bank_account=new)
    trusted(simulator, bill, child)

    account = bill.create_bank_account(session=child, bank_account=new)
    bill.verify_bank_account(session=child, bank_account_id=account.id, deposit_amount=Decimal("0.50"))
    bill.update_bank_account(
        session=child, bank_account_id=account.id, bank_account=BankAccountChanges(default_payables=True)
    )
    vendor = bill.create_vendor(session=child, vendor=NewVendor("Happy Music", ADDRESS))
    lines = (NewLineItem(Decimal("228.99")), NewLineItem(quantity=Decimal(2), price=Decimal("10.50")))
    owed = bill.create_bill(
        session=child, bill=NewBill(vendor.id, date(2099, 1, 1), lines, invoice_number="202501")
    )
    paid = bill.create_payment(
        session=child,
        payment=NewPayment(
            FundingAccount(FundingType.BANK_ACCOUNT, account.id),
            Decimal("100.10"),
            bill_id=owed.id,
            process_date=simulator.clock.now().date() + timedelta(days=7),
            transaction_number="ours-17",
        ),
    )

    query = ListQuery(filters='status:eq:"VERIFIED"')
    (verified,) = bill.list_bank_accounts(session=child, query=query).items
    assert (verified.id, verified.is_verified, verified.default_payables) == (account.id, True, True)
    assert bill.get_bank_account(session=child, bank_account_id=account.id) == verified
    assert owed.amount == Decimal("249.99")
    assert (paid.amount, paid.status, paid.transaction_number) == (Decimal("100.10"), "SCHEDULED", "ours-17")
    assert [part.bill_id for part in paid.bill_payments] == [owed.id]
    assert bill.get_payment(session=child, payment_id=paid.id).amount == Decimal("100.10")
    assert [found.id for found in bill.list_payments(session=child).items] == [paid.id]
    assert bill.get_bill(session=child, bill_id=owed.id).line_items == owed.line_items
    assert [found.id for found in bill.list_bills(session=child).items] == [owed.id]
    assert bill.get_vendor(session=child, vendor_id=vendor.id) == vendor
    assert bill.list_vendors(session=child).items == (vendor,)
    assert bill.get_funding_account_permission(session=child).granted
    for user in bill.list_bank_account_users(session=child).items:
        assert (user.bank_account_id, user.user_id) == (account.id, child.user_id)


def test_users_of_the_organization_and_its_data(
    bill: BillClient, partner: PartnerSession, child: OrganizationSession
) -> None:
    bob = bill.create_user(
        session=child,
        user=NewOrganizationUser("Bob", "Clerk", "bob@example.com", accept_terms_of_service=True),
    )
    roles = {role.type: role.id for role in bill.list_roles(session=child).items}

    changed = bill.update_user(
        session=child, user_id=bob.id, user=UserChanges(first_name="Rob", role_id=roles["CLERK"])
    )
    archived = bill.archive_user(session=child, user_id=bob.id)
    restored = bill.restore_user(session=child, user_id=bob.id)
    where = {"organization_id": child.organization_id, "user_id": bob.id}
    moved = bill.update_partner_user(session=partner, **where, user=UserChanges(email="rob@example.com"))
    bill.archive_partner_user(session=partner, **where)
    bill.restore_partner_user(session=partner, **where)
    renamed = bill.update_organization(session=child, organization=OrganizationChanges(name="Happier Taco"))
    bill.update_price_plan(
        session=partner, organization_id=child.organization_id, price_plan=PricePlanName.TWO
    )
    bill.create_risk_phone(session=child, phone=RiskPhone("4085550123", "MOBILE"))

    assert (changed.first_name, changed.role_type) == ("Rob", "CLERK")
    assert (archived.archived, restored.archived, moved.email) == (True, False, "rob@example.com")
    assert {user.id for user in bill.list_users(session=child).items} == {child.user_id, bob.id}
    assert bill.get_user(session=child, user_id=bob.id).first_name == "Rob"
    assert bill.get_role(session=child, role_id=roles["CLERK"]).type == "CLERK"
    assert (renamed.name, renamed.address) == ("Happier Taco", ADDRESS)
    plan = bill.get_price_plan(session=child)
    assert (plan.name, bool(plan.terms)) == ("PricePlan2", True)
    assert plan.terms[0].price is not None
    assert bill.get_risk_phone(session=child)
    assert bill.health().version


def test_customers_and_the_network(
    simulator: Simulator, bill: BillClient, partner: PartnerSession, child: OrganizationSession
) -> None:
    bill.create_organization(session=partner, organization=NewOrganization("Green Plants", ADDRESS))
    trusted(simulator, bill, child)
    customer = bill.create_customer(session=child, customer=NewCustomer("Guests", "guests@example.com"))
    vendor = bill.create_vendor(session=child, vendor=NewVendor("Music", ADDRESS, email="music@example.com"))

    (plants,) = bill.search_network(session=child, query=NetworkQuery("Plants", NetworkType.BILL)).items
    invitation = NewInvitation(plants.network_id, NetworkType.BILL)
    bill.invite_customer(session=child, customer_id=customer.id, invitation=invitation)
    bill.invite_vendor_not_in_bill_network(session=child, vendor_id=vendor.id, email="music@example.com")

    assert bill.list_customers(session=child).items == (customer,)
    assert bill.get_customer(session=child, customer_id=customer.id) == customer
    assert bill.get_customer_invitation(session=child, customer_id=customer.id).status
    assert bill.get_vendor_invitation(session=child, vendor_id=vendor.id).status
    bill.delete_customer_connection(session=child, customer_id=customer.id)
    bill.delete_vendor_connection(session=child, vendor_id=vendor.id)


def test_notification_is_signed_sent_and_sent_again(
    simulator: Simulator,
    bill: BillClient,
    partner: PartnerSession,
    child: OrganizationSession,
    receiver: Receiver,
) -> None:
    assert DECISIONS[0] in bill.event_catalog(session=partner)
    made = bill.create_subscription(
        session=partner,
        subscription=NewSubscription("Decisions", DECISIONS, receiver.url),
        idempotent_key=uuid4(),
    )
    key = bill.create_security_key(session=partner, subscription_id=made.id, idempotent_key=uuid4())

    bill.send_test_event(session=partner, subscription_id=made.id)
    assert simulator.settle()
    sent = bill.list_events(session=partner, subscription_id=made.id).items
    bill.resend_event(session=partner, subscription_id=made.id, event_id=sent[0].event_id)
    assert simulator.settle()

    (headers, body), (_, again) = receiver.arrived
    read = read_notification(body)
    assert (read.event_type, read.subscription_id) == ("risk-verification.updated", made.id)
    assert read == read_notification(again) == sent[0]
    assert made.security_key
    keys = [made.security_key, key]
    assert verify_signature(body, headers[SIGNATURE_HEADER], keys)
    assert not verify_signature(body + b" ", headers[SIGNATURE_HEADER], keys)


def test_subscription_is_changed_and_ended(bill: BillClient, partner: PartnerSession) -> None:
    new = NewSubscription("Decisions", DECISIONS, "https://portal.example/n")
    made = bill.create_subscription(session=partner, subscription=new, idempotent_key=uuid4())

    bill.replace_subscription(
        session=partner,
        subscription_id=made.id,
        subscription=SubscriptionReplacement((EventRef("vendor.created"),)),
    )
    bill.update_subscription(
        session=partner, subscription_id=made.id, subscription=SubscriptionChanges(enabled=False)
    )
    found = bill.get_subscription(session=partner, subscription_id=made.id)

    assert (found.enabled, found.events, found.security_key) == (False, (EventRef("vendor.created"),), None)
    assert bill.list_subscriptions(session=partner).items == (found,)
    bill.delete_subscription(session=partner, subscription_id=made.id)
    with pytest.raises(BillRefused):
        bill.get_subscription(session=partner, subscription_id=made.id)
