"""The KYC/KYB check and its decision."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Self

from onboarding.bill import reading


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
        spelled = str(word) if isinstance(word, str | int | Decimal) else f"[{type(word).__name__}]"
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
