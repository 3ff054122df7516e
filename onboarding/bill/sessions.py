"""Secrets, and the sessions that carry them."""

from dataclasses import dataclass


class Secret:
    """A value that no repr, str, format or log line shows."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself: for the wire and the encrypted store, nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    # A pickle shows the value in clear, and a pickled secret ends in a queue or a cache.
    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("A Secret is not pickled.")


@dataclass(frozen=True, slots=True)
class PartnerSession:
    """The partner's own session, used with the appKey."""

    id: Secret


@dataclass(frozen=True, slots=True)
class OrganizationSession:
    """A session as one user of one organization, used with the devKey."""

    id: Secret
    organization_id: str
    user_id: str
    trusted: bool | None = None


@dataclass(frozen=True, slots=True)
class SessionDetails:
    """What BILL says about a session; `mfa_status` is BILL's word, known to us or not."""

    organization_id: str
    user_id: str
    mfa_status: str
    mfa_bypass: bool | None = None

    @property
    def trusted(self) -> bool:
        """Only COMPLETE is trusted: a status we do not know is not."""
        return self.mfa_status == "COMPLETE"
