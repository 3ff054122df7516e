from collections.abc import Iterator
from datetime import timedelta

import pytest

from onboarding.bill.client import BillClient
from onboarding.bill.errors import BillOutcomeUnknown, BillRefused, SessionExpired
from onboarding.bill.inputs import Address, CompanyOwner, ListQuery, NewOrganization, NewUser, RiskPhone
from onboarding.bill.outputs import DecisionValue
from onboarding.bill.sessions import PartnerSession, Secret
from onboarding.simulator import Simulator
from tests.onboarding.bill.wire import MemoryJournal

OWNER = CompanyOwner("Ann Owner")
ADDRESS = Address(line1="1 Main St", city="San Jose", zip_or_postal_code="95002", state_or_province="CA")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
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


def new_organization(name: str) -> NewOrganization:
    return NewOrganization(
        name=name,
        address=ADDRESS,
        phone="4085550123",
        mailing_address_same_as_physical=True,
        company_owner=OWNER,
        tax_id="99-9888777",
        tax_id_type="EIN",
        industry="Restaurant Caterer or Bar",
        business_category="LLC",
        account_type="BUSINESS",
    )


def new_user(username: str) -> NewUser:
    return NewUser("Ann", "Owner", "ann@example.com", username, True, external_reference_id="ours-1")


def test_every_method_in_the_order_of_an_onboarding(
    simulator: Simulator, bill: BillClient, partner: PartnerSession, journal: MemoryJournal
) -> None:
    organization = bill.create_organization(session=partner, organization=new_organization("Happy Taco"))
    user = bill.create_partner_user(session=partner, organization_id=organization.id, user=new_user("u1"))
    roles = bill.list_partner_roles(session=partner, organization_id=organization.id)
    bill.create_partner_risk_phone(
        session=partner,
        organization_id=organization.id,
        user_id=user.id,
        phone=RiskPhone("(408) 555-0123", "MOBILE"),
    )
    child = bill.login_as_user(session=partner, organization_id=organization.id, user_id=user.id)

    assert bill.list_partner_organizations(session=partner).items[0].id == organization.id
    assert bill.list_partner_users(session=partner, organization_id=organization.id).items == (user,)
    assert bill.get_partner_user(session=partner, organization_id=organization.id, user_id=user.id) == user
    assert user.role_id in [role.id for role in roles.items if role.type == "ADMINISTRATOR"]
    assert bill.get_organization(session=child).address == ADDRESS
    assert "Restaurant Caterer or Bar" in bill.list_industries(session=child)
    assert bill.get_session(session=child).user_id == user.id
    assert not bill.get_session(session=child).trusted
    assert bill.get_risk_phone(session=child)
    assert bill.get_risk_verification(session=child) is None

    started = bill.initiate_risk_verification(session=child)
    simulator.clock.advance(timedelta(minutes=1))
    decided = bill.get_risk_verification(session=child)
    bill.logout(session=child)
    bill.logout(session=partner)

    assert started.decision.value is DecisionValue.IN_PROGRESS
    assert decided is not None
    assert decided.decision.is_approved
    assert [answer.error for answer in journal.answers] == [None] * 8
    assert [answer.bill_id for answer in journal.answers if answer.bill_id] == [organization.id, user.id]


def test_idle_session_is_expired(simulator: Simulator, bill: BillClient, partner: PartnerSession) -> None:
    simulator.clock.advance(timedelta(minutes=36))

    with pytest.raises(SessionExpired):
        bill.list_partner_organizations(session=partner)


def test_wrong_password_is_refused_with_its_code(bill: BillClient) -> None:
    with pytest.raises(BillRefused) as caught:
        bill.partner_login(username="partner.one@example.com", password=Secret("wrong"))

    assert caught.value.codes == ("BDC_1101",)
    assert not isinstance(caught.value, SessionExpired)


@pytest.mark.parametrize("word", ["lose-reply", "truncate", "no-id", "error-500-after"])
def test_organization_of_a_lost_answer_is_found_in_the_list(
    bill: BillClient, partner: PartnerSession, word: str
) -> None:
    with pytest.raises(BillOutcomeUnknown):
        bill.create_organization(session=partner, organization=new_organization(f"Taco [{word}]"))

    pages = bill.organization_pages(session=partner)
    assert [found.name for page in pages for found in page.items] == [f"Taco [{word}]"]


@pytest.mark.parametrize("word", ["html", "cut-before", "error-500"])
def test_organization_that_was_not_made_is_unknown_as_well(
    bill: BillClient, partner: PartnerSession, word: str
) -> None:
    with pytest.raises(BillOutcomeUnknown):
        bill.create_organization(session=partner, organization=new_organization(f"Taco [{word}]"))

    assert bill.list_partner_organizations(session=partner).items == ()


def test_pages_of_the_list_hold_each_organization_once(bill: BillClient, partner: PartnerSession) -> None:
    made = {
        bill.create_organization(session=partner, organization=new_organization(f"Taco {number}")).id
        for number in range(5)
    }

    pages = list(bill.organization_pages(session=partner, query=ListQuery(max=2)))

    assert [len(page.items) for page in pages] == [2, 2, 1]
    assert {found.id for page in pages for found in page.items} == made
