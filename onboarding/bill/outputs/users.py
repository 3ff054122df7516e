"""Users and their roles."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from onboarding.bill import reading


@dataclass(frozen=True, slots=True)
class Role:
    """A user role of one organization; `type` is BILL's word."""

    id: str
    type: str
    name: str = ""

    @classmethod
    def found(cls, document: object) -> Self:
        """The answer to a read, or one entry of the list."""
        source = reading.mapping(document)
        return cls(
            id=reading.identifier(source),
            type=reading.text(source, "type"),
            name=reading.text(source, "name"),
        )


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
