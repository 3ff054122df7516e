"""The phone of a risk verification."""

import re
from dataclasses import dataclass, field

from onboarding.bill.inputs.fields import require


@dataclass(frozen=True, slots=True)
class RiskPhone:
    """The phone of a risk verification: ten digits of a US number, typed in any usual way."""

    number: str = field(repr=False)
    phone_type: str

    def __post_init__(self) -> None:
        require(phone_type=self.phone_type)
        if len(self._digits()) != 10:
            raise ValueError("number must have ten digits.")

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return {"phoneNumber": self._digits(), "phoneType": self.phone_type}

    def _digits(self) -> str:
        digits = re.sub(r"[^0-9]", "", self.number)
        return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
