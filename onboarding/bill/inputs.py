"""What is sent to BILL; `payload` gives exactly BILL's JSON, without the optional values that are empty."""

import re
from dataclasses import dataclass, field
from datetime import date


def _filled(**values: object) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None and value != ""}


def _require(**values: str) -> None:
    missing = [name for name, value in values.items() if not value.strip()]
    if missing:
        raise ValueError(f"{', '.join(missing)} must not be empty.")


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `country` is its two-letter code."""

    line1: str
    city: str
    zip_or_postal_code: str
    country: str = "US"
    line2: str = ""
    state_or_province: str = ""

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return _filled(
            line1=self.line1,
            line2=self.line2,
            city=self.city,
            stateOrProvince=self.state_or_province,
            zipOrPostalCode=self.zip_or_postal_code,
            country=self.country,
        )


@dataclass(frozen=True, slots=True)
class CompanyOwner:
    """The owner; without a name BILL's verification and funding run into errors later."""

    name: str
    date_of_birth: date | None = field(default=None, repr=False)

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        born = self.date_of_birth.isoformat() if self.date_of_birth else ""
        return _filled(name=self.name, dateOfBirth=born)


@dataclass(frozen=True, slots=True)
class NewOrganization:
    """An organization to create. Its tax id is sent as digits only, whatever way it is typed."""

    name: str
    address: Address
    phone: str = field(default="", repr=False)
    mailing_address: Address | None = None
    mailing_address_same_as_physical: bool = False
    company_owner: CompanyOwner | None = None
    tax_id: str = field(default="", repr=False)
    tax_id_type: str = ""
    industry: str = ""
    business_category: str = ""
    account_type: str = ""

    def __post_init__(self) -> None:
        _require(name=self.name)
        if len(self.name) > 100:
            raise ValueError("name must be at most 100 characters.")
        if self.mailing_address and self.mailing_address_same_as_physical:
            raise ValueError("mailing_address must be absent when it is the same as the physical one.")

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        # BILL's own sample sends the text "true" here, not a JSON true.
        options = {"mailingAddressSameAsPhysical": "true"} if self.mailing_address_same_as_physical else None
        return _filled(
            name=self.name,
            address=self.address.payload(),
            mailingAddress=self.mailing_address.payload() if self.mailing_address else None,
            phone=self.phone,
            companyOwner=self.company_owner.payload() if self.company_owner else None,
            taxId=re.sub(r"[^0-9]", "", self.tax_id),
            taxIdType=self.tax_id_type,
            industry=self.industry,
            businessCategory=self.business_category,
            accountType=self.account_type,
            processingOptions=options,
        )


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to create; without a role id BILL makes it an administrator."""

    first_name: str
    last_name: str
    email: str = field(repr=False)
    username: str
    accept_terms_of_service: bool
    role_id: str = ""
    external_reference_id: str = ""

    def __post_init__(self) -> None:
        _require(first_name=self.first_name, email=self.email, username=self.username)
        if len(self.username) > 40:
            raise ValueError("username must be at most 40 characters.")

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return _filled(
            firstName=self.first_name,
            lastName=self.last_name,
            email=self.email,
            username=self.username,
            acceptTermsOfService=self.accept_terms_of_service,
            roleId=self.role_id,
            externalReferenceId=self.external_reference_id,
        )


@dataclass(frozen=True, slots=True)
class RiskPhone:
    """The phone of a risk verification: ten digits of a US number, typed in any usual way."""

    number: str = field(repr=False)
    phone_type: str

    def __post_init__(self) -> None:
        _require(phone_type=self.phone_type)
        if len(self._digits()) != 10:
            raise ValueError("number must have ten digits.")

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return {"phoneNumber": self._digits(), "phoneType": self.phone_type}

    def _digits(self) -> str:
        digits = re.sub(r"[^0-9]", "", self.number)
        return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which part of a list; filters and sort are spelled as BILL spells them."""

    max: int = 100
    page: str = ""
    filters: str = ""
    sort: str = ""

    def params(self) -> dict[str, str]:
        """The query of the address."""
        given = _filled(max=self.max, page=self.page, filters=self.filters, sort=self.sort)
        return {key: str(value) for key, value in given.items()}


FIRST_PAGE = ListQuery()
