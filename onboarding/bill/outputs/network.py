"""The networks, and invitations to connect."""

from dataclasses import dataclass
from typing import Self

from onboarding.bill import reading
from onboarding.bill.inputs.addresses import Address
from onboarding.bill.outputs.addresses import address_in


@dataclass(frozen=True, slots=True)
class NetworkOrganization:
    """An organization of one of the networks."""

    network_id: str
    name: str = ""
    network_type: str = ""
    address: Address | None = None

    @classmethod
    def found(cls, document: object) -> Self:
        """One entry of the search."""
        source = reading.mapping(document)
        return cls(
            network_id=reading.identifier(source, "networkId"),
            name=reading.text(source, "name"),
            network_type=reading.text(source, "networkType"),
            address=address_in(source, "address"),
        )


@dataclass(frozen=True, slots=True)
class Invitation:
    """The state of an invitation in BILL's word; one that nobody answers expires after 60 days."""

    status: str = ""
    network_id: str = ""

    @classmethod
    def found(cls, document: object) -> Self:
        """The answer to a read."""
        source = reading.mapping(document)
        return cls(status=reading.text(source, "status"), network_id=reading.text(source, "networkId"))
