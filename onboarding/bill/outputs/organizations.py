"""Organizations and their price plans."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Self

from onboarding.bill import reading
from onboarding.bill.inputs.addresses import Address
from onboarding.bill.outputs.addresses import address_in


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization at BILL; what BILL leaves out is empty or None."""

    id: str
    name: str
    archived: bool | None = None
    address: Address | None = None
    mailing_address: Address | None = None
    phone: str = field(default="", repr=False)
    # As BILL returns it, which may be masked.
    tax_id: str = field(default="", repr=False)
    tax_id_type: str = ""
    industry: str = ""
    business_category: str = ""
    account_type: str = ""
    created_time: datetime | None = None
    updated_time: datetime | None = None

    @classmethod
    def created(cls, document: object) -> Self:
        """The answer to a create: only the id is indispensable."""
        source = reading.mapping(document)
        return cls(
            id=reading.identifier(source),
            name=reading.text(source, "name"),
            archived=reading.flag(source, "archived"),
            address=address_in(source, "address"),
            mailing_address=address_in(source, "mailingAddress"),
            phone=reading.text(source, "phone"),
            tax_id=reading.text(source, "taxId"),
            tax_id_type=reading.text(source, "taxIdType"),
            industry=reading.text(source, "industry"),
            business_category=reading.text(source, "businessCategory"),
            account_type=reading.text(source, "accountType"),
            created_time=reading.moment(source, "createdTime"),
            updated_time=reading.moment(source, "updatedTime"),
        )

    @classmethod
    def found(cls, document: object) -> Self:
        """The answer to a read: without a name nobody can tell which organization it is."""
        organization = cls.created(document)
        if not organization.name:
            raise reading.UnreadableError("no usable name")
        return organization


# Only the values are documented, not the name of the field that holds them.
PRICE_PLAN_FIELD = "pricePlan"


@dataclass(frozen=True, slots=True)
class PlanTerm:
    """What one tier of a price plan costs."""

    tier: str = ""
    quantity: int | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PricePlan:
    """The price plan of an organization; how far BILL nests its terms is not documented."""

    name: str = ""
    terms: tuple[PlanTerm, ...] = ()

    @classmethod
    def found(cls, document: object) -> Self:
        """The answer to a read; one term may stand alone."""
        source = reading.mapping(document)
        single = reading.part(source, "planTerms")
        listed = (single,) if single is not None else reading.parts(source, "planTerms")
        return cls(
            name=reading.word(source, PRICE_PLAN_FIELD),
            terms=tuple(
                PlanTerm(
                    tier=reading.word(term, "tier"),
                    quantity=reading.count(term, "quantity"),
                    price=reading.amount(term, "price"),
                )
                for term in listed
            ),
        )
