"""Who does something: one frozen value, made once at the edge and handed down to whoever writes."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

# Entries that belong to no tenant (a refused sign-in, say) are chained under this id.
PLATFORM = UUID(int=0)


class Kind(StrEnum):
    STAFF = "staff"
    CONTACT = "contact"
    SYSTEM = "system"
    COMMAND = "command"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Actor:
    """A person of the partner, the organization's admin, the portal itself, an administrator's command, or nobody."""

    kind: Kind
    tenant_id: UUID = PLATFORM
    person_id: int | None = None
    name: str = ""
    role: str = ""
    ip: str = ""
    request_id: str = ""


def system(tenant_id: UUID) -> Actor:
    """The portal acting by itself for one tenant."""
    return Actor(kind=Kind.SYSTEM, tenant_id=tenant_id, name="the portal")


def command(name: str, tenant_id: UUID = PLATFORM) -> Actor:
    """An administrator at a shell."""
    return Actor(kind=Kind.COMMAND, tenant_id=tenant_id, name=f"manage.py {name}")
