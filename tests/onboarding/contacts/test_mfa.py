"""MFA when all goes well: two tokens, one device that BILL remembers, and nothing sent by a look."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.models import Mfa, MfaState, Scope
from onboarding.simulator.trust import devices
from portal.lib import clock
from portal.lib.tenancy import acting_for
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.phone import E164, NUMBER, Admin, admin_of, words
from tests.onboarding.views.html import page
from tests.onboarding.views.rows import make_grant
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = (
    "contact_mfa",
    "contact_mfa_phone",
    "contact_mfa_code",
    "contact_mfa_challenge",
    "contact_mfa_again",
)


@pytest.fixture
def admin(world: World, visit: Visiting) -> Admin:
    return admin_of(world.one, visit)


@pytest.fixture
def other(world: World, visit: Visiting) -> Admin:
    return admin_of(world.two, visit)


def test_two_tokens_make_bill_remember_this_portal(world: World, admin: Admin, other: Admin) -> None:
    shown = admin.begin()
    assert "Enter the first code" in words(shown)
    assert (admin.row.state, admin.row.remember_me_id) == (MfaState.SETUP, None)

    admin.enter()
    assert (admin.row.state, admin.row.remember_me_id) == (MfaState.CHALLENGE, None)
    shown = admin.enter()

    row = admin.row
    (device,) = world.simulator.world.store.all(devices.KIND)
    assert "Your account is secured" in words(shown)
    assert (row.state, row.is_trusted(clock.now()), row.is_done(clock.now())) == (
        MfaState.TRUSTED,
        True,
        True,
    )
    assert (device.id, device.label) == (row.remember_me_id, admin.onboarding.bill_user_id)
    assert (device.body["device"], device.body["machineName"]) == (row.device, "Onboarding portal of Alpha")
    assert [text["purpose"] for text in admin.texts] == ["MFA setup", "MFA challenge"]
    assert admin.tags() == ["mfa.started", "mfa.set_up", "mfa.challenged", "mfa.trusted"]
    assert (other.texts, other.tags()) == ([], [])
    with acting_for(world.two.pk):
        assert not Mfa.objects.exists()


def test_session_that_became_trusted_is_ended(world: World, admin: Admin) -> None:
    admin.finish()

    mine = [s for s in world.simulator.sessions if s.user_id == admin.onboarding.bill_user_id]
    assert [(s.trusted, s.ended) for s in mine] == [(True, True)]


def test_looking_at_any_page_asks_bill_nothing(world: World, admin: Admin, other: Admin) -> None:
    for act in (lambda: None, admin.begin, admin.enter, admin.enter):
        act()
        calls = len(world.simulator.calls)
        for client in (admin.client, other.client):
            for name in PAGES:
                assert client.get(reverse(name), follow=True).status_code == 200
        assert len(world.simulator.calls) == calls


def test_tenants_do_not_see_each_other(admin: Admin, other: Admin) -> None:
    admin.begin()
    other.begin("(408) 555-0188")

    other.enter(admin.token if admin.token != other.token else admin.wrong)
    admin.enter()

    assert (admin.row.state, other.row.state) == (MfaState.CHALLENGE, MfaState.SETUP)
    assert "0188" not in words(admin.look())
    assert "0123" not in words(other.look())


def test_phone_that_is_set_up_already_goes_straight_to_the_challenge(admin: Admin, other: Admin) -> None:
    admin.own_phone_at_bill()

    shown = admin.press("contact_mfa")
    assert "ends in <bdi>0177</bdi>" in words(shown)
    admin.press("contact_mfa_challenge")
    shown = admin.enter()

    assert "Your account is secured" in words(shown)
    assert [text["purpose"] for text in admin.texts] == ["MFA challenge"]
    assert admin.tags() == ["mfa.challenged", "mfa.trusted"]
    assert other.texts == []


@pytest.mark.parametrize(
    ("number", "by_voice", "kind", "sent"),
    [
        (NUMBER, "", "TEXT", E164),
        ("408.555.0123", "on", "VOICE", E164),
        ("٤٠٨ ٥٥٥ ٠١٢٣", "", "TEXT", E164),
        ("+44 20 7946 0958", "", "VOICE", "+442079460958"),
        ("+1 416 555 0123", "", "VOICE", "+14165550123"),
        (" 0044 20 7946 0958", "", "VOICE", "+442079460958"),
        ("٠٠١ ٤٠٨ ٥٥٥ ٠١٢٣", "", "TEXT", E164),
    ],
)
def test_bill_texts_within_the_us_and_calls_elsewhere(
    admin: Admin, other: Admin, number: str, by_voice: str, kind: str, sent: str
) -> None:
    shown = admin.begin(number, by_voice=by_voice)

    (text,) = admin.texts
    assert (text["kind"], text["phone"]) == (kind, sent)
    assert ("calls the phone" in words(shown)) is (kind == "VOICE")
    assert ("Have BILL call instead" in words(shown)) is (kind == "TEXT")
    assert other.texts == []


def test_landline_that_gets_no_text_is_called(world: World, admin: Admin) -> None:
    admin.begin()
    world.later(timedelta(seconds=31))

    admin.press("contact_mfa_again", by="voice")
    admin.enter()

    assert [text["kind"] for text in admin.texts] == ["TEXT", "VOICE", "VOICE"]
    assert admin.row.state == MfaState.CHALLENGE


@pytest.mark.parametrize("number", ["", "12", "call me", "<script>alert(1)</script>"])
def test_what_is_no_phone_number_is_not_sent(world: World, admin: Admin, number: str) -> None:
    admin.press("contact_mfa")
    shown = admin.press("contact_mfa_phone", phone=number)

    assert shown.status_code == 422
    assert "<script>alert" not in words(shown)
    assert world.sent("mfa_setup") == 0


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("(408) 555-0123 ext. 7", "do not reach an extension"),
        ("+44 20 7946 0958 x12", "do not reach an extension"),
        ("900 234 5678", "cost extra"),
        ("0044 909 879 0000", "cost extra"),
    ],
)
def test_number_that_codes_do_not_reach_is_refused_in_words(
    world: World, admin: Admin, number: str, why: str
) -> None:
    admin.press("contact_mfa")
    shown = admin.press("contact_mfa_phone", phone=number)

    assert (shown.status_code, why in page(shown).error("phone")) == (422, True)
    assert page(shown).value("phone") == number
    assert world.sent("mfa_setup") == 0


@pytest.mark.parametrize(
    "without",
    [{"organization_mfa": "PHONE_VERIFICATION"}, {"organization_mfa": "DISABLED"}, {"mfa_bypass": True}],
)
def test_organization_without_mfa_has_nothing_to_do(
    world: World, admin: Admin, other: Admin, without: dict[str, object]
) -> None:
    world.simulator.change_settings(**without)

    shown = admin.press("contact_mfa")

    assert "BILL asks for no codes" in words(shown)
    assert admin.row.is_done(clock.now())
    assert admin.texts == other.texts == []


def test_without_permission_bill_is_not_asked(world: World, admin: Admin, other: Admin) -> None:
    make_grant(world.one, admin.onboarding, Scope.NOTHING)
    calls = len(world.simulator.calls)

    for name in PAGES:
        shown = admin.press(name, phone=NUMBER, code="123456", token="phone_code")
        assert "Your permission comes first" in words(shown)

    assert len(world.simulator.calls) == calls
    other.finish()
    assert other.row.state == MfaState.TRUSTED


def test_permission_withdrawn_on_the_way_ends_it(world: World, admin: Admin) -> None:
    admin.begin()
    token = admin.token
    make_grant(world.one, admin.onboarding, Scope.NOTHING)
    calls = len(world.simulator.calls)

    shown = admin.press("contact_mfa_code", code=token, token="phone_code")

    assert "Your permission comes first" in words(shown)
    assert len(world.simulator.calls) == calls


def test_before_the_user_is_at_bill_the_page_says_so(world: World, visit: Visiting) -> None:
    onboarding = world.one.at("create_user")
    make_grant(world.one, onboarding, Scope.VERIFICATION)
    admin = Admin(world.one, onboarding, visit(world.one, onboarding))

    shown = admin.press("contact_mfa")

    assert "has to create your user at BILL first" in words(shown)


def test_without_a_visit_there_is_no_page(world: World, admin: Admin) -> None:
    stranger = Client()

    for name in PAGES:
        for answer in (stranger.get(reverse(name)), stranger.post(reverse(name), {"phone": NUMBER})):
            assert answer.status_code == 403
    assert admin.texts == []
