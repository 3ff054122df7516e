"""The permission is changed or taken back, while somebody is logged in or about to be."""

from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from onboarding.models import BillSession, Connection, Grant, Onboarding, Purpose, Scope
from onboarding.services.consent import apply_grant, locked_onboarding
from onboarding.simulator.sessions import Session
from onboarding.states import Status, StepState
from portal.lib import clock
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.deciding import REASON, agreed, grant_of, log_in, session_of
from tests.onboarding.contacts.mailbox import ADMIN, deliver
from tests.onboarding.contacts.pages import decide, shown
from tests.onboarding.contacts.phone import Admin
from tests.onboarding.executors import drive_step, in_thread
from tests.onboarding.views.html import form_of
from tests.onboarding.views.rows import make_session
from tests.processes.conftest import until
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
PERMISSION, TAKE_BACK = "/company/permission/", "/company/permission/take-back/"


def test_taking_it_back_ends_a_running_session_at_once(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "open")
    session = log_in(world, one, onboarding)
    assert session is not None
    staff = one.client()
    assert "Somebody is logged in now" in shown(admin.get("/company/activity/"))

    answer = admin.post(TAKE_BACK, follow=True)
    page_of_session = shown(staff.get(reverse("session", args=[session.pk])))
    world.drain()

    assert "A session was running. It ended at once" in shown(answer)
    assert "Read session details from BILL" not in page_of_session
    assert session_of(one, session).how_ended.startswith("by the admin (T. S.)")
    assert "login_as.ended" in one.tags(onboarding)
    assert grant_of(one, onboarding).scope == Scope.VERIFICATION
    assert log_in(world, one, onboarding) is not None  # the one that ended
    assert one.step(onboarding, "login_as_user").state == StepState.DONE


def banner(staff: Client, session: BillSession, page: str = "/onboardings/") -> Any:
    """What the banner on this page is answered."""
    asked = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
    return staff.get(reverse("session_banner", args=[session.pk]), headers=asked)


def test_banner_says_by_itself_that_the_admin_took_it_back(
    world: World, visit: Visiting, django_assert_max_num_queries: Any
) -> None:
    one, two = world.one, world.two
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "open")
    session = log_in(world, one, onboarding)
    assert session is not None
    staff, its_page = one.client(), reverse("session", args=[session.pk])
    assert (
        f'hx-get="{reverse("session_banner", args=[session.pk])}"'
        in staff.get("/onboardings/").content.decode()
    )
    # Who is asking, and for which tenant, are three; BEGIN and COMMIT two more.
    with django_assert_max_num_queries(6):
        assert banner(staff, session).status_code == 204

    admin.post(TAKE_BACK)
    ended = banner(staff, session)

    why = f"{ADMIN}, the organization's admin, took the permission back."
    assert ended.status_code == 286
    assert why in shown(ended)
    assert "Rice Cakes Inc has ended." in shown(ended)
    assert "hx-get" not in ended.content.decode()
    assert banner(staff, session, its_page).headers["HX-Refresh"] == "true"
    assert why in shown(staff.get(its_page))
    world.drain()
    assert why in shown(banner(staff, session))
    for other in (one.client(Role.OWNER), two.client()):
        assert banner(other, session).status_code == 404


def test_banner_says_who_of_the_staff_ended_the_permission(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    owner, told = one.client(Role.OWNER), []
    for ends in (
        lambda: decide(admin, "days"),
        lambda: owner.post(reverse("onboarding_admin_revoke", args=[onboarding.pk])),
    ):
        decide(admin, "open")
        session = log_in(world, one, onboarding)
        assert session is not None
        ends()
        told.append(shown(banner(one.client(), session)))
        world.drain()

    assert f"{ADMIN}, the organization's admin, changed the permission." in told[0]
    assert f"{one.staff[Role.OWNER].person} took the admin's link back" in told[1]


def test_taken_back_before_the_worker_logs_in(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "open")
    one.client().post(reverse("onboarding_login_as", args=[onboarding.pk]), REASON)

    admin.post(TAKE_BACK)
    world.drain()

    assert one.step(onboarding, "login_as_user").state == StepState.NOT_PERMITTED
    assert "login_as.started" not in one.tags(onboarding)


def test_taken_back_after_the_onboarding_was_cancelled(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    onboarding, admin = agreed(world, visit, one)
    theirs, their_admin = agreed(world, visit, two)
    for who in (admin, their_admin):
        decide(who, "open")
    deliver(one)
    one.client().post(reverse("onboarding_cancel", args=[onboarding.pk]), {"reason": "We stop this one"})
    assert one.fresh(onboarding).status == Status.CANCELLED

    admin.post(TAKE_BACK)
    admin.post(PERMISSION, {**form_of(admin.get(PERMISSION)), "how_long": "open"})
    world.drain()

    assert (grant_of(one, onboarding).scope, len(deliver(one))) == (Scope.VERIFICATION, 1)
    assert one.fresh(onboarding).status == Status.CANCELLED
    assert log_in(world, one, onboarding) is None
    assert grant_of(two, theirs).scope == Scope.STAFF


def test_another_answer_ends_the_session_that_rests_on_the_old_one(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "open")
    session = log_in(world, one, onboarding)
    assert session is not None

    decide(admin, "days")
    world.drain()

    assert session_of(one, session).ended_at is not None


def test_refused_and_allowed_later_opens_the_step_again(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "no")

    decide(admin, "open")
    world.drain()

    assert log_in(world, one, onboarding) is not None


def test_same_answer_again_changes_nothing(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one, "create_user")
    deliver(one)

    for _ in range(3):
        decide(admin, "days")
    first = len(deliver(one))
    for _ in range(3):
        admin.post(TAKE_BACK)

    with acting_for(one.pk):
        assert onboarding.grants.count() == 3  # with the terms, for 30 days, taken back
    assert (first, len(deliver(one))) == (1, 1)


def test_admin_of_another_tenant_ends_nothing_here(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    mine = one.at("create_user")
    session = make_session(one, mine, Role.OPERATOR)
    _, theirs = agreed(world, visit, two, "create_user")
    decide(theirs, "open")

    theirs.post(TAKE_BACK)

    now = session_of(one, session)
    assert (now.ended_at, now.expires_at == session.expires_at) == (None, True)


def test_staff_may_always_record_that_nobody_may(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one, "create_user")
    decide(admin, "open")
    with acting_for(one.pk):
        Connection.objects.filter(pk=one.connection.pk).update(attestation=False)
    said = {"given_by": "Tom", "given_on": clock.now().date().isoformat(), "given_how": "by_phone"}
    url = reverse("onboarding_permission", args=[onboarding.pk])

    one.client().post(url, {**said, "scope": "nothing"})
    nothing = grant_of(one, onboarding).scope
    one.client().post(url, {**said, "scope": "staff"})

    assert (nothing, grant_of(one, onboarding).scope) == (Scope.NOTHING, Scope.NOTHING)


# --- while somebody is being logged in -------------------------------------------------------------------------------


def live_at_bill(world: World, onboarding: Onboarding) -> list[Session]:
    there = [s for s in world.simulator.sessions if s.organization_id == onboarding.bill_organization_id]
    return [one for one in there if not one.ended and one.id != own_session(world, onboarding)]


def own_session(world: World, onboarding: Onboarding) -> str | None:
    """The portal's own, which the permission for people says nothing of."""
    partner = next(one for one in world.partners if one.pk == onboarding.tenant_id)
    with acting_for(partner.pk):
        own = BillSession.objects.filter(
            onboarding=onboarding, purpose=Purpose.SYSTEM.value, secret__isnull=False
        )
        return str(own[0].secret) if own else None


def trusting(world: World, visit: Visiting, partner: Partner) -> Admin:
    """An admin whose device staff may use."""
    onboarding, client = agreed(world, visit, partner)
    admin = Admin(partner, onboarding, client)
    admin.finish()
    decide(client, "open", device="on")
    client.post(reverse("contact_mfa"))
    return admin


@pytest.mark.parametrize("slow", ["login_as_user", "mfa_step_up"])
def test_taken_back_while_bill_logs_somebody_in(world: World, visit: Visiting, slow: str) -> None:
    one, two = world.one, world.two
    admin, other = trusting(world, visit, one), trusting(world, visit, two)
    theirs = log_in(world, two, other.onboarding)
    assert theirs is not None
    one.client().post(reverse("onboarding_login_as", args=[admin.onboarding.pk]), REASON)
    sent, stepped_up = world.sent(slow), world.sent("mfa_step_up")
    world.simulator.arm("delay", slow, seconds=0.7)

    under_way = in_thread(partial(drive_step, one, admin.onboarding, "login_as_user"))
    until(lambda: world.sent(slow) > sent, "the call")
    admin.client.post(TAKE_BACK)
    under_way.join()
    world.drain()

    assert live_at_bill(world, admin.onboarding) == []
    assert world.sent("mfa_step_up") - stepped_up == (slow == "mfa_step_up")
    with acting_for(one.pk):
        mine = BillSession.objects.get(onboarding=admin.onboarding, purpose=Purpose.STAFF.value)
    assert (mine.state, mine.secret, mine.how_ended) == ("ended", None, "the permission was taken back")
    tags = one.tags(admin.onboarding)
    assert (tags.count("login_as.started"), tags.count("login_as.ended")) == (1, 1)
    assert session_of(two, theirs).ended_at is None
    assert len(live_at_bill(world, other.onboarding)) == 1


def answer_slowly(partner: Partner, onboarding: Onboarding, scope: Scope, key: str, operation: str) -> None:
    """Another answer of the admin's, which begins during this call of this step, and under which the step settles."""
    world, began, go_on, done = partner.world, Event(), Event(), []

    def answer() -> None:
        with acting_for(partner.pk):
            held = locked_onboarding(onboarding)
            began.set()
            assert go_on.wait(20)
            given = Grant(scope=scope, given_by="Tom", given_on=clock.now().date(), how="here")
            apply_grant(partner.actor(), held, given)
        done.append(given)

    sent = world.sent(operation)
    world.simulator.arm("delay", operation, seconds=0.7)
    running = in_thread(partial(drive_step, partner, onboarding, key))
    until(lambda: world.sent(operation) > sent, "the call")
    word = in_thread(answer)
    assert began.wait(20)
    until(somebody_waits, "the executor")
    go_on.set()
    word.join()
    running.join()
    assert done


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchall())


@pytest.mark.parametrize("device", ["", "on"])
def test_answer_that_is_not_written_yet_is_waited_for(world: World, visit: Visiting, device: str) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "open", device=device)
    one.client().post(reverse("onboarding_login_as", args=[onboarding.pk]), REASON)

    answer_slowly(one, onboarding, Scope.VERIFICATION, "login_as_user", "login_as_user")
    world.drain()

    assert live_at_bill(world, onboarding) == []
    assert one.step(onboarding, "end_login_as").state == StepState.DONE
    with acting_for(one.pk):
        mine = BillSession.objects.get(onboarding=onboarding, purpose=Purpose.STAFF.value)
    assert mine.how_ended == "the permission was taken back"


def test_answer_and_executor_do_not_wait_for_each_other(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    one = world.one
    onboarding = one.at("login_as_user", "Rice Cakes [hold]")
    world.drain_for(timedelta(seconds=10))
    world.later(timedelta(minutes=5))

    answer_slowly(one, onboarding, Scope.NOTHING, "follow_decision", "get_risk_verification")

    assert "the database is away" not in caplog.text
    assert one.step(onboarding, "follow_decision").lease_token is None
    assert own_session(world, onboarding) is None
