from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from onboarding.bill.inputs import (
    Address,
    BankAccountChanges,
    BankAccountType,
    BankOwnerType,
    CompanyOwner,
    FundingAccount,
    FundingType,
    InvitationAcceptance,
    ListQuery,
    MfaPhoneType,
    NetworkQuery,
    NetworkRole,
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
    NewUser,
    NewVendor,
    OrganizationChanges,
    RiskPhone,
    SubscriptionChanges,
    UserChanges,
    VendorBankAccount,
)
from onboarding.bill.sessions import Secret

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


def test_changes_send_what_is_given_and_nothing_else() -> None:
    changes = OrganizationChanges(phone="", mailing_address_same_as_physical=True, tax_id="99-9888777")

    assert changes.payload() == {
        "phone": "",
        "taxId": "999888777",
        "processingOptions": {"mailingAddressSameAsPhysical": "true"},
    }


EMPTY: list[Callable[[], object]] = [
    OrganizationChanges,
    UserChanges,
    BankAccountChanges,
    SubscriptionChanges,
]


@pytest.mark.parametrize("change", EMPTY)
def test_change_of_nothing_is_refused(change: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        change()


@pytest.mark.parametrize("name", ["", " ", "x" * 101])
def test_organization_is_not_renamed_to_a_name_of_wrong_length(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        OrganizationChanges(name=name)


WALLET = FundingAccount(FundingType.WALLET)
CARD = FundingAccount(FundingType.AP_CARD, "card")
BANK = FundingAccount(FundingType.BANK_ACCOUNT, "bac01")
TODAY = date(2025, 1, 20)
AMOUNT = Decimal("1.00")
REFUSED: list[tuple[str, Callable[[], object]]] = [
    ("has an id", lambda: FundingAccount(FundingType.BANK_ACCOUNT)),
    ("has an id", lambda: FundingAccount(FundingType.WALLET, "bac01")),
    ("process_date", lambda: NewPayment(WALLET, AMOUNT)),
    ("process_date", lambda: NewPayment(CARD, AMOUNT)),
    ("bill_id", lambda: NewPayment(BANK, AMOUNT, bill_id="00n01", create_bill=True)),
    ("amount", lambda: NewPayment(BANK, Decimal(0))),
    ("amount", lambda: NewPayment(BANK, Decimal(-1))),
    ("transaction_number", lambda: NewPayment(BANK, AMOUNT, transaction_number="x" * 51)),
    ("line_items", lambda: NewBill("00901", TODAY, ())),
    ("vendor_id", lambda: NewBill("", TODAY, (NewLineItem(AMOUNT),))),
    ("quantity and a price", lambda: NewLineItem(description="Plants", quantity=Decimal(1))),
    ("name", lambda: NewVendor(" ", ADDRESS)),
    ("name", lambda: NewCustomer("")),
    ("three letters", lambda: NetworkQuery("ab ")),
    ("network_id", lambda: NewInvitation("", NetworkType.BILL)),
    ("id or name", lambda: InvitationAcceptance("n1", NetworkRole.VENDOR)),
    ("id or name", lambda: InvitationAcceptance("n1", NetworkRole.VENDOR, id="00901", name="Music")),
    ("account_number", lambda: new_bank_account(Secret(""))),
    ("phone", lambda: NewMfaPhone("", MfaPhoneType.TEXT)),
    ("last_name", lambda: NewOrganizationUser("Ann", "", "ann@example.com", True)),
]


def new_bank_account(number: Secret) -> NewBankAccount:
    return NewBankAccount(
        "Happy Taco", "Bank", "074000010", number, BankAccountType.CHECKING, BankOwnerType.BUSINESS
    )


@pytest.mark.parametrize(("why", "make"), REFUSED)
def test_what_bill_would_refuse_is_not_made(why: str, make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=why):
        make()


def test_bill_without_an_invoice_number_still_has_an_invoice() -> None:
    assert NewBill("00901", TODAY, (NewLineItem(AMOUNT),)).payload()["invoice"] == {}


def test_repr_shows_no_account_number() -> None:
    number = Secret("canary-11112222")
    bank = VendorBankAccount("Happy Music", number, "074000010")
    vendor = NewVendor("Happy Music", ADDRESS, account_number=number, bank_account=bank)

    shown = f"{vendor!r} {new_bank_account(number)!r} {NetworkQuery('Happy', account_number=number)!r}"

    assert "canary" not in shown
    assert "074000010" not in shown
