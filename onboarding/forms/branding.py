"""How the tenant shows itself to its clients' admins, and what its staff may attest."""

import io
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from PIL import Image, ImageOps

from onboarding.forms.names import NameField
from onboarding.models import Connection
from onboarding.models.branding import COLOUR

MOST_BYTES, MOST_PIXELS = 200 * 1024, 1200
# Three times what is shown, for dense screens; it also travels in every mail.
KEPT_AT = (480, 120)
NOT_AN_IMAGE = "This is not an image that can be read. Take a PNG, JPEG or WebP file."


def logo_as_png(content: bytes) -> bytes:
    """The image drawn anew, so that nothing else that the file held is kept."""
    png = io.BytesIO()
    try:
        image = Image.open(io.BytesIO(content), formats=["PNG", "JPEG", "WEBP"])
        if max(image.size) > MOST_PIXELS:
            raise forms.ValidationError(f"This image is larger than {MOST_PIXELS} × {MOST_PIXELS} pixels.")
        image.load()
        drawn = ImageOps.exif_transpose(image).convert("RGBA")
        drawn.thumbnail(KEPT_AT)
        drawn.info = {}
        drawn.save(png, "PNG", optimize=True)
    except forms.ValidationError:
        raise
    except Exception as error:
        # For files that are made up, Pillow lets through whatever its parsers run into (TypeError, struct.error, ...),
        # and there is no list of it. Whatever it is, it is the file's fault.
        raise forms.ValidationError(NOT_AN_IMAGE) from error
    return png.getvalue()


class BrandingForm(forms.Form):
    name = NameField(label="Name", max_length=60, help_text="What the admins of your clients know you by.")
    colour = forms.CharField(
        label="Colour",
        widget=forms.TextInput(attrs={"type": "color"}),
        validators=[RegexValidator(r"^#[0-9a-f]{6}\Z", "Write the colour as #rrggbb.")],
        initial=COLOUR,
    )
    email = forms.EmailField(
        label="E-mail for questions",
        required=False,
        help_text="The admins see it on their pages, and their answers to the portal's mails go there.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    logo = forms.FileField(
        label="Logo",
        required=False,
        help_text="PNG, JPEG or WebP, at most 200 KB and 1200 pixels. It is shown 40 pixels high.",
        widget=forms.FileInput(attrs={"accept": ".png,.jpg,.jpeg,.webp"}),
        error_messages={"empty": "This file is empty."},
    )
    no_logo = forms.BooleanField(label="Show no logo", required=False)

    def __init__(self, data: Any = None, files: Any = None, *, initial: Mapping[str, Any], has_logo: bool):
        if data is not None:
            data = data.copy()
            data["colour"] = data.get("colour", "").strip().lower()
        super().__init__(data, files, initial=dict(initial))
        if not has_logo:
            del self.fields["no_logo"]

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_logo(self) -> bytes | None:
        file = self.cleaned_data["logo"]
        if file is None:
            return None
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError("This file is larger than 200 KB.")
        return logo_as_png(file.read())


class AttestationForm(forms.Form):
    """A box for each environment that is connected."""

    def __init__(self, data: Any = None, *, connections: Mapping[str, Connection]):
        super().__init__(data, prefix="attest")
        for name, connection in connections.items():
            self.fields[name] = forms.BooleanField(
                label=name.capitalize(), required=False, initial=connection.may_attest
            )
