"""Login as user: asked for with a reason, used by one person alone, for a time, and ended for good."""

from datetime import timedelta

import pytest
from django.urls import reverse

from onboarding.models import BillSession, Onboarding, Purpose, Scope
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.factories import INPUTS
from tests.onboarding.views.html import message, page
from tests.onboarding.views.rows import make_grant, make_session
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)

REASON = {"reason": "Check the set-up with the client", "minutes": "5"}


def staff_sessions(partner: Partner) -> list[BillSession]:
    with acting_for(partner.pk):
        return list(BillSession.objects.filter(purpose=Purpose.STAFF.value))


def logged_in(world: World, role: Role = Role.OPERATOR) -> tuple[Onboarding, BillSession]:
    """A person in a session that BILL really opened."""
    one = world.one
    onboarding = one.at("login_as_user")
    one.client(role).post(reverse("onboarding_login_as", args=[onboarding.pk]), REASON)
    world.drain()
    (session,) = staff_sessions(one)
    return onboarding, session


def reads(world: World) -> int:
    """How often BILL was asked about a session by the portal's staff."""
    entries = [entry for entry in world.one.entries() if entry.tag == "login_as.read"]
    return [entry.content["fields"]["outcome"] for entry in entries].count("asked")


def test_session_is_opened_shown_and_read(world: World) -> None:
    onboarding, session = logged_in(world)
    client = world.one.client()

    client.post(reverse("session_read", args=[session.pk]))
    shown = client.get(reverse("session", args=[session.pk])).content.decode()

    assert onboarding.bill_organization_id in shown
    assert onboarding.bill_user_id in shown
    assert REASON["reason"] in shown
    assert "Read session details from BILL" in shown
    assert "Multi-factor sign-in" in shown
    assert "are acting as" in client.get("/onboardings/").content.decode()
    assert reads(world) == 1


def test_secret_of_a_session_never_reaches_the_browser(world: World) -> None:
    onboarding, session = logged_in(world)
    client, secret = world.one.client(), str(session.secret)
    client.post(reverse("session_read", args=[session.pk]))
    pages = [
        reverse("session", args=[session.pk]),
        world.one.url(onboarding, "login_as_user"),
        world.one.url(onboarding, "login_as_user", "onboarding_status"),
        "/onboardings/",
    ]

    shown = "".join(client.get(path).content.decode() for path in pages)
    audited = "".join(entry.body for entry in world.one.entries())

    assert len(secret) > 10
    assert secret not in shown + audited
    assert secret not in repr(session)


def test_session_of_a_colleague_does_not_exist(world: World) -> None:
    _, session = logged_in(world)
    calls = len(world.simulator.calls)

    for client in (world.one.client(Role.OWNER), world.two.client(Role.OPERATOR)):
        assert client.get(reverse("session", args=[session.pk])).status_code == 404
        assert client.post(reverse("session_read", args=[session.pk])).status_code == 404
        assert client.post(reverse("session_end", args=[session.pk])).status_code == 404
        assert "are acting as" not in client.get("/onboardings/").content.decode()

    assert staff_sessions(world.one)[0].ended_at is None
    assert len(world.simulator.calls) == calls


def test_shared_sessions_of_the_portal_have_no_page(world: World) -> None:
    one = world.one
    one.at("login_as_user")
    with acting_for(one.pk):
        shared = list(BillSession.objects.exclude(purpose=Purpose.STAFF.value))

    assert {session.purpose for session in shared} == {"partner", "system"}
    for session in shared:
        assert one.client(Role.OWNER).get(reverse("session", args=[session.pk])).status_code == 404
        assert one.client(Role.OWNER).post(reverse("session_end", args=[session.pk])).status_code == 404


def test_session_that_was_ended_is_not_used_again(world: World) -> None:
    _, session = logged_in(world)
    client = world.one.client()
    client.post(reverse("session_end", args=[session.pk]))
    world.drain()
    calls = len(world.simulator.calls)

    response = client.post(reverse("session_read", args=[session.pk]), follow=True)
    client.post(reverse("session_end", args=[session.pk]))
    world.drain()

    assert message(response) == ["This session has ended."]
    assert "The session has ended" in response.content.decode()
    assert "Read session details from BILL" not in response.content.decode()
    assert (reads(world), len(world.simulator.calls)) == (0, calls)
    assert world.one.tags().count("login_as.ended") == 1
    assert session.pk not in [s.pk for s in staff_sessions(world.one) if s.ended_at is None]


def test_session_is_not_used_after_its_time(world: World) -> None:
    _, session = logged_in(world)
    client = world.one.client()
    world.later(timedelta(minutes=5, seconds=1))
    calls = len(world.simulator.calls)

    response = client.post(reverse("session_read", args=[session.pk]), follow=True)

    assert message(response) == ["This session has ended."]
    assert (reads(world), len(world.simulator.calls)) == (0, calls)
    assert "are acting as" not in client.get("/onboardings/").content.decode()
    world.drain()
    assert staff_sessions(world.one)[0].how_ended == "its time was over"


def test_session_is_not_used_once_the_permission_is_gone(world: World) -> None:
    onboarding, session = logged_in(world)
    client = world.one.client()
    make_grant(world.one, onboarding, Scope.NOTHING)

    response = client.post(reverse("session_read", args=[session.pk]), follow=True)

    assert message(response) == ["This session has ended."]
    assert reads(world) == 0


def test_banner_says_how_a_session_ended_by_itself_or_by_hand(world: World) -> None:
    onboarding, session = logged_in(world)
    client, told = world.one.client(), []
    client.post(reverse("session_end", args=[session.pk]))
    told.append(client.get(reverse("session_banner", args=[session.pk])).content.decode())
    world.drain()
    client.post(reverse("onboarding_login_as", args=[onboarding.pk]), REASON)
    world.drain()
    (second,) = [one for one in staff_sessions(world.one) if one.pk != session.pk]
    world.later(timedelta(minutes=5, seconds=1))
    told.append(client.get(reverse("session_banner", args=[second.pk])).content.decode())
    world.drain()
    told.append(client.get(reverse("session_banner", args=[second.pk])).content.decode())

    assert "You ended it." in told[0]
    assert "Its time was over." in told[1]
    assert "Its time was over." in told[2]


def test_session_that_bill_trusts_says_that_it_can_move_money(world: World) -> None:
    one = world.one
    onboarding = one.at("create_user")
    details = {"organization_id": "008TEST", "user_id": "006TEST", "mfa_status": ""}
    trusted = make_session(one, onboarding, Role.OWNER, details={**details, "trusted": True})
    other = make_session(one, onboarding, Role.OPERATOR, details={**details, "trusted": False})

    found = {}
    for role, session in ((Role.OWNER, trusted), (Role.OPERATOR, other)):
        with acting_for(one.pk):
            BillSession.objects.filter(pk=session.pk).update(grant=one.fresh(onboarding).grant_id)
        client = one.client(role)
        found[role] = (
            client.get("/onboardings/").content.decode(),
            client.get(reverse("session", args=[session.pk])).content.decode(),
        )

    assert "this session can move money" in found[Role.OWNER][0]
    assert "BILL trusts this session: it can move money." in found[Role.OWNER][1]
    for text in found[Role.OPERATOR]:
        assert "are acting as" in text
        assert "can move money" not in text


def test_session_that_bill_has_ended_is_ended_here(world: World) -> None:
    _, session = logged_in(world)
    client = world.one.client()
    world.simulator.advance(minutes=36)

    response = client.post(reverse("session_read", args=[session.pk]), follow=True)

    assert "BILL's details could not be read" in message(response)[0]
    assert staff_sessions(world.one)[0].how_ended == "BILL had ended it"


WRONG = [("reason", ""), ("reason", "too short"), ("reason", "R" * 501), ("minutes", "60"), ("minutes", "")]


def test_login_needs_a_reason_and_a_time_limit(world: World) -> None:
    one = world.one
    onboarding, client = one.at("login_as_user"), one.client()
    url = reverse("onboarding_login_as", args=[onboarding.pk])

    for field, value in WRONG:
        response = client.post(url, {**REASON, field: value})
        assert response.status_code == 422
        assert page(response).error(field)
    assert "login_as.requested" not in one.tags(onboarding)


def test_login_is_refused_without_permission_on_record(world: World) -> None:
    one = world.one
    onboarding, client = one.at("start_verification"), one.client()
    url = reverse("onboarding_login_as", args=[onboarding.pk])

    early = client.post(url, REASON, follow=True)
    client.post(
        reverse("onboarding_permission", args=[onboarding.pk]),
        {**INPUTS["start_verification"], "scope": "verification"},
    )
    narrow = client.post(url, REASON, follow=True)

    for response in (early, narrow):
        assert "permission to log in as its user is not on record" in message(response)[-1]
        assert 'id="login-as"' not in response.content.decode()
    assert staff_sessions(one) == []


def test_double_click_opens_one_session(world: World) -> None:
    one = world.one
    onboarding, client = one.at("login_as_user"), one.client()
    url = reverse("onboarding_login_as", args=[onboarding.pk])

    client.post(url, REASON)
    second = client.post(url, REASON, follow=True)
    world.drain()

    assert message(second) == ["A login is on its way already."]
    assert len(staff_sessions(one)) == 1
    assert one.tags(onboarding).count("login_as.requested") == 1


def test_user_can_be_logged_in_as_again_after_the_end(world: World) -> None:
    onboarding, session = logged_in(world)
    client = world.one.client()
    client.post(reverse("session_end", args=[session.pk]))
    world.drain()

    client.post(reverse("onboarding_login_as", args=[onboarding.pk]), REASON)
    world.drain()

    assert len(staff_sessions(world.one)) == 2
    assert len([s for s in staff_sessions(world.one) if s.ended_at is None]) == 1
    assert world.two.tags(onboarding) == []
