"""Organizations and their price plans."""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from onboarding.bill.inputs.addresses import Address
from onboarding.bill.inputs.fields import filled, given, require, require_changes


@dataclass(frozen=True, slots=True)
class CompanyOwner:
    """The owner; without a name BILL's verification and funding run into errors later."""

    name: str
    date_of_birth: date | None = field(default=None, repr=False)

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        born = self.date_of_birth.isoformat() if self.date_of_birth else ""
        return filled(name=self.name, dateOfBirth=born)


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
        _check(self)

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return filled(**_spelled(self))


@dataclass(frozen=True, slots=True)
class OrganizationChanges:
    """What to change of an organization; None leaves BILL's value alone, an empty text takes it away."""

    name: str | None = None
    address: Address | None = None
    phone: str | None = field(default=None, repr=False)
    mailing_address: Address | None = None
    mailing_address_same_as_physical: bool = False
    company_owner: CompanyOwner | None = None
    tax_id: str | None = field(default=None, repr=False)
    tax_id_type: str | None = None
    industry: str | None = None
    business_category: str | None = None
    account_type: str | None = None

    def __post_init__(self) -> None:
        _check(self)
        require_changes(self.payload())

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return given(**_spelled(self))


class PricePlanName(StrEnum):
    """The plans that a partner can agree on with BILL."""

    ONE = "PricePlan1"
    TWO = "PricePlan2"
    THREE = "PricePlan3"
    FOUR = "PricePlan4"
    FIVE = "PricePlan5"


def _check(organization: NewOrganization | OrganizationChanges) -> None:
    if organization.name is not None:
        require(name=organization.name)
        if len(organization.name) > 100:
            raise ValueError("name must be at most 100 characters.")
    if organization.mailing_address and organization.mailing_address_same_as_physical:
        raise ValueError("mailing_address must be absent when it is the same as the physical one.")


def _spelled(organization: NewOrganization | OrganizationChanges) -> dict[str, object]:
    address, mailing = organization.address, organization.mailing_address
    owner, same = organization.company_owner, organization.mailing_address_same_as_physical
    return {
        "name": organization.name,
        "address": address.payload() if address else None,
        "mailingAddress": mailing.payload() if mailing else None,
        "phone": organization.phone,
        "companyOwner": owner.payload() if owner else None,
        "taxId": organization.tax_id and re.sub(r"[^0-9]", "", organization.tax_id),
        "taxIdType": organization.tax_id_type,
        "industry": organization.industry,
        "businessCategory": organization.business_category,
        "accountType": organization.account_type,
        # BILL's own sample sends the text "true" here, not a JSON true.
        "processingOptions": {"mailingAddressSameAsPhysical": "true"} if same else None,
    }
