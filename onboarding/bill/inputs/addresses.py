"""Postal addresses."""

from dataclasses import dataclass

from onboarding.bill.inputs.fields import filled


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `country` is its two-letter code."""

    line1: str
    city: str
    zip_or_postal_code: str
    country: str = "US"
    line2: str = ""
    state_or_province: str = ""

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return filled(
            line1=self.line1,
            line2=self.line2,
            city=self.city,
            stateOrProvince=self.state_or_province,
            zipOrPostalCode=self.zip_or_postal_code,
            country=self.country,
        )
