"""The organization's own admin, from the e-mail to "done", on a phone of 360 px."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from onboarding.models import Acceptance, Grant, Mfa, MfaState, Onboarding
from portal.lib import clock
from portal.lib.tenancy import acting_for
from tests.walks.conftest import Visit
from tests.walks.reader import Reader, Typist, left_to_admin, newest_token, text_of
from tests.walks.stack import Stack
from tests.walks.visitor import Visitor
from tests.world import Partner, World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("workers")]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
DIRECTIONS = {"en": "ltr", "es": "ltr", "ar": "rtl"}
LOCALES = {"en": "en-US", "es": "es-MX", "ar": "ar-EG"}


@pytest.fixture(scope="module")
def workers(portal: Stack) -> Iterator[None]:
    """One worker for all walks here: it sends the mails, and creates the user once the terms are accepted."""
    with portal.workers(with_beat=False):
        yield


def come_in(reader: Reader, brand: str) -> None:
    """From the mail's link to a confirmed mailbox."""
    link = reader.find(r"http\S+/company/link/\S+")
    reader.visitor.page.set_content(text_of(reader.mails()[0], "html"))
    reader.visitor.picture("mail")
    reader.visitor.page.goto(link)
    reader.sees("%(name)s is setting up your company on BILL", "link", name=brand)
    reader.press("Continue")
    reader.sees("We sent you a code", "code")
    reader.write("code", reader.find(r"\b\d{6}\b"))
    reader.press("Continue")


def agree_and_decide(reader: Reader, partner: Partner, onboarding: Onboarding) -> None:
    reader.sees("Is this right about your company?", "details")
    reader.press("This is right, continue")
    reader.sees("Do you accept BILL’s terms?", "terms")
    reader.tick("terms")
    reader.tick("consent")
    reader.press("Agree and continue")
    reader.sees("Who may log in as you?", "permission")
    reader.tick("how_long")
    reader.visitor.until(lambda: partner.fresh(onboarding).bill_user_id, "the user at BILL")
    reader.press("Save and continue")


def secure(reader: Reader, partner: Partner, onboarding: Onboarding) -> None:
    """Two tokens from BILL, the second of which makes it remember the portal."""
    reader.sees("Secure the account with your phone", "mfa")
    reader.press("Start")
    reader.sees("Which phone gets BILL’s codes?", "mfa-phone")
    reader.write("phone", "(408) 555-0123")
    reader.press("Have BILL send a code")
    for heading, name in (("Enter the first code", "first"), ("Enter the code that just came", "second")):
        reader.sees(heading, f"mfa-{name}-code")
        reader.write("code", newest_token(partner, onboarding))
        reader.press("Continue")
    reader.sees("Your account is secured", "mfa-done")
    reader.follow("Continue")


def walk(reader: Reader, partner: Partner) -> Onboarding:
    """All of it, once the staff have left the acceptance to the admin and named them."""
    onboarding = left_to_admin(partner, email=reader.address, language=reader.language)
    come_in(reader, partner.tenant.name)
    agree_and_decide(reader, partner, onboarding)
    secure(reader, partner, onboarding)
    reader.sees("Thank you, you are done", "done")
    reader.follow("What was done")
    expect(reader.visitor.heading(reader.say("Newest first"))).to_be_visible()
    reader.visitor.picture("activity")
    return onboarding


def assert_done(partner: Partner, onboarding: Onboarding, language: str) -> None:
    with acting_for(partner.pk):
        acceptance = Acceptance.objects.get(onboarding=onboarding)
        grants = list(Grant.objects.filter(onboarding=onboarding).order_by("recorded_at"))
        mfa = Mfa.objects.get(onboarding=onboarding)
    assert (acceptance.how, acceptance.language) == ("here", language)
    assert [(grant.scope, grant.how, grant.language) for grant in grants] == [
        ("verification", "here", language),
        ("verification", "here", language),
    ]
    assert (mfa.state, mfa.is_trusted(clock.now())) == (MfaState.TRUSTED, True)
    assert [user.body["lastName"] for user in partner.world.simulator.users] == ["Soupsmith"]
    call_command("verify_audit")


def reader_of(visitor: Visitor, portal: Stack, language: str = "en", kind: type[Reader] = Reader) -> Reader:
    return kind(visitor, portal.folder / "mail", f"{visitor.name}@rice.example", language)


@pytest.mark.parametrize("language", DIRECTIONS)
def test_admin_goes_from_the_mail_to_done(visit: Visit, portal: Stack, world: World, language: str) -> None:
    visitor = visit(f"contact-{language}", locale=LOCALES[language], **PHONE)
    reader = reader_of(visitor, portal, language)

    onboarding = walk(reader, world.one)

    root = visitor.page.locator("html")
    assert (root.get_attribute("lang"), root.get_attribute("dir")) == (language, DIRECTIONS[language])
    assert_done(world.one, onboarding, language)
    for mail in reader.mails():
        assert f'<html lang="{language}" dir="{DIRECTIONS[language]}">' in text_of(mail, "html")
    assert visitor.complaints == []
    assert world.two.tags(onboarding) == []


def test_admin_goes_by_keyboard_alone(visit: Visit, portal: Stack, world: World) -> None:
    visitor = visit("contact-keyboard", locale="en-US", **PHONE)

    onboarding = walk(reader_of(visitor, portal, kind=Typist), world.one)

    assert_done(world.one, onboarding, "en")
    assert visitor.complaints == []


def test_admin_goes_without_scripts(visit: Visit, portal: Stack, world: World) -> None:
    visitor = visit("contact-no-script", locale="en-US", java_script_enabled=False, **PHONE)

    onboarding = walk(reader_of(visitor, portal), world.one)

    assert_done(world.one, onboarding, "en")
