"""Postal addresses."""

from collections.abc import Mapping

from onboarding.bill import reading
from onboarding.bill.inputs.addresses import Address


def address_in(source: Mapping[str, object], key: str) -> Address | None:
    """The address under the key, if there is one."""
    given = reading.part(source, key)
    if given is None:
        return None
    return Address(
        line1=reading.text(given, "line1"),
        line2=reading.text(given, "line2"),
        city=reading.text(given, "city"),
        state_or_province=reading.text(given, "stateOrProvince"),
        zip_or_postal_code=reading.text(given, "zipOrPostalCode"),
        country=reading.text(given, "country"),
    )
