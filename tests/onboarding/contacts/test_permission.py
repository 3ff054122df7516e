"""Whether staff may log in as the admin's user: asked, refused, allowed, for a time."""

from datetime import date, datetime, timedelta

import pytest

from onboarding.models import Branding, Grant, Scope
from onboarding.states import StepState
from portal.lib import clock
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.deciding import agreed, grant_of, log_in, session_of
from tests.onboarding.contacts.mailbox import ADMIN, deliver
from tests.onboarding.contacts.pages import agree, decide, fill, read_details, shown
from tests.onboarding.views.html import form_of, page
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
PERMISSION, TAKE_BACK = "/company/permission/", "/company/permission/take-back/"


def test_question_stays_open_until_it_is_answered(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)

    world.drain_for(timedelta(minutes=1))
    assert one.step(onboarding, "login_as_user").state == StepState.NOT_STARTED
    assert (one.fresh(onboarding).status, one.fresh(onboarding).waits_for) == ("waiting_on_admin", "admin")
    read_details(admin)
    assert admin.get("/company/").headers["Location"] == PERMISSION
    assert form_of(admin.get(PERMISSION))["how_long"] == ""
    assert form_of(admin.get(PERMISSION))["device"] == ""


def test_refused_ends_the_step_and_the_onboarding_completes(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)

    decide(admin, "no", device="on")
    world.drain_for(timedelta(minutes=1))

    assert one.step(onboarding, "login_as_user").state == StepState.NOT_PERMITTED
    assert one.fresh(onboarding).is_closed
    given = grant_of(one, onboarding)
    assert (given.scope, given.device, given.with_terms) == (Scope.VERIFICATION, False, False)
    assert log_in(world, one, onboarding) is None


def test_allowed_lets_staff_in_and_says_what_was_read(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    read = shown(admin.get(PERMISSION))

    decide(admin, "open")

    given = grant_of(one, onboarding)
    assert (given.scope, given.until, given.device) == (Scope.STAFF, None, False)
    assert (given.given_by, given.ip, given.language, given.attested_by_id) == (
        ADMIN,
        "127.0.0.1",
        "en",
        None,
    )
    assert all(line in read for line in given.wording.splitlines())
    world.drain_for(timedelta(minutes=1))
    assert (one.fresh(onboarding).status, one.fresh(onboarding).waits_for) == ("ready", "staff")
    assert log_in(world, one, onboarding) is not None


@pytest.mark.parametrize(("how_long", "days"), [("days", 30), ("year", 365)])
def test_permission_for_a_time_ends_with_its_last_day(
    world: World, visit: Visiting, how_long: str, days: int
) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)

    decide(admin, how_long)

    until = grant_of(one, onboarding).until
    assert until == clock.now().date() + timedelta(days=days)
    world.later(timedelta(days=days + 2))
    assert log_in(world, one, onboarding) is None
    assert "No permission for our staff is on record" in shown(
        one.client().get(one.url(onboarding, "login_as_user"))
    )
    assert "your permission ended with" in shown(visit(one, onboarding).get("/company/done/"))


def test_staff_are_told_that_they_may_use_the_remembered_device(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    onboarding, admin = agreed(world, visit, one)
    theirs, other = agreed(world, visit, two)
    decide(admin, "open", device="on")
    decide(other, "open")
    world.drain()

    for partner, started, says in ((one, onboarding, 1), (two, theirs, 0)):
        words = "They may use the remembered device: such a session can move money."
        record = shown(partner.client(Role.VIEWER).get(partner.url(started, "create_user")))
        step = shown(partner.client().get(partner.url(started, "login_as_user")))
        assert (record.count(words), step.count(words)) == (says, 2 * says)


def test_login_does_not_outlive_the_permission(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "date", until=clock.now().date().isoformat())
    ends_at = grant_of(one, onboarding).ends_at
    assert ends_at is not None
    world.later(ends_at - clock.now() - timedelta(minutes=4))

    session = log_in(world, one, onboarding)
    assert session is not None
    running = one.client().get("/onboardings/").content.decode()
    world.later(timedelta(minutes=4, seconds=1))
    after = one.client().get("/onboardings/").content.decode()
    world.drain()

    assert session.expires_at == ends_at
    assert ("are acting as" in running, "are acting as" in after) == (True, False)
    assert session_of(one, session).ended_at is not None
    assert world.sent("logout") >= 1


@pytest.mark.parametrize(
    ("until", "words"),
    [("", "Choose the last day."), ("2020-01-01", "This day is over."), ("31.1.", "Enter a day")],
)
def test_day_that_cannot_be_is_asked_again(world: World, visit: Visiting, until: str, words: str) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one, "create_user")

    answer = fill(admin, PERMISSION, how_long="date", until=until)

    assert (answer.status_code, words in shown(answer)) == (422, True)
    assert grant_of(one, onboarding).with_terms


def test_device_is_a_choice_of_its_own(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one, "create_user")

    decide(admin, "open", device="on")

    assert grant_of(one, onboarding).device
    assert "remembered device" in grant_of(one, onboarding).wording


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_is_kept_of_taking_back_is_what_the_button_said(
    world: World, visit: Visiting, language: str
) -> None:
    one, two = world.one, world.two
    (onboarding, admin), (theirs, their_admin) = agreed(world, visit, one), agreed(world, visit, two)
    for who in (admin, their_admin):
        decide(who, "open")
    admin.post("/company/language/", {"language": language})
    read = page(admin.get("/company/activity/"))
    (button,) = [tag for tag in read.all("button") if "danger" in tag.attributes.get("class", "")]

    admin.post(TAKE_BACK)

    kept = grant_of(one, onboarding)
    assert (kept.scope, kept.wording, kept.language) == (Scope.VERIFICATION, button.text.strip(), language)
    assert grant_of(two, theirs).scope == Scope.STAFF


def test_mail_says_what_was_decided(world: World, visit: Visiting) -> None:
    one = world.one
    _, admin = agreed(world, visit, one, "create_user")
    deliver(one)

    decide(admin, "date", until="2030-05-31")
    (allowed,) = deliver(one)
    admin.post(TAKE_BACK)
    (taken_back,) = deliver(one)

    assert "until May 31, 2030" in str(allowed.body)
    assert "nobody at Alpha may log in" in str(taken_back.body)


def test_nothing_can_be_decided_before_the_portal_itself_may_log_in(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = one.at("create_user")
    admin = visit(one, onboarding)
    agree(admin, consent="")

    answers = [admin.get(PERMISSION), admin.post(PERMISSION, {"how_long": "open"}), admin.post(TAKE_BACK)]

    assert [answer.status_code for answer in answers] == [302, 302, 302]
    assert one.fresh(onboarding).grant_id is None


def test_last_day_is_over_when_it_is_over_everywhere() -> None:
    given = Grant(scope=Scope.STAFF.value, until=date(2026, 11, 21))

    assert given.ends_at == datetime.fromisoformat("2026-11-22T12:00:00+00:00")


def test_form_of_another_companys_tab_is_not_taken_for_this_one(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    onboarding, admin = agreed(world, visit, one)
    first_tab = form_of(admin.get(PERMISSION))
    other, second = agreed(world, visit, two)
    admin.cookies = second.cookies  # one browser: the link opened last counts

    answer = admin.post(PERMISSION, {**first_tab, "how_long": "open", "device": "on"})

    assert answer.status_code == 409
    assert "belongs to another company" in shown(answer)
    assert grant_of(one, onboarding).with_terms
    assert grant_of(two, other).with_terms


def test_words_that_changed_meanwhile_are_read_again(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    before = form_of(admin.get(PERMISSION))
    with acting_for(one.pk):
        staff = one.staff[Role.OWNER]
        Branding.objects.create(
            tenant_id=one.pk, name="Payday Loans", changed_at=clock.now(), changed_by=staff
        )

    answer = admin.post(PERMISSION, {**before, "how_long": "open", "device": "on"})

    assert answer.status_code == 422
    assert "The words have changed" in shown(answer)
    assert form_of(answer)["device"] == ""
    assert grant_of(one, onboarding).with_terms


def test_answer_that_names_no_words_is_asked_again(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    (onboarding, admin), (other, second) = agreed(world, visit, one), agreed(world, visit, two)
    form = form_of(admin.get(PERMISSION))

    answer = admin.post(PERMISSION, {"how_long": "open", "company": form["company"]})
    decide(second, "open")

    assert (answer.status_code, "The words have changed" in shown(answer)) == (422, True)
    assert grant_of(one, onboarding).with_terms
    assert grant_of(two, other).scope == Scope.STAFF


@pytest.mark.parametrize("day", ["9999-12-31", "2090-01-01"])
def test_day_that_is_too_far_away_is_asked_again(world: World, visit: Visiting, day: str) -> None:
    onboarding, admin = agreed(world, visit, world.one)

    answer = fill(admin, PERMISSION, how_long="date", until=day)

    assert answer.status_code == 422
    assert "within the next ten years" in shown(answer)
    assert grant_of(world.one, onboarding).with_terms


def test_permission_until_the_end_of_time_breaks_nothing() -> None:
    assert Grant(scope=Scope.STAFF, until=date.max).allows_staff
