"""The BILL network and the network of verified national vendors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from onboarding.bill.inputs.fields import filled, require
from onboarding.bill.sessions import Secret


class NetworkType(StrEnum):
    """BILL's own network, or the verified national vendors."""

    BILL = "BILL"
    RPPS = "RPPS"


class NetworkRole(StrEnum):
    """What the other side of a connection is to the organization."""

    VENDOR = "VENDOR"
    CUSTOMER = "CUSTOMER"


@dataclass(frozen=True, slots=True)
class NetworkQuery:
    """Whom to look for: in BILL's own network by a whole word of the name."""

    name: str
    scope: NetworkType | None = None
    zip_or_postal_code: str = ""
    account_number: Secret | None = None

    def __post_init__(self) -> None:
        if len(self.name.strip()) < 3:
            raise ValueError("name must have at least three letters.")

    def params(self) -> dict[str, str | Secret]:
        """The query of the address."""
        values = {"name": self.name, "scope": self.scope, "zipOrPostalCode": self.zip_or_postal_code}
        params: dict[str, str | Secret] = {key: str(value) for key, value in values.items() if value}
        return params | ({"accountNumber": self.account_number} if self.account_number else {})


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """Whom to invite.

    `rpps_information` goes with verified national vendors: BILL's own JSON, an account number in it a Secret.
    """

    network_id: str
    network_type: NetworkType
    rpps_information: Mapping[str, object] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        require(network_id=self.network_id)

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return filled(
            networkId=self.network_id, networkType=self.network_type, rppsInformation=self.rpps_information
        )


@dataclass(frozen=True, slots=True)
class InvitationAcceptance:
    """Whose invitation to accept, and as whom: an existing vendor or customer, or one that BILL creates."""

    network_id: str
    type: NetworkRole
    id: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        require(network_id=self.network_id)
        if bool(self.id) == bool(self.name):
            raise ValueError("Either id or name is given.")

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return filled(networkId=self.network_id, type=self.type, id=self.id, name=self.name)
