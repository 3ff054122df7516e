from datetime import UTC, date, datetime
from decimal import Decimal

from onboarding.bill.inputs import (
    Address,
    CompanyOwner,
    NewOrganizationUser,
    OrganizationChanges,
    PricePlanName,
    RiskPhone,
    UserChanges,
)
from onboarding.bill.outputs import Organization, Page, PlanTerm, PricePlan, Role, User
from tests.onboarding.bill.documented.call import (
    ADDRESS,
    AS_CHILD,
    AS_PARTNER,
    CREATED,
    OF_ORGANIZATION,
    UPDATED,
    Documented,
)
from tests.onboarding.bill.wire import CHILD, PARTNER

SOMEWHERE = Address("1 Main St", "San Jose", "95002", "US", "Suite 2", "CA")
USER = {
    "id": "00601USER",
    "archived": False,
    "firstName": "Ann",
    "lastName": "Owner",
    "email": "ann@example.com",
    "username": "u1",
    "role": {"id": "0po01", "type": "ADMINISTRATOR"},
    "createdTime": CREATED,
    "updatedTime": UPDATED,
}
ANN = User(
    id="00601USER",
    first_name="Ann",
    last_name="Owner",
    email="ann@example.com",
    username="u1",
    role_id="0po01",
    role_type="ADMINISTRATOR",
    archived=False,
    created_time=datetime(2024, 12, 20, 22, 16, 27, tzinfo=UTC),
    updated_time=datetime(2024, 12, 21, 8, tzinfo=UTC),
)
ROLE = {"id": "0po01", "type": "CLERK", "name": "Clerk"}
CLERK = Role("0po01", "CLERK", "Clerk")

ORGANIZATIONS = [
    Documented(
        lambda bill: bill.update_organization(
            session=CHILD,
            organization=OrganizationChanges(
                phone="",
                address=SOMEWHERE,
                company_owner=CompanyOwner("Ann", date(1985, 1, 2)),
                tax_id="98-7654321",
            ),
        ),
        "PATCH /v3/organizations/00801ORG",
        AS_CHILD,
        {"id": "00801ORG", "name": "Happy Taco", "archived": False, "address": ADDRESS},
        Organization("00801ORG", "Happy Taco", archived=False, address=SOMEWHERE),
        body={
            "phone": "",
            "address": ADDRESS,
            "companyOwner": {"name": "Ann", "dateOfBirth": "1985-01-02"},
            "taxId": "987654321",
        },
        needs=("id",),
        bill_id="00801ORG",
        secrets=("1985-01-02", "987654321"),
    ),
    Documented(
        lambda bill: bill.get_price_plan(session=CHILD),
        "GET /v3/organizations/00801ORG/price-plan",
        AS_CHILD,
        {"pricePlan": "PricePlan2", "planTerms": {"tier": 1, "quantity": 5, "price": 45.1}},
        PricePlan("PricePlan2", (PlanTerm("1", 5, Decimal("45.1")),)),
    ),
    Documented(
        lambda bill: bill.update_price_plan(
            session=PARTNER, organization_id="00801ORG", price_plan=PricePlanName.TWO
        ),
        "PATCH /v3/partner/organizations/00801ORG/price-plan",
        AS_PARTNER,
        {},
        None,
        body={"pricePlan": "PricePlan2"},
    ),
    Documented(
        lambda bill: bill.create_risk_phone(session=CHILD, phone=RiskPhone("408-555-0123", "MOBILE")),
        "POST /v3/risk-verifications/phone",
        AS_CHILD,
        {},
        None,
        body={"phoneNumber": "4085550123", "phoneType": "MOBILE"},
        secrets=("4085550123",),
    ),
]

PARTNER_USERS = [
    Documented(
        lambda bill: bill.update_partner_user(
            session=PARTNER,
            organization_id="00801ORG",
            user_id="00601USER",
            user=UserChanges(first_name="Ann", email="ann@example.com"),
        ),
        "PATCH /v3/partner/users/00601USER",
        OF_ORGANIZATION,
        USER,
        ANN,
        body={"firstName": "Ann", "email": "ann@example.com"},
        needs=("id",),
        bill_id="00601USER",
        secrets=("ann@example.com",),
    ),
    Documented(
        lambda bill: bill.archive_partner_user(
            session=PARTNER, organization_id="00801ORG", user_id="00601USER"
        ),
        "POST /v3/partner/users/00601USER/archive",
        OF_ORGANIZATION,
        USER,
        ANN,
        needs=("id",),
        bill_id="00601USER",
    ),
    Documented(
        lambda bill: bill.restore_partner_user(
            session=PARTNER, organization_id="00801ORG", user_id="00601USER"
        ),
        "POST /v3/partner/users/00601USER/restore",
        OF_ORGANIZATION,
        USER,
        ANN,
        needs=("id",),
        bill_id="00601USER",
    ),
    Documented(
        lambda bill: bill.get_partner_role(session=PARTNER, organization_id="00801ORG", role_id="0po01"),
        "GET /v3/partner/roles/0po01",
        OF_ORGANIZATION,
        ROLE,
        CLERK,
        needs=("id",),
    ),
]

USERS = [
    Documented(
        lambda bill: bill.list_users(session=CHILD),
        "GET /v3/users?max=100",
        AS_CHILD,
        {"results": [USER], "nextPage": "n", "prevPage": "p"},
        Page((ANN,), "n", "p"),
        needs=("results", "results.id"),
    ),
    Documented(
        lambda bill: bill.create_user(
            session=CHILD, user=NewOrganizationUser("Ann", "Owner", "ann@example.com", True, "0po01")
        ),
        "POST /v3/users",
        AS_CHILD,
        USER,
        ANN,
        body={
            "firstName": "Ann",
            "lastName": "Owner",
            "email": "ann@example.com",
            "roleId": "0po01",
            "acceptTermsOfService": True,
        },
        needs=("id",),
        bill_id="00601USER",
        secrets=("ann@example.com",),
    ),
    Documented(
        lambda bill: bill.get_user(session=CHILD, user_id="00601USER"),
        "GET /v3/users/00601USER",
        AS_CHILD,
        USER,
        ANN,
        needs=("id",),
    ),
    Documented(
        lambda bill: bill.update_user(
            session=CHILD, user_id="00601USER", user=UserChanges(last_name="Owner", role_id="0po01")
        ),
        "PATCH /v3/users/00601USER",
        AS_CHILD,
        USER,
        ANN,
        body={"lastName": "Owner", "roleId": "0po01"},
        needs=("id",),
        bill_id="00601USER",
    ),
    Documented(
        lambda bill: bill.archive_user(session=CHILD, user_id="00601USER"),
        "POST /v3/users/00601USER/archive",
        AS_CHILD,
        USER,
        ANN,
        needs=("id",),
        bill_id="00601USER",
    ),
    Documented(
        lambda bill: bill.restore_user(session=CHILD, user_id="00601USER"),
        "POST /v3/users/00601USER/restore",
        AS_CHILD,
        USER,
        ANN,
        needs=("id",),
        bill_id="00601USER",
    ),
    Documented(
        lambda bill: bill.list_roles(session=CHILD),
        "GET /v3/roles?max=100",
        AS_CHILD,
        {"results": [ROLE]},
        Page((CLERK,)),
        needs=("results", "results.id"),
    ),
    Documented(
        lambda bill: bill.get_role(session=CHILD, role_id="0po01"),
        "GET /v3/roles/0po01",
        AS_CHILD,
        ROLE,
        CLERK,
        needs=("id",),
    ),
]

CALLS = ORGANIZATIONS + PARTNER_USERS + USERS
