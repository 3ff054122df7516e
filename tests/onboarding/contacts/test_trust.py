"""Trust kept alive: the remembered device is used where it was allowed, and renewed before BILL forgets it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from onboarding.models import BillSession, MfaState, Purpose, Scope
from onboarding.services.contacts.trust import ask_for_renewals
from onboarding.services.login_as import request_login_as
from onboarding.services.onboardings import cancel
from portal.lib import clock
from portal.lib.tenancy import acting_for
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.mailbox import contact, deliver, link_in
from tests.onboarding.contacts.phone import Admin, admin_of, words
from tests.onboarding.views.rows import make_grant
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def trusted(partner: Partner, visit: Visiting, scope: Scope = Scope.VERIFICATION) -> Admin:
    """An admin who did all of it; no mail of the way there is left over."""
    admin = admin_of(partner, visit, scope)
    admin.finish()
    assert admin.row.state == MfaState.TRUSTED
    return admin


@pytest.fixture
def admin(world: World, visit: Visiting) -> Admin:
    return trusted(world.one, visit)


@pytest.fixture
def other(world: World, visit: Visiting) -> Admin:
    return trusted(world.two, visit)


def renewals(partner: Partner) -> list[str]:
    """The subjects of what goes out now."""
    return [str(message.subject) for message in deliver(partner)]


# --- the device in use ------------------------------------------------------------------------------------------------


def log_in(partner: Partner, visit: Visiting, *, device: bool) -> tuple[Admin, BillSession]:
    """A person's login as user, on a permission that does or does not allow them the device."""
    world, onboarding = partner.world, partner.at("login_as_user")
    world.drain_for(30 * SECOND)
    make_grant(partner, onboarding, Scope.STAFF, device=device)
    admin = Admin(partner, partner.fresh(onboarding), visit(partner, onboarding))
    admin.finish()
    return admin, log_in_again(admin)


def log_in_again(admin: Admin) -> BillSession:
    request_login_as(
        actor=admin.partner.actor(), onboarding=admin.onboarding, reason="Look with the client", minutes="5"
    )
    admin.partner.world.drain()
    with acting_for(admin.partner.pk):
        return BillSession.objects.filter(purpose=Purpose.STAFF.value).latest("opening_until")


def trusted_at_bill(world: World, session: BillSession) -> bool:
    (found,) = [one for one in world.simulator.sessions if one.id == session.secret]
    return found.trusted


@pytest.mark.parametrize("device", [True, False])
def test_staff_have_the_device_only_where_it_was_allowed(world: World, visit: Visiting, device: bool) -> None:
    _, session = log_in(world.one, visit, device=device)

    assert session.state == "open"
    assert trusted_at_bill(world, session) is device
    assert world.sent("mfa_step_up") == device
    assert (session.details or {}).get("trusted") is (True if device else None)
    shown = world.one.client().get(reverse("session", args=[session.pk])).content.decode()
    assert ("Trusted session" in shown) is device
    with acting_for(world.two.pk):
        assert not BillSession.objects.filter(purpose=Purpose.STAFF.value).exists()


def test_device_that_bill_forgot_leads_to_the_admin(world: World, visit: Visiting, other: Admin) -> None:
    world.simulator.change_settings(remember_days=0)
    admin, session = log_in(world.one, visit, device=True)

    assert (session.state, (session.details or {})["trusted"]) == ("open", False)
    assert (admin.row.lost_at is not None, admin.row.remember_me_id) == (True, None)
    assert admin.tags()[-1] == "mfa.lost"
    world.later(timedelta(minutes=2))
    assert ask_for_renewals() == 1
    assert ask_for_renewals() == 0
    (message,) = deliver(world.one)
    assert "renews your sign-in" in message.subject

    world.simulator.change_settings(remember_days=30)
    assert "One code makes it remember again" in words(admin.look())
    admin.press("contact_mfa_challenge")
    admin.enter()
    assert (admin.row.lost_at, admin.row.is_done(clock.now())) == (None, True)
    assert (other.row.lost_at, other.tags().count("mfa.lost")) == (None, 0)


@pytest.mark.parametrize("fault", ["lose_reply", "cut_before", "error_before", "html", "unauthorized"])
def test_login_never_fails_for_want_of_trust(world: World, visit: Visiting, fault: str) -> None:
    world.simulator.arm(fault, "mfa_step_up")

    admin, session = log_in(world.one, visit, device=True)

    assert (session.state, session.details, admin.row.lost_at) == ("open", None, None)
    assert world.sent("login_as_user") == len({s.id for s in world.simulator.sessions if s.organization_id})
    assert admin.row.is_trusted(clock.now())


def test_device_that_is_over_is_not_tried(world: World, visit: Visiting) -> None:
    admin, session = log_in(world.one, visit, device=True)
    world.drain_for(timedelta(minutes=6), every=timedelta(minutes=1))
    world.later(30 * DAY)
    tried = world.sent("mfa_step_up")

    again = log_in_again(admin)

    assert (again.pk != session.pk, again.state) == (True, "open")
    assert ((again.details or {})["trusted"], world.sent("mfa_step_up")) == (False, tried)


def test_device_of_an_earlier_admin_is_not_the_next_ones(
    world: World, visit: Visiting, admin: Admin, other: Admin
) -> None:
    number, device = admin.row.last_digits, admin.row.device
    world.later(timedelta(minutes=2))

    admin.client = visit(admin.partner, admin.onboarding, "Basil Pestoson", "basil@rice.example")
    row, left = admin.row, admin.partner.client().get(reverse("onboarding_admin", args=[admin.onboarding.pk]))
    admin.press("contact_mfa")
    at_bill = words(admin.look())

    kept = (row.remember_me_id, row.trusted_until, row.remind_at)
    assert (row.state, kept) == (MfaState.NONE, (None, None, None))
    assert row.device != device
    assert "secure the account with a phone" in words(left)
    assert admin.tags()[-1] == "mfa.forgotten"
    # BILL keeps the phone.
    assert f"ends in <bdi>{number}</bdi> is set up at BILL" in at_bill
    assert "This is not my phone any more" in at_bill
    assert (other.row.state, other.tags().count("mfa.forgotten")) == (MfaState.TRUSTED, 0)


# --- reminders --------------------------------------------------------------------------------------------------------


def test_admin_is_reminded_on_days_20_and_27(world: World, admin: Admin, other: Admin) -> None:
    sent: list[tuple[int, int]] = []
    for day in range(1, 32):
        world.later(DAY)
        assert ask_for_renewals() in (0, 2)
        for one in (admin, other):
            sent += [(day, number) for number, _ in enumerate(renewals(one.partner))]

    assert sent == [(20, 0), (20, 0), (27, 0), (27, 0)]
    assert (admin.row.remind_at, admin.row.is_trusted(clock.now())) == (None, False)


def test_visit_of_a_minute_renews(world: World, admin: Admin, other: Admin) -> None:
    world.later(20 * DAY)
    was = admin.row.trusted_until
    ask_for_renewals()
    (message,) = deliver(world.one)
    client = admin.client
    client.post(link_in(message))
    client.post(reverse("contact_code"), {"code": deliver(world.one)[-1].subject[:6]})

    shown = client.get(reverse("contact_home"), follow=True)
    assert "Renew with one code" in words(shown)
    admin.press("contact_mfa_challenge")
    assert admin.row.is_trusted(clock.now())  # what BILL remembers is not lost by asking
    shown = admin.enter()

    row = admin.row
    assert "Your account is secured" in words(shown)
    assert was is not None
    assert row.trusted_until is not None
    assert row.trusted_until - was >= 20 * DAY
    assert (row.reminded_at, row.remind_at) == (None, row.trusted_until - 10 * DAY)
    assert len(admin.texts) == 3
    assert other.row.reminded_at is not None
    assert other.row.trusted_until is not None
    assert other.row.trusted_until < row.trusted_until


def test_reminder_that_was_missed_is_sent_once(world: World, admin: Admin, other: Admin) -> None:
    world.later(28 * DAY)

    assert [ask_for_renewals(), ask_for_renewals()] == [2, 0]
    world.later(DAY)
    assert ask_for_renewals() == 0
    assert (admin.row.remind_at, other.row.remind_at) == (None, None)


def test_nobody_is_reminded_who_has_nothing_to_renew(world: World, admin: Admin, other: Admin) -> None:
    one = world.one
    with acting_for(one.pk):
        cancel(actor=one.actor(), onboarding=admin.onboarding, reason="They left")
    make_grant(world.two, other.onboarding, Scope.NOTHING)
    world.later(21 * DAY)

    assert ask_for_renewals() == 0
    assert (admin.row.remind_at, other.row.remind_at is None) == (None, False)
    make_grant(world.two, other.onboarding, Scope.VERIFICATION)
    assert ask_for_renewals() == 1


def test_link_of_a_moment_ago_puts_the_reminder_off(world: World, admin: Admin, other: Admin) -> None:
    world.later(20 * DAY)
    admin.client.post(reverse("contact_ask"), {"email": contact(world.one, admin.onboarding).email})

    assert ask_for_renewals() == 0  # both asked with the same address
    assert (admin.row.reminded_at, other.row.reminded_at) == (None, None)
    world.later(timedelta(hours=1))
    assert ask_for_renewals() == 2
