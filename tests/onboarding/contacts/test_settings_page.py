"""The owner's settings: how the admins' pages look, and what staff may attest."""

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from onboarding.models import Branding, Connection
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.contacts.mailbox import deliver, invite, link_in
from tests.onboarding.views.html import message, page
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN = {"name": "Northwind Books", "colour": "#0A7D3C"}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def image(kind: str = "PNG", size: tuple[int, int] = (300, 100), **more: object) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "#0a7d3c").save(made, kind, **more)
    return made.getvalue()


def noise(size: tuple[int, int]) -> bytes:
    made = io.BytesIO()
    Image.effect_noise(size, 100).save(made, "PNG")
    return made.getvalue()


def forged(was: bytes, now: bytes) -> bytes:
    """A picture with EXIF in which these bytes are others."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.ImageDescription] = 6, "abc"
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (1.0, 2.0, 3.0)}
    made = exif.tobytes()
    assert made.count(was) == 1
    return image("PNG", (60, 40), exif=made.replace(was, now))


def upload(content: bytes, name: str = "logo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def branding(partner: Partner) -> Branding | None:
    with acting_for(partner.pk):
        return Branding.objects.first()


def test_owner_changes_how_the_admins_pages_look(world: World) -> None:
    one, two = world.one, world.two
    client = one.client(Role.OWNER)

    response = client.post(reverse("settings"), {**GIVEN, "logo": upload(image())}, follow=True)
    invite(one, one.start())
    invite(two, two.start())
    (sent,), (theirs,) = deliver(one), deliver(two)
    shown = Client().get(link_in(sent)).content.decode()
    style = Client().get(reverse("contact_brand", args=[one.pk])).content.decode()
    logo = Client().get(reverse("contact_logo", args=[one.pk]))

    assert "Saved." in message(response)[0]
    assert "Text on #0a7d3c is white" in response.content.decode()
    assert "Northwind Books is setting up your company" in shown
    assert reverse("contact_logo", args=[one.pk]) in shown
    assert "#0a7d3c" in style
    assert logo.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(logo.content)).size == (300, 100)
    assert sent.subject.startswith("Northwind Books asks you")
    assert theirs.subject.startswith("Beta asks you")
    assert branding(two) is None
    assert one.tags().count("branding.changed") == 1


def test_admins_know_whom_to_write_to(world: World) -> None:
    one, two = world.one, world.two

    one.client(Role.OWNER).post(reverse("settings"), {**GIVEN, "email": "help@northwind.example"})
    invite(one, one.start())
    invite(two, two.start())
    (sent,), (theirs,) = deliver(one), deliver(two)
    read = Client().get(link_in(sent)).content.decode()

    assert sent.from_email.startswith("Northwind Books <")
    assert sent.reply_to == ["help@northwind.example"]
    assert "write to Northwind Books: help@northwind.example" in str(sent.body)
    assert "mailto:help@northwind.example" in read
    assert (theirs.from_email.startswith("Beta <"), theirs.reply_to) == (True, [])
    assert "help@northwind.example" not in "".join(entry.body for entry in one.entries())


def test_address_to_write_to_names_nobody_else(world: World) -> None:
    one, two = world.one, world.two
    told = {one.pk: "who?bcc=stranger&body=50%@northwind.example", two.pk: "questions+bill@beta.example"}
    hrefs = {}

    for partner in (one, two):
        partner.client(Role.OWNER).post(reverse("settings"), {**GIVEN, "email": told[partner.pk]})
        invite(partner, partner.start())
        read = page(Client().get(link_in(deliver(partner)[0])))
        found = [tag.attributes.get("href") or "" for tag in read.all("a")]
        (hrefs[partner.pk],) = [address for address in found if address.startswith("mailto:")]

    assert hrefs == {
        one.pk: "mailto:who%3Fbcc%3Dstranger%26body%3D50%25@northwind.example",
        two.pk: "mailto:questions%2Bbill@beta.example",
    }


def test_changed_look_is_seen_at_once(world: World) -> None:
    one = world.one
    client, address = one.client(Role.OWNER), re.escape(reverse("contact_brand", args=[one.pk]))
    seen: set[str] = set()

    for colour in ("#0a7d3c", "#112233"):
        world.later(timedelta(seconds=5))
        client.post(reverse("settings"), {**GIVEN, "colour": colour})
        if not seen:
            invite(one, one.start())
            link = link_in(deliver(one)[0])
        seen |= set(re.findall(rf'"{address}\?(\d+)"', Client().get(link).content.decode()))

    assert len(seen) == 2


def test_same_again_changes_nothing(world: World) -> None:
    client = world.one.client(Role.OWNER)

    for _ in range(2):
        client.post(reverse("settings"), {**GIVEN, "logo": ""})

    assert world.one.tags().count("branding.changed") == 1


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER, Role.AUDITOR])
def test_settings_are_the_owners(world: World, role: Role) -> None:
    client = world.one.client(role)

    assert client.get(reverse("settings")).status_code == 403
    assert client.post(reverse("settings"), GIVEN).status_code == 403
    assert client.post(reverse("settings_attestation"), {}).status_code == 403
    assert reverse("settings") not in client.get(reverse("onboardings")).content.decode()
    assert branding(world.one) is None


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_logo_is_drawn_anew_as_a_small_png(world: World, kind: str) -> None:
    secret = b"taken at home"
    text, exif = PngInfo(), Image.Exif()
    text.add_text("Comment", secret.decode())
    exif[ExifTags.Base.ImageDescription] = secret.decode()
    content = image(kind, (1200, 600), **({"pnginfo": text} if kind == "PNG" else {"exif": exif}))
    assert secret in content

    world.one.client(Role.OWNER).post(reverse("settings"), {**GIVEN, "logo": upload(content, "logo.exe")})

    kept = branding(world.one)
    assert kept is not None
    assert kept.logo is not None
    drawn = Image.open(io.BytesIO(bytes(kept.logo)))
    assert (drawn.format, drawn.size, kept.logo_type) == ("PNG", (240, 120), "image/png")
    assert secret not in bytes(kept.logo)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: SVG, "not an image that can be read"),
        (lambda: image("GIF"), "not an image that can be read"),
        (lambda: image()[:60], "not an image that can be read"),
        (lambda: b"GIF89a<script>alert(1)</script>", "not an image that can be read"),
        # A text where Pillow writes a number (struct.error), and one where it writes numbers (TypeError).
        (lambda: forged(b"\x01\x0e\x00\x02", b"\x01\x00\x00\x02"), "not an image that can be read"),
        (
            lambda: forged(b"\x00\x01\x00\x02\0\0\0\x02N", b"\x00\x1a\x00\x02\0\0\0\x02N"),
            "not an image that can be read",
        ),
        (lambda: b"", "This file is empty"),
        (lambda: image(size=(1201, 10)), "larger than 1200"),
        (lambda: noise((600, 600)), "larger than 200 KB"),
    ],
)
def test_what_is_no_logo_is_refused(world: World, content: Callable[[], bytes], words: str) -> None:
    client = world.one.client(Role.OWNER)

    response = client.post(reverse("settings"), {**GIVEN, "logo": upload(content())})

    assert response.status_code == 422
    assert words in page(response).error("logo")
    assert page(response).value("name") == GIVEN["name"]
    assert branding(world.one) is None


def test_logo_stays_until_it_is_taken_away(world: World) -> None:
    one, client = world.one, world.one.client(Role.OWNER)
    client.post(reverse("settings"), {**GIVEN, "logo": upload(image())})

    client.post(reverse("settings"), {**GIVEN, "name": "Another"})
    with_logo = branding(one)
    client.post(reverse("settings"), {**GIVEN, "no_logo": "on"})
    without = branding(one)

    assert with_logo is not None
    assert with_logo.logo
    assert without is not None
    assert without.logo is None
    assert Client().get(reverse("contact_logo", args=[one.pk])).status_code == 404


@pytest.mark.parametrize("colour", ["red", "#12345", "#1234567", "#12345g", "", "#000000\n;}*{display:none"])
def test_what_is_no_colour_is_refused(world: World, colour: str) -> None:
    response = world.one.client(Role.OWNER).post(reverse("settings"), {**GIVEN, "colour": colour})

    assert response.status_code == 422
    assert page(response).error("colour")
    assert branding(world.one) is None


def test_colour_that_is_hard_to_see_is_taken_and_told(world: World) -> None:
    client = world.one.client(Role.OWNER)

    faint = client.post(reverse("settings"), {**GIVEN, "colour": "#FFEE88"}, follow=True).content.decode()
    strong = client.post(reverse("settings"), GIVEN, follow=True).content.decode()

    assert "hard to see beside white" in faint
    assert "Text on #ffee88 is black" in faint
    assert "hard to see" not in strong


def attests(partner: Partner) -> bool:
    with acting_for(partner.pk):
        return Connection.objects.get().may_attest


def test_owner_decides_what_staff_may_attest(world: World) -> None:
    one, client = world.one, world.one.client(Role.OWNER)
    onboarding = one.at("create_user")
    word = {"accepted_by": "Tomato Soupsmith", "accepted_on": "2026-11-20", "accepted_how": "by_phone"}
    where = reverse("onboarding_acceptance", args=[onboarding.pk])
    world.later(timedelta(days=1))

    before = attests(one)
    for _ in range(2):
        client.post(reverse("settings_attestation"), {})
    refused = client.post(where, word, follow=True)
    shown = client.get(one.url(onboarding, "create_user")).content.decode()

    assert (before, attests(one), attests(world.two)) == (True, False, True)
    assert "Here the organization's admin says it" in message(refused)[-1]
    assert one.fresh(onboarding).acceptance_id is None
    assert where not in shown
    assert one.tags().count("attestation.changed") == 1

    client.post(reverse("settings_attestation"), {"attest-simulator": "on"})
    client.post(where, word)
    assert one.fresh(onboarding).acceptance_id is not None


def test_nothing_is_attested_in_production_unless_the_owner_says_so() -> None:
    assert not Connection(environment="production").may_attest
    assert Connection(environment="sandbox").may_attest
    assert Connection(environment="production", attestation=True).may_attest
