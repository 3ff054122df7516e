from datetime import date

import pytest

from onboarding.bill.inputs import Address, CompanyOwner, ListQuery, NewOrganization, NewUser, RiskPhone

ADDRESS = Address(line1="1 Main St", city="San Jose", zip_or_postal_code="95002")


def test_full_organization_is_spelled_as_bill_spells_it() -> None:
    organization = NewOrganization(
        name="Happy Taco",
        address=Address("1 Main St", "San Jose", "95002", "US", "Suite 2", "CA"),
        phone="4085550123",
        mailing_address_same_as_physical=True,
        company_owner=CompanyOwner("Ann Owner", date(1985, 1, 1)),
        tax_id="99-9888777",
        tax_id_type="EIN",
        industry="Restaurant Caterer or Bar",
        business_category="LLC",
        account_type="BUSINESS",
    )

    assert organization.payload() == {
        "name": "Happy Taco",
        "address": {
            "line1": "1 Main St",
            "line2": "Suite 2",
            "city": "San Jose",
            "stateOrProvince": "CA",
            "zipOrPostalCode": "95002",
            "country": "US",
        },
        "phone": "4085550123",
        "companyOwner": {"name": "Ann Owner", "dateOfBirth": "1985-01-01"},
        "taxId": "999888777",
        "taxIdType": "EIN",
        "industry": "Restaurant Caterer or Bar",
        "businessCategory": "LLC",
        "accountType": "BUSINESS",
        "processingOptions": {"mailingAddressSameAsPhysical": "true"},
    }


def test_empty_options_are_left_out() -> None:
    address = {"line1": "1 Main St", "city": "San Jose", "zipOrPostalCode": "95002", "country": "US"}

    assert NewOrganization(name="Happy Taco", address=ADDRESS).payload() == {
        "name": "Happy Taco",
        "address": address,
    }


def test_mailing_address_is_sent_when_given() -> None:
    organization = NewOrganization(name="Happy Taco", address=ADDRESS, mailing_address=ADDRESS)

    assert organization.payload()["mailingAddress"] == ADDRESS.payload()


def test_two_answers_to_the_mailing_address_are_refused() -> None:
    with pytest.raises(ValueError, match="mailing_address"):
        NewOrganization("X", ADDRESS, mailing_address=ADDRESS, mailing_address_same_as_physical=True)


@pytest.mark.parametrize("name", ["", " ", "x" * 101])
def test_name_of_wrong_length_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        NewOrganization(name=name, address=ADDRESS)


def test_terms_not_accepted_are_sent_as_such() -> None:
    user = NewUser("Ann", "Owner", "ann@example.com", "u1", accept_terms_of_service=False, role_id="0po1")

    assert user.payload() == {
        "firstName": "Ann",
        "lastName": "Owner",
        "email": "ann@example.com",
        "username": "u1",
        "acceptTermsOfService": False,
        "roleId": "0po1",
    }


def test_long_username_is_refused() -> None:
    with pytest.raises(ValueError, match="username"):
        NewUser("Ann", "Owner", "ann@example.com", "u" * 41, accept_terms_of_service=True)


@pytest.mark.parametrize("typed", ["4085550123", "+1 (408) 555-0123", "1-408-555-0123"])
def test_risk_phone_is_ten_digits(typed: str) -> None:
    assert RiskPhone(typed, "MOBILE").payload() == {"phoneNumber": "4085550123", "phoneType": "MOBILE"}


@pytest.mark.parametrize("typed", ["", "555-0123", "24085550123", "+49 30 1234567890", "٤٠٨٥٥٥٠١٢٣"])
def test_risk_phone_of_another_length_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="ten digits"):
        RiskPhone(typed, "MOBILE")


def test_list_query_leaves_out_what_is_not_asked() -> None:
    assert ListQuery().params() == {"max": "100"}


def test_repr_shows_no_tax_id_phone_or_birthday() -> None:
    owner = CompanyOwner("Ann Owner", date(1985, 1, 2))
    organization = NewOrganization("X", ADDRESS, phone="4085550123", tax_id="999888777", company_owner=owner)

    shown = repr(organization) + repr(RiskPhone("4085550123", "MOBILE"))

    assert not any(canary in shown for canary in ("4085550123", "999888777", "1985"))
