"""What BILL answers. Unknown fields are ignored, unknown meanings stay visible."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Self, TypeVar

from onboarding.bill import reading
from onboarding.bill.inputs import Address

T = TypeVar("T")


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
            address=_address(source, "address"),
            mailing_address=_address(source, "mailingAddress"),
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


def _address(source: Mapping[str, object], key: str) -> Address | None:
    given = reading.part(source, key)
    if given is None:
        return None
    return Address(
        line1=reading.text(given, "line1"),
        line2=reading.text(given, "line2"),
        city=reading.text(given, "city"),
        state_or_province=reading.text(given, "stateOrProvince"),
        zip_or_postal_code=reading.text(given, "zipOrPostalCode"),
        country=reading.text(given, "country"),
    )


@dataclass(frozen=True, slots=True)
class Role:
    """A user role of one organization; `type` is BILL's word."""

    id: str
    type: str

    @classmethod
    def found(cls, document: object) -> Self:
        """One entry of the list of roles."""
        source = reading.mapping(document)
        return cls(id=reading.identifier(source), type=reading.text(source, "type"))


@dataclass(frozen=True, slots=True)
class User:
    """A user at BILL; what BILL leaves out is empty or None."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = field(default="", repr=False)
    username: str = ""
    external_reference_id: str = ""
    role_id: str = ""
    role_type: str = ""
    archived: bool | None = None
    created_time: datetime | None = None
    updated_time: datetime | None = None

    @classmethod
    def found(cls, document: object) -> Self:
        """The answer to a create or a read."""
        source = reading.mapping(document)
        role = reading.part(source, "role") or {}
        return cls(
            id=reading.identifier(source),
            first_name=reading.text(source, "firstName"),
            last_name=reading.text(source, "lastName"),
            email=reading.text(source, "email"),
            username=reading.text(source, "username"),
            external_reference_id=reading.text(source, "externalReferenceId"),
            role_id=reading.text(role, "id"),
            role_type=reading.text(role, "type"),
            archived=reading.flag(source, "archived"),
            created_time=reading.moment(source, "createdTime"),
            updated_time=reading.moment(source, "updatedTime"),
        )


class DecisionValue(StrEnum):
    """The decisions that BILL documents, and the one for all others."""

    IN_PROGRESS = "IN_PROGRESS"
    REVIEW = "REVIEW"
    HOLD = "HOLD"
    APPROVE = "APPROVE"
    DECLINE = "DECLINE"
    UNRECOGNISED = "UNRECOGNISED"


# PENDING is what BILL called IN_PROGRESS until July 2024.
_BY_WORD = {value.value: value for value in DecisionValue if value is not DecisionValue.UNRECOGNISED}
_BY_WORD["PENDING"] = DecisionValue.IN_PROGRESS


@dataclass(frozen=True, slots=True)
class Decision:
    """A risk decision and BILL's own word for it; a word we do not know is neither approved nor final."""

    value: DecisionValue
    raw: str

    @classmethod
    def of(cls, word: object) -> Self:
        """The decision that BILL's word stands for."""
        # Nothing but a scalar is spelled out: the repr of a nested value has no limit.
        spelled = str(word) if isinstance(word, str | int | float) else f"[{type(word).__name__}]"
        raw = reading.clean(spelled)[:100]
        return cls(value=_BY_WORD.get(raw, DecisionValue.UNRECOGNISED), raw=raw)

    @property
    def is_recognised(self) -> bool:
        """Whether the word is one that BILL documents."""
        return self.value is not DecisionValue.UNRECOGNISED

    @property
    def is_approved(self) -> bool:
        """Whether money may move."""
        return self.value is DecisionValue.APPROVE

    @property
    def is_terminal(self) -> bool:
        """Whether BILL has decided."""
        return self.value in (DecisionValue.APPROVE, DecisionValue.DECLINE)


@dataclass(frozen=True, slots=True)
class RiskVerification:
    """A KYC/KYB check that has been initiated."""

    decision: Decision

    @classmethod
    def found(cls, document: object) -> Self | None:
        """The check in an answer; None when the answer holds no decision."""
        word = reading.mapping({} if document is None else document).get("decision")
        return None if word in (None, "") else cls(decision=Decision.of(word))

    @classmethod
    def initiated(cls, document: object) -> Self:
        """The answer to an initiation, which carries a decision."""
        verification = cls.found(document)
        if verification is None:
            raise reading.UnreadableError("no decision")
        return verification


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; an empty `next_page` is the end."""

    items: tuple[T, ...]
    next_page: str = ""
    previous_page: str = ""
