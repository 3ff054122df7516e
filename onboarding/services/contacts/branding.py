"""How a tenant shows itself: name, logo, colour, and the ink that can be read on it."""

from dataclasses import dataclass

from onboarding.models import Branding
from onboarding.models.branding import COLOUR

# WCAG 2.2: the least contrast of text, and of the parts that one presses.
LEAST_CONTRAST, LEAST_CONTRAST_OF_PARTS = 4.5, 3.0


@dataclass(frozen=True)
class Brand:
    """What pages and mails show."""

    name: str
    colour: str = COLOUR
    ink: str = "#ffffff"
    logo: bytes | None = None
    logo_type: str = ""
    email: str = ""
    # Browsers keep style sheet and logo for an hour: another version has another address.
    version: str = "0"


def brand_of(branding: Branding | None, tenant_name: str) -> Brand:
    """The tenant's own, or its plain name in our colour."""
    if branding is None:
        return Brand(tenant_name)
    logo = bytes(branding.logo) if branding.logo else None
    version = f"{branding.changed_at.timestamp():.0f}"
    return Brand(
        name=branding.name,
        colour=branding.colour,
        ink=ink_on(branding.colour),
        logo=logo,
        logo_type=branding.logo_type,
        email=branding.email,
        version=version,
    )


def ink_on(colour: str) -> str:
    """White or black, whichever is easier to read on this colour."""
    return max(("#ffffff", "#000000"), key=lambda ink: contrast(ink, colour))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
