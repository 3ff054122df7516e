"""The permission is changed or taken back, while somebody is logged in or about to be."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.models import BillSession, Connection, Scope
from onboarding.states import StepState
from portal.lib import clock
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.deciding import REASON, agreed, grant_of, log_in, session_of
from tests.onboarding.contacts.mailbox import ADMIN, deliver
from tests.onboarding.contacts.pages import decide, shown
from tests.onboarding.views.rows import make_session
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
TAKE_BACK = "/company/permission/take-back/"


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
