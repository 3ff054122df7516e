"""Bank accounts of the organization, and who may pay from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from onboarding.bill import reading


@dataclass(frozen=True, slots=True)
class BankAccount:
    """A bank account; `status` is BILL's word, and only one of them lets money move."""

    id: str
    status: str = ""
    archived: bool | None = None
    bank_name: str = ""
    name_on_account: str = ""
    # As BILL returns it, which is masked.
    account_number: str = field(default="", repr=False)
    routing_number: str = field(default="", repr=False)
    type: str = ""
    owner_type: str = ""
    default_payables: bool | None = None
    default_receivables: bool | None = None
    access_to_admins: bool | None = None
    created_by: str = ""
    created_time: datetime | None = None
    updated_time: datetime | None = None

    @property
    def is_verified(self) -> bool:
        """Whether payments can be made from it."""
        return self.status == "VERIFIED"

    @classmethod
    def found(cls, document: object) -> Self:
        """The answer to a create, a change or a read."""
        source = reading.mapping(document)
        default = reading.part(source, "default") or {}
        return cls(
            id=reading.identifier(source),
            status=reading.text(source, "status"),
            archived=reading.flag(source, "archived"),
            bank_name=reading.text(source, "bankName"),
            name_on_account=reading.text(source, "nameOnAccount"),
            account_number=reading.text(source, "accountNumber"),
            routing_number=reading.text(source, "routingNumber"),
            type=reading.text(source, "type"),
            owner_type=reading.text(source, "ownerType"),
            default_payables=reading.flag(default, "payables"),
            default_receivables=reading.flag(default, "receivables"),
            access_to_admins=reading.flag(source, "accessToAdmins"),
            created_by=reading.text(source, "createdBy"),
            created_time=reading.moment(source, "createdTime"),
            updated_time=reading.moment(source, "updatedTime"),
        )


@dataclass(frozen=True, slots=True)
class BankAccountUser:
    """A user of a bank account; a NOMINATED one proves who he is to BILL before he can pay from it."""

    id: str
    bank_account_id: str = ""
    user_id: str = ""
    verification_status: str = ""
    archived: bool | None = None

    @classmethod
    def found(cls, document: object) -> Self:
        """The answer to a change, or one entry of the list."""
        source = reading.mapping(document)
        return cls(
            id=reading.identifier(source),
            bank_account_id=reading.text(source, "bankAccountId"),
            user_id=reading.text(source, "userId"),
            verification_status=reading.text(source, "verificationStatus"),
            archived=reading.flag(source, "archived"),
        )


@dataclass(frozen=True, slots=True)
class FundingAccountPermissions:
    """What the session's user may do with funding accounts, in BILL's words; their list is not documented."""

    granted: Mapping[str, bool]

    @classmethod
    def found(cls, document: object) -> Self:
        """The answer to a read."""
        source = reading.mapping(document)
        return cls(
            granted={reading.clean(key): item for key, item in source.items() if isinstance(item, bool)}
        )
