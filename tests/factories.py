"""Believable inputs: BILL's own documented sample for the steps, and random ones by factory-boy."""

from typing import Any

import factory

from onboarding.steps.create_user import username_of

__all__ = ["INPUTS", "organization_input", "username_of"]


class OrganizationInput(factory.DictFactory):
    """The values of a valid organization form, another company each time."""

    name = factory.Faker("company")
    line1 = factory.Faker("street_address")
    line2 = ""
    city = factory.Faker("city")
    state = factory.Faker("state_abbr", include_territories=False)
    zip = factory.Faker("postcode")
    country = "US"
    mailing_same = "on"
    mailing_line1 = mailing_city = mailing_state = mailing_zip = ""
    phone = factory.Sequence(lambda n: f"415555{n % 10000:04d}")
    owner_name = factory.Faker("name")
    owner_birth = "1985-01-01"
    tax_id = factory.Sequence(lambda n: f"{100000000 + n}")
    tax_id_type = "EIN"
    industry = "Restaurant Caterer or Bar"
    business_category = "LLC"
    account_type = "BUSINESS"


def organization_input() -> dict[str, str]:
    """Another company each time."""
    made: Any = OrganizationInput()
    return dict(made)


INPUTS: dict[str, dict[str, Any]] = {
    "create_organization": {
        "name": "Rice Cakes Inc",
        "line1": "123 Main Street",
        "line2": "",
        "city": "San Jose",
        "state": "CA",
        "zip": "95002",
        "country": "US",
        "mailing_same": "on",
        "mailing_line1": "",
        "mailing_city": "",
        "mailing_state": "",
        "mailing_zip": "",
        "phone": "4085550132",
        "owner_name": "Rice Cakes",
        "owner_birth": "1985-01-01",
        "tax_id": "999888777",
        "tax_id_type": "EIN",
        "industry": "Restaurant Caterer or Bar",
        "price_plan": "",
        "business_category": "LLC",
        "account_type": "BUSINESS",
    },
    "create_user": {
        "first_name": "Tomato",
        "last_name": "Soupsmith",
        "email": "tsoupsmith@example.com",
        "accepted_by": "Tomato Soupsmith",
        "accepted_on": "2026-11-20",
        "accepted_how": "by_email",
    },
    "add_risk_phone": {"phone": "4085550199", "phone_type": "MOBILE"},
    "start_verification": {
        "scope": "staff",
        "given_by": "Tomato Soupsmith",
        "given_on": "2026-11-20",
        "given_how": "signed_document",
    },
    "login_as_user": {"reason": "Check the set-up with the client", "minutes": "15"},
}
