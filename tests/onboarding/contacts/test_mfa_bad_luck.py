"""MFA when BILL says no, or not yet: each has words and a way on, and nothing is kept that BILL did not confirm."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from onboarding.gateway import sessions
from onboarding.models import MfaState, Purpose
from onboarding.services.contacts.mfa_troubles import MOST_TRIES
from portal.lib.tenancy import acting_for
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.phone import NUMBER, Admin, admin_of, words
from tests.onboarding.views.html import page
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = timedelta(seconds=1)
CODE = "contact_mfa_code"


@pytest.fixture
def admin(world: World, visit: Visiting) -> Admin:
    return admin_of(world.one, visit)


@pytest.fixture
def other(world: World, visit: Visiting) -> Admin:
    """The same at another tenant, whom none of it touches."""
    found = admin_of(world.two, visit)
    found.begin("(408) 555-0188")
    return found


def test_wrong_token_says_how_many_tries_are_left(world: World, admin: Admin, other: Admin) -> None:
    admin.begin()

    shown = [admin.enter(admin.wrong) for _ in range(3)]

    assert "2 tries are left" in page(shown[0]).error("code")
    assert "One try is left" in page(shown[1]).error("code")
    assert "Too many wrong codes" in words(shown[2])
    assert [answer.status_code for answer in shown] == [422, 422, 200]
    assert (admin.row.state, other.row.tries) == (MfaState.SETUP, 0)
    refused = [e.content["fields"] for e in world.one.entries(admin.onboarding) if e.tag == "mfa.refused"]
    assert [(entry["reason"], entry["left"]) for entry in refused] == [
        ("wrong", 2),
        ("wrong", 1),
        ("wrong", 0),
    ]
    world.later(31 * SECOND)
    admin.press("contact_mfa_again")
    assert "Enter the code that just came" in words(admin.enter())


def test_forty_quick_attempts_reach_bill_three_times(world: World, admin: Admin, other: Admin) -> None:
    admin.begin()
    right, wrong = admin.token, admin.wrong

    for _ in range(40):
        admin.press(CODE, code=wrong, token="phone_code")
        admin.press("contact_mfa_again")
    shown = admin.press(CODE, code=right, token="phone_code")

    assert "Too many wrong codes" in words(shown)
    assert world.sent("mfa_setup_validate") == MOST_TRIES
    assert (len(admin.texts), admin.row.state, admin.row.blocked_at) == (1, MfaState.SETUP, None)
    assert "BDC_1358" not in str(world.one.attempts(admin.onboarding))
    other.enter()
    assert other.row.state == MfaState.CHALLENGE


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "<b>1</b>", "½½½½½½"])
def test_what_is_no_token_is_not_sent(world: World, admin: Admin, typed: str) -> None:
    admin.begin()

    shown = admin.press(CODE, code=typed, token="phone_code")

    assert (shown.status_code, bool(page(shown).error("code"))) == (422, True)
    assert (world.sent("mfa_setup_validate"), admin.row.tries) == (0, 0)


def test_token_is_taken_as_people_type_it(admin: Admin, other: Admin) -> None:
    admin.begin()
    admin.enter(f" {admin.token[:3]} {admin.token[3:]} ")
    assert admin.row.state == MfaState.CHALLENGE

    admin.enter("".join(chr(0x660 + int(digit)) for digit in admin.token))
    assert admin.row.state == MfaState.TRUSTED
    assert other.row.state == MfaState.SETUP


@pytest.mark.parametrize("status", [400, 429])
def test_bills_own_count_of_tries_is_believed(world: World, admin: Admin, other: Admin, status: int) -> None:
    world.simulator.change_settings(mfa_attempts=1, mfa_attempts_status=status)
    admin.begin()
    admin.enter(admin.wrong)

    shown = admin.enter(admin.wrong)

    assert "Too many wrong codes" in words(shown)
    world.later(61 * SECOND)
    admin.press("contact_mfa_again")
    admin.enter()
    assert (admin.row.state, other.row.problem) == (MfaState.CHALLENGE, "")


@pytest.mark.parametrize("first_token", [True, False])
def test_token_that_is_too_old_is_replaced(
    world: World, admin: Admin, other: Admin, first_token: bool
) -> None:
    admin.begin()
    if not first_token:
        admin.enter()
    before = admin.row.state
    world.later(timedelta(minutes=6))

    shown = admin.enter()
    assert "This code was too old" in words(shown)
    assert admin.row.state == before
    admin.press("contact_mfa_again")
    admin.enter()

    assert admin.row.state == (MfaState.CHALLENGE if first_token else MfaState.TRUSTED)
    assert other.row.state == MfaState.SETUP


def test_another_token_waits_half_a_minute(world: World, admin: Admin, other: Admin) -> None:
    admin.begin()
    first = admin.token

    shown = admin.press("contact_mfa_again")
    assert shown.status_code == 429
    assert "ask again in 30 seconds" in words(shown) or "ask again in 29 seconds" in words(shown)
    assert len(admin.texts) == 1
    world.later(31 * SECOND)
    admin.press("contact_mfa_again")

    assert len(admin.texts) == 2
    if first != admin.token:
        assert "tries are left" in words(admin.enter(first))
    admin.enter()
    assert (admin.row.state, len(other.texts)) == (MfaState.CHALLENGE, 1)


def test_texts_of_an_hour_end_before_bill_blocks(world: World, admin: Admin, other: Admin) -> None:
    admin.begin()
    for _ in range(8):
        world.later(31 * SECOND)
        shown = admin.press("contact_mfa_again")

    assert "So that BILL does not block you" in words(shown)
    assert shown.status_code == 429
    assert (len(admin.texts), admin.row.blocked_at) == (4, None)
    other.enter()
    world.later(timedelta(hours=1))
    admin.press("contact_mfa_again")
    admin.enter()
    assert (admin.row.state, other.row.state) == (MfaState.CHALLENGE, MfaState.CHALLENGE)


def test_own_count_of_messages_says_how_long_to_wait(
    world: World, admin: Admin, other: Admin, settings: Settings
) -> None:
    settings.BILL_LIMITS = {**settings.BILL_LIMITS, "messages": 1}
    admin.begin()

    shown = admin.enter()

    assert shown.status_code == 429
    assert "BILL takes no more for the moment. Nothing was sent. Try again in" in words(shown)
    assert (admin.row.state, len(admin.texts)) == (MfaState.SET_UP, 1)
    other.enter()
    assert other.row.state == MfaState.SET_UP  # its own minute is used up as well, by its own first token
    world.later(61 * SECOND)
    admin.press("contact_mfa_challenge")
    admin.enter()
    assert admin.row.state == MfaState.TRUSTED


def test_bills_count_of_messages_is_waited_for(world: World, admin: Admin, other: Admin) -> None:
    admin.begin()
    world.simulator.arm("reject", "mfa_challenge", status=429, code="BDC_1144")

    shown = admin.enter()

    assert (shown.status_code, "Try again in" in words(shown)) == (429, True)
    assert admin.row.state == MfaState.SET_UP
    other.enter()
    assert other.row.state == MfaState.CHALLENGE
    world.later(61 * SECOND)
    admin.press("contact_mfa_challenge")
    assert admin.row.state == MfaState.CHALLENGE


def test_block_is_told_and_not_run_against(world: World, admin: Admin, other: Admin) -> None:
    world.simulator.arm("reject", "mfa_setup", status=403, code="BDC_5324")
    shown = admin.begin()

    assert "BILL has blocked codes" in words(shown)
    assert "BILL’s support" in words(shown)
    assert admin.row.blocked_at is not None
    (started,) = [e for e in world.one.entries(admin.onboarding) if e.tag == "mfa.started"]
    assert (started.content["fields"]["outcome"], started.content["fields"]["codes"]) == (
        "refused",
        ["BDC_5324"],
    )
    sent = world.sent("mfa_setup")
    admin.press("contact_mfa_phone", phone=NUMBER)
    assert world.sent("mfa_setup") == sent
    world.later(timedelta(hours=1, seconds=1))
    admin.press("contact_mfa_phone", phone=NUMBER)
    row = admin.row
    assert (row.state, row.blocked_at, other.row.blocked_at) == (MfaState.SETUP, None, None)


def test_wrong_number_is_corrected(world: World, admin: Admin, other: Admin) -> None:
    shown = admin.begin("(408) 555-0124")
    assert "The number is wrong" in words(shown)

    admin.press("contact_mfa_phone", phone=NUMBER)
    admin.enter()

    assert [text["phone"][-4:] for text in admin.texts] == ["0124", "0123", "0123"]
    assert (admin.row.state, admin.row.last_digits) == (MfaState.CHALLENGE, "0123")
    assert other.row.last_digits == "0188"


def test_number_that_bill_does_not_take_stays_to_be_corrected(
    world: World, admin: Admin, other: Admin
) -> None:
    world.simulator.change_settings(mfa_phone_formats="ten digits")

    shown = admin.begin()

    assert "BILL does not accept this number. Nothing was sent" in words(shown)
    assert page(shown).value("phone") == NUMBER
    assert (admin.row.state, admin.row.asked, admin.texts) == (MfaState.NONE, "", [])
    assert other.row.state == MfaState.SETUP


def test_number_that_bill_does_not_take_is_corrected_at_once(
    world: World, admin: Admin, other: Admin
) -> None:
    world.simulator.arm("reject", "mfa_setup", status=400, code="BDC_1009")
    assert "BILL does not accept this number" in words(admin.begin("(408) 555-0124"))

    admin.press("contact_mfa_phone", phone=NUMBER)

    assert ([text["phone"][-4:] for text in admin.texts], admin.row.state) == (["0123"], MfaState.SETUP)
    assert len(other.texts) == 1


def test_same_number_waits_and_others_are_four_in_an_hour(world: World, admin: Admin, other: Admin) -> None:
    admin.begin()
    same = admin.press("contact_mfa_phone", phone=NUMBER)
    sent = [
        admin.press("contact_mfa_phone", phone=f"(408) 555-012{number}").status_code for number in range(4, 9)
    ]

    assert same.status_code == 429
    assert sent == [200, 200, 200, 429, 429]
    assert [text["phone"][-4:] for text in admin.texts] == ["0123", "0124", "0125", "0126"]
    assert len(other.texts) == 1


def test_phone_that_is_set_up_is_changed_at_bill_only(world: World, admin: Admin, other: Admin) -> None:
    admin.own_phone_at_bill()
    admin.press("contact_mfa")

    shown = admin.press("contact_mfa_phone", phone=NUMBER)

    assert "lets you change it only in BILL itself" in words(shown)
    assert (admin.row.state, admin.texts) == (MfaState.SET_UP, [])
    admin.press("contact_mfa_challenge")
    admin.enter()
    assert (admin.row.state, other.row.state) == (MfaState.TRUSTED, MfaState.SETUP)


def test_phone_that_bill_lost_is_set_up_anew(world: World, admin: Admin, other: Admin) -> None:
    admin.own_phone_at_bill()
    admin.press("contact_mfa")
    (phone,) = world.simulator.world.store.all("mfa-phone", label=admin.onboarding.bill_user_id)
    world.simulator.world.store.remove(phone.id)

    shown = admin.press("contact_mfa_challenge")

    assert "BILL has no phone for you any more" in words(shown)
    admin.press("contact_mfa_phone", phone=NUMBER)
    world.later(31 * SECOND)
    admin.enter()
    assert (admin.row.state, other.row.state) == (MfaState.CHALLENGE, MfaState.SETUP)


@pytest.mark.parametrize("how", ["idle for too long", "ended by BILL"])
@pytest.mark.parametrize("first_token", [True, False])
def test_session_that_ended_in_the_middle_costs_no_text(
    world: World, admin: Admin, other: Admin, how: str, first_token: bool
) -> None:
    world.simulator.change_settings(mfa_token_minutes=90)
    admin.begin()
    if not first_token:
        admin.enter()
    texts, logins = len(admin.texts), world.sent("login_as_user")
    operation = "mfa_setup_validate" if first_token else "mfa_challenge_validate"
    if how == "ended by BILL":
        world.simulator.arm("unauthorized", operation)
    else:
        world.later(timedelta(minutes=36))

    admin.enter()

    assert admin.row.state == (MfaState.CHALLENGE if first_token else MfaState.TRUSTED)
    assert (len(admin.texts), world.sent("login_as_user")) == (texts + first_token, logins + 1)
    assert other.row.state == MfaState.SETUP


def test_bill_that_cannot_be_reached_costs_no_try(world: World, admin: Admin, other: Admin) -> None:
    admin.begin()
    token = admin.token
    world.simulator.arm("refuse")

    shown = admin.press(CODE, code=token, token="phone_code")

    assert (shown.status_code, "Nothing was sent" in words(shown)) == (503, True)
    assert (admin.row.state, admin.row.tries, admin.row.asked) == (MfaState.SETUP, 0, "")
    assert other.row.tries == 0


def test_login_that_is_under_way_is_waited_for(world: World, admin: Admin, other: Admin) -> None:
    with acting_for(world.one.pk):
        login = sessions.find_or_begin(world.one.connection, Purpose.SYSTEM, admin.onboarding.pk)

    shown = admin.press("contact_mfa")
    assert (shown.status_code, "BILL is being asked just now" in words(shown)) == (409, True)
    with acting_for(world.one.pk):
        sessions.end(login, "it was only a test")
    admin.press("contact_mfa")

    assert "Which phone gets BILL’s codes?" in words(admin.look())
    assert other.row.state == MfaState.SETUP


@pytest.mark.parametrize("code", ["BDC_1102", "BDC_1107"])
def test_refusal_of_the_connection_is_no_wrong_token(
    world: World, admin: Admin, other: Admin, code: str
) -> None:
    admin.begin()
    world.simulator.arm("reject", "mfa_setup_validate", status=401, code=code)

    shown = admin.enter()

    assert ("BILL refused this" in words(shown), code in words(shown)) == (True, True)
    assert (admin.row.state, admin.row.tries) == (MfaState.SETUP, 0)
    admin.enter()
    assert (admin.row.state, other.row.tries) == (MfaState.CHALLENGE, 0)
