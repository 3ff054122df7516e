"""Multi-factor authentication."""

from dataclasses import dataclass
from typing import Self

from onboarding.bill import reading
from onboarding.bill.sessions import Secret


@dataclass(frozen=True, slots=True)
class MfaSetup:
    """A setup that waits for its token."""

    setup_id: str

    @classmethod
    def begun(cls, document: object) -> Self:
        """The answer to a setup."""
        return cls(setup_id=reading.opaque(reading.mapping(document), "setupId"))


@dataclass(frozen=True, slots=True)
class MfaSetupResult:
    """What became of a setup; `status` is BILL's word. The session is not trusted by it: a challenge is next."""

    status: str

    @property
    def is_confirmed(self) -> bool:
        """Whether BILL says that the phone is set up."""
        return self.status == "SUCCESS"

    @classmethod
    def found(cls, document: object) -> Self:
        """The answer to the token."""
        return cls(status=reading.text(reading.mapping({} if document is None else document), "status"))


@dataclass(frozen=True, slots=True)
class MfaPhone:
    """A phone that is set up."""

    type: str
    last_digits: str
    primary: bool | None = None

    @classmethod
    def found(cls, document: object) -> Self:
        """One entry of the list."""
        source = reading.mapping(document)
        return cls(
            type=reading.text(source, "type"),
            last_digits=reading.word(source, "last4digits"),
            primary=reading.flag(source, "primary"),
        )


@dataclass(frozen=True, slots=True)
class MfaChallenge:
    """A challenge that waits for its token."""

    challenge_id: str

    @classmethod
    def begun(cls, document: object) -> Self:
        """The answer to a challenge."""
        return cls(challenge_id=reading.opaque(reading.mapping(document), "challengeId"))


@dataclass(frozen=True, slots=True)
class MfaTrust:
    """The session is trusted now; `remember_me_id` with its device makes later ones trusted, for 30 days."""

    remember_me_id: Secret | None = None

    @classmethod
    def given(cls, document: object) -> Self:
        """The answer to a token that was not to be remembered."""
        source = reading.mapping({} if document is None else document)
        return cls(reading.secret(source, "rememberMeId") if source.get("rememberMeId") else None)

    @classmethod
    def remembered(cls, document: object) -> Self:
        """The answer to a token that was: an id is what it was sent for."""
        return cls(reading.secret(reading.mapping(document), "rememberMeId"))
