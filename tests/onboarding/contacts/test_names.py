"""Names in forms and mails: nothing unseen in them, nothing that turns a sentence around, and no HTML in a subject."""

import pytest
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.urls import reverse

from onboarding.forms.base import StepForm
from onboarding.forms.grant import GrantForm
from onboarding.forms.names import NameField
from onboarding.forms.organization import OrganizationForm
from onboarding.forms.user import AcceptanceForm, UserForm
from onboarding.models import Branding
from onboarding.services.contacts import brand_changes
from portal.lib import bidi
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.factories import INPUTS
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.mailbox import ADDRESS, contact, deliver, invite
from tests.onboarding.contacts.pages import agree
from tests.onboarding.views.html import page
from tests.world import World

UNSEEN = (
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\ufeff\x07\x1b\x7f\x85"
)
TURNED = f"Evil \u202eknab ruoy\u202c{UNSEEN}"
PLAIN = "Evil knab ruoy"


def html_of(message: EmailMessage) -> str:
    assert isinstance(message, EmailMultiAlternatives)
    return str(message.alternatives[0][0])


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (TURNED, PLAIN),
        ("Two\nlines\tand more", "Two lines and more"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Smith & Sons' <Co>", "Smith & Sons' <Co>"),
        (UNSEEN, ""),
    ],
)
def test_what_is_not_seen_is_left_out(text: str, plain: str) -> None:
    assert bidi.plain(text) == plain


@pytest.mark.parametrize(
    ("name", "direction", "apart"),
    [
        ("Rice Cakes", "ltr", False),
        ("Rice Cakes", "rtl", True),
        ("مخبز", "rtl", False),
        ("مخبز", "ltr", True),
        ("مخبز 24", "rtl", True),
        ("—", "rtl", False),
    ],
)
def test_name_stands_by_itself_where_it_runs_the_other_way(name: str, direction: str, apart: bool) -> None:
    assert bidi.isolated(name, direction) == (f"\u2068{name}\u2069" if apart else name)


def test_company_name_is_sent_without_what_is_not_seen() -> None:
    form = OrganizationForm({**INPUTS["create_organization"], "name": TURNED})
    nothing = OrganizationForm({**INPUTS["create_organization"], "name": UNSEEN})

    assert form.is_valid()
    assert form.values()["name"] == PLAIN
    assert "name" in nothing.errors


@pytest.mark.parametrize("form", [AcceptanceForm, UserForm, GrantForm])
def test_who_gave_their_word_is_kept_without_what_is_not_seen(form: type[StepForm]) -> None:
    names = {name for name, field in form.base_fields.items() if isinstance(field, NameField)}
    bound = form(dict.fromkeys(names, TURNED))
    bound.is_valid()

    assert names
    assert {bound.cleaned_data[name] for name in names} == {PLAIN}


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("Ada Go to http://evil.example now:", False),
        ("Ada see www.evil", False),
        ("Ada ada@evil.example", False),
        ("Ada evil.example", False),
        ("J.R. O'Neill-Smith Jr.", True),
        ("J.Smith", True),
        ("Smith, A. B.", True),
        ("محمد بن سلمان", True),
    ],
)
def test_person_is_not_called_like_a_link(name: str, fits: bool) -> None:
    bound = UserForm({**INPUTS["create_user"], "first_name": name})

    assert ("first_name" not in bound.errors) is fits


def test_company_may_be_called_after_its_page() -> None:
    given = INPUTS["create_organization"]

    assert OrganizationForm({**given, "name": "Booking.com & Sons Inc"}).is_valid()
    assert "name" in OrganizationForm({**given, "name": "Rice, see https://evil.example"}).errors


@pytest.mark.django_db(transaction=True)
def test_names_are_kept_without_what_is_not_seen(world: World) -> None:
    one, two = world.one, world.two
    started = one.client().post(reverse("onboarding_new"), {"name": TURNED, "environment": "simulator"})
    onboarding = one.start()

    one.client().post(
        reverse("onboarding_admin", args=[onboarding.pk]),
        {"name": TURNED, "email": ADDRESS, "language": "en"},
    )
    one.client(Role.OWNER).post(reverse("settings"), {"name": TURNED, "colour": "#112233"})

    assert started.status_code == 302
    assert PLAIN in page(one.client().get(started.headers["Location"])).source
    assert contact(one, onboarding).name == PLAIN
    with acting_for(one.pk):
        assert Branding.objects.get().name == PLAIN
    with acting_for(two.pk):
        assert not Branding.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_mails_hold_names_apart_where_directions_mix(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    # Kept before the forms took such characters out.
    onboarding, theirs = one.at("create_user", f"مخبز {TURNED}"), two.start()
    invite(one, onboarding, name=TURNED, language="en")
    invite(two, theirs, language="ar")

    (english,), (arabic,) = deliver(one), deliver(two)
    apart = f"\u2068مخبز {PLAIN}\u2069"

    for text in (str(english.body), html_of(english)):
        assert apart in text
        assert f"Hello {PLAIN}," in text
        assert not set(UNSEEN) & set(text.replace(apart, ""))
    assert english.subject == "Alpha asks you to finish your company’s set-up on BILL"
    assert "\u2068Beta\u2069" in arabic.subject
    assert "\u2068Rice Cakes Inc\u2069" in arabic.body
    assert "\u2068Rice Cakes Inc\u2069" in html_of(arabic)


@pytest.mark.django_db(transaction=True)
def test_subjects_are_texts_and_bodies_are_escaped(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    brand_changes.save_branding(actor=one.actor(Role.OWNER), name="Smith & Sons' <Co>", colour="#112233")
    device = visit(one, one.at("create_user", "O'Brien & Co"))
    invite(two, two.start())
    agree(device)
    deliver(one)

    subjects = [message.subject for message in mail.outbox]
    bodies = [html_of(message) for message in mail.outbox]

    assert "Smith & Sons' <Co> asks you to finish your company’s set-up on BILL" in subjects
    assert "What you agreed to for O'Brien & Co" in subjects
    assert [subject for subject in subjects if "&amp;" in subject or "&#" in subject] == []
    assert [body for body in bodies if "<Co>" in body] == []
    assert "Smith" not in str(deliver(two)[0].body)
