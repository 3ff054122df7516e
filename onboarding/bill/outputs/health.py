"""The health of BILL's API."""

from dataclasses import dataclass
from typing import Self

from onboarding.bill import reading


@dataclass(frozen=True, slots=True)
class Health:
    """What answers, and from where."""

    name: str = ""
    version: str = ""
    location: str = ""

    @classmethod
    def found(cls, document: object) -> Self:
        """The answer to a read."""
        source = reading.mapping(document)
        return cls(
            name=reading.text(source, "name"),
            version=reading.word(source, "version"),
            location=reading.text(source, "location"),
        )
