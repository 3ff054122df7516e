"""MFA when an answer is lost, a process dies, or two devices do it at once: nobody is told what nobody knows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from onboarding.bill.inputs import MfaChallengeToken, MfaPhoneType, MfaSetupToken, NewMfaPhone
from onboarding.bill.sessions import Secret
from onboarding.models import MfaState, Onboarding
from onboarding.services.contacts.mfa_asking import ASKED_FOR, Claim, begin
from onboarding.services.contacts.people import actor_of
from portal.lib.tenancy import acting_for
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.mailbox import come, contact, invite
from tests.onboarding.contacts.pages import agree
from tests.onboarding.contacts.phone import E164, NUMBER, Admin, admin_of, words
from tests.onboarding.executors import in_thread
from tests.processes.conftest import until
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = timedelta(seconds=1)
CALLS = ("mfa_setup", "mfa_setup_validate", "mfa_challenge", "mfa_challenge_validate")
TEXTS = ("mfa_setup", "mfa_challenge")


@pytest.fixture
def admin(world: World, visit: Visiting) -> Admin:
    return admin_of(world.one, visit)


@pytest.fixture
def other(world: World, visit: Visiting) -> Admin:
    """The same at another tenant, whom none of it touches."""
    found = admin_of(world.two, visit)
    found.begin("(408) 555-0188")
    return found


def up_to(admin: Admin, operation: str) -> Callable[[], Any]:
    """Bring the admin to where the next press makes this call."""
    if operation == "mfa_setup":
        admin.press("contact_mfa")
        return lambda: admin.press("contact_mfa_phone", phone=NUMBER)
    if operation == "mfa_challenge":
        admin.own_phone_at_bill()
        admin.press("contact_mfa")
        return lambda: admin.press("contact_mfa_challenge")
    admin.begin()
    if operation == "mfa_challenge_validate":
        admin.enter()
    return admin.enter


def go_on(world: World, admin: Admin) -> None:
    """What a person does who reads the pages: look where told to, have a code sent, type it."""
    for _ in range(12):
        shown = words(admin.look())
        if "Your account is secured" in shown:
            return
        world.later(31 * SECOND)
        if "Look where things stand" in shown:
            admin.press("contact_mfa")
        elif "Which phone gets" in shown:
            admin.press("contact_mfa_phone", phone=NUMBER)
        elif "Have BILL send a code" in shown:
            admin.press("contact_mfa_challenge")
        elif "Have another one sent" in shown:
            admin.press("contact_mfa_again")
        else:
            admin.enter()
    raise AssertionError(f"there is no way on: {shown}")


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        (operation, fault)
        for operation in CALLS
        for fault in ("lose_reply", "error_before", "truncate")
        if (operation, fault) != ("mfa_setup_validate", "truncate")
    ]
    + [("mfa_setup_validate", "unknown_enum")],
)
def test_lost_answer_is_said_to_be_unknown_and_never_sent_again(
    world: World, admin: Admin, other: Admin, operation: str, fault: str
) -> None:
    act = up_to(admin, operation)
    before, state, texts = world.sent(operation), admin.row.state, len(admin.texts)
    world.simulator.arm(fault, operation)

    shown = act()
    admin.look()

    assert "BILL did not answer. Nobody knows" in words(shown)
    assert ("it sent a code" in words(shown)) is (operation in TEXTS)
    assert (admin.row.state, admin.row.asked) == (state, operation)
    assert world.sent(operation) == before + 1
    assert len(admin.texts) - texts == (operation in TEXTS and fault in ("lose_reply", "truncate"))
    attempt = world.one.attempts(admin.onboarding, operation)[-1]
    assert attempt.outcome == ("done" if fault == "unknown_enum" else "unknown")
    assert other.row.asked == ""
    go_on(world, admin)
    assert (admin.row.state, other.row.state) == (MfaState.TRUSTED, MfaState.SETUP)


def test_lost_answer_to_the_first_token_is_found_without_a_text(
    world: World, admin: Admin, other: Admin
) -> None:
    admin.begin()
    world.simulator.arm("lose_reply", "mfa_setup_validate")
    admin.enter()

    admin.press("contact_mfa")

    assert (admin.row.state, admin.row.asked, len(admin.texts)) == (MfaState.SET_UP, "", 1)
    assert other.row.state == MfaState.SETUP


def test_lost_key_needs_one_more_token_and_says_why(world: World, admin: Admin, other: Admin) -> None:
    admin.begin()
    admin.enter()
    world.simulator.arm("lose_reply", "mfa_challenge_validate")
    admin.enter()

    shown = admin.press("contact_mfa")

    assert "BILL took your code, but its answer was lost" in words(shown)
    assert (admin.row.state, admin.row.remember_me_id) == (MfaState.SET_UP, None)
    admin.press("contact_mfa_challenge")
    world.later(31 * SECOND)
    admin.press("contact_mfa_challenge")
    admin.enter()
    assert (admin.row.state, other.row.state) == (MfaState.TRUSTED, MfaState.SETUP)


def die_in(admin: Admin, operation: str) -> None:
    """Make the call as the page does, by a process that dies before it writes down what BILL said."""
    actor = actor_of(contact(admin.partner, admin.onboarding))
    claim = begin(actor, admin.onboarding.pk, operation, lambda mfa, now: None)
    assert isinstance(claim, Claim)
    mfa, token = claim.mfa, Secret(admin.token if admin.texts else "000000")
    text = MfaPhoneType.TEXT
    calls: dict[str, Callable[[Any, Any], object]] = {
        "mfa_setup": lambda bill, s: bill.mfa_setup(session=s, phone=NewMfaPhone(E164, text)),
        "mfa_setup_validate": lambda bill, s: bill.mfa_setup_validate(
            session=s, token=MfaSetupToken(mfa.setup_id or "", text, token)
        ),
        "mfa_challenge": lambda bill, s: bill.mfa_challenge(session=s),
        "mfa_challenge_validate": lambda bill, s: bill.mfa_challenge_validate(
            session=s, token=MfaChallengeToken(mfa.challenge_id or "", token, mfa.device, "portal", True)
        ),
    }
    claim.ask(calls[operation])


@pytest.mark.parametrize("operation", CALLS)
def test_process_that_died_leaves_what_the_page_goes_on_from(
    world: World, admin: Admin, other: Admin, operation: str
) -> None:
    up_to(admin, operation)
    state = admin.row.state
    die_in(admin, operation)

    assert "BILL is being asked just now" in words(admin.look())
    assert admin.row.state == state
    world.later(ASKED_FOR)

    assert "Nobody knows whether" in words(admin.look())
    go_on(world, admin)
    assert (admin.row.state, other.row.state) == (MfaState.TRUSTED, MfaState.SETUP)


def second_device(admin: Admin, world: World) -> Admin:
    """The same person with a fresh link on another device."""
    world.later(timedelta(minutes=2))
    admin.client.post(reverse("contact_ask"), {"email": contact(admin.partner, admin.onboarding).email})
    return Admin(admin.partner, admin.onboarding, come(admin.partner))


def test_second_device_goes_on_where_the_first_one_stands(world: World, admin: Admin, other: Admin) -> None:
    admin.begin()
    second = second_device(admin, world)

    assert "Enter the first code" in words(second.look())
    second.enter()
    stale = admin.press("contact_mfa_code", code=admin.token, token="phone_code")

    assert "in another window or on another device" in words(stale)
    assert "Enter the code that just came" in words(stale)
    assert (admin.row.tries, len(admin.texts)) == (0, 2)
    admin.enter()
    assert "Your account is secured" in words(second.look())
    assert "Your account is secured" in words(second.press("contact_mfa_challenge"))
    assert (len(admin.texts), other.row.state) == (2, MfaState.SETUP)


def test_answer_to_an_admin_who_was_replaced_meanwhile_is_not_taken(
    world: World, admin: Admin, other: Admin
) -> None:
    act = up_to(admin, "mfa_challenge_validate")
    world.simulator.arm("delay", "mfa_challenge_validate", seconds=0.7)
    sent = world.sent("mfa_challenge_validate")

    under_way = in_thread(act)
    until(lambda: world.sent("mfa_challenge_validate") > sent, "the call")
    invite(admin.partner, admin.onboarding, "Basil Pestoson", "basil@rice.example")
    under_way.join()

    assert (admin.row.state, admin.row.remember_me_id) == (MfaState.NONE, None)
    assert "mfa.trusted" not in admin.tags()
    assert other.row.state == MfaState.SETUP


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("fault", ["delay", "hang"])
def test_session_of_an_admin_who_was_replaced_meanwhile_is_logged_out(
    world: World, admin: Admin, other: Admin, operation: str, fault: str
) -> None:
    with acting_for(world.one.pk):
        Onboarding.objects.filter(pk=admin.onboarding.pk).update(grant=None)
    agree(admin.client)
    act = up_to(admin, operation)
    world.simulator.arm(fault, operation, seconds=0.7)
    sent = world.sent(operation)

    under_way = in_thread(act)
    until(lambda: world.sent(operation) > sent, "the call")
    invite(admin.partner, admin.onboarding, "Basil Pestoson", "basil@rice.example")
    under_way.join()

    def live(one: Admin) -> int:
        there = [s for s in world.simulator.sessions if s.user_id == one.onboarding.bill_user_id]
        return sum(not session.ended for session in there)

    assert (live(admin), live(other)) == (0, 1)
    assert world.one.attempts(admin.onboarding, "logout")[-1].outcome == "done"
    assert admin.row.remember_me_id is None


@pytest.mark.parametrize("operation", CALLS)
def test_two_presses_at_once_make_one_call(world: World, admin: Admin, other: Admin, operation: str) -> None:
    act = up_to(admin, operation)
    before, after = world.sent(operation), CALLS.index(operation) + 1
    world.simulator.arm("delay", operation, seconds=0.5)

    threads = [in_thread(act) for _ in range(4)]
    for thread in threads:
        thread.join()

    assert world.sent(operation) == before + 1
    assert admin.row.state == ("setup", "challenge", "challenge", "trusted")[after - 1]
    assert other.row.state == MfaState.SETUP
