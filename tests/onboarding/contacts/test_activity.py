"""The admin's own view: what staff did, each login as their user, and nothing of anybody else."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from onboarding.bill.client import BillClient
from onboarding.services.contacts import activity
from onboarding.views.contacts.act_words import OWN, TOLD
from portal.accounts.models import Person
from portal.audit.models import Entry
from portal.lib import clock
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.deciding import agreed, log_in
from tests.onboarding.contacts.mailbox import contact
from tests.onboarding.contacts.pages import decide, shown
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
ACTIVITY = "/company/activity/"


def test_login_is_shown_with_who_why_when_and_what(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    Person.objects.filter(pk=one.staff[Role.OPERATOR].person_id).update(name="Olivia Operator")
    decide(admin, "open")
    session = log_in(world, one, onboarding)
    assert session is not None
    one.client().post(reverse("session_read", args=[session.pk]))

    running = shown(admin.get(ACTIVITY))
    one.client().post(reverse("session_end", args=[session.pk]))
    ended = shown(admin.get(ACTIVITY))

    assert "Olivia Operator logged in at BILL as your user" in running
    for text in ("Check the set-up with the client", "Lasts until", "own details were read: "):
        assert text in running
    assert ("Ended" in ended, "Lasts until" in ended) == (True, False)


def test_reads_of_each_session_are_shown_newest_first(
    world: World, visit: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = world.one
    monkeypatch.setattr(activity, "MOST_READS", 3)
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "open")
    for times in (5, 1):
        session = log_in(world, one, onboarding)
        assert session is not None
        read = reverse("session_read", args=[session.pk])
        for _ in range(times - 1):
            one.client().post(read)
        world.simulator.arm("error_before", "get_session")
        one.client().post(read)
        world.simulator.disarm()
        one.client().post(reverse("session_end", args=[session.pk]))
        world.drain()

    shown_now = shown(admin.get(ACTIVITY))
    with acting_for(one.pk):
        newer, older = (
            act.session for act in activity.activity(onboarding, contact(one, onboarding)).acts if act.session
        )

    new, old = newer.reads, older.reads
    assert ([read.is_answered for read in new.shown], new.more, new.lost) == ([False], 0, 0)
    assert ([read.is_answered for read in old.shown], old.more, old.lost) == ([False, True, True], 2, 0)
    assert [read.at for read in old.shown] == sorted((read.at for read in old.shown), reverse=True)
    assert shown_now.count("Tried to read the session’s own details, and BILL did not show them: ") == 2
    assert shown_now.count("The session’s own details were read: ") == 2
    assert "and 2 more, earlier" in shown_now
    assert shown_now.count("asked to log in at BILL as your user") == 2
    assert "own details" not in shown(visit(world.two, world.two.at("create_user")).get(ACTIVITY))


def test_read_of_which_nobody_knows_what_came_is_shown(
    world: World, visit: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    decide(admin, "open")
    session = log_in(world, one, onboarding)
    assert session is not None

    def dies(*args: object, **kwargs: object) -> None:
        raise SystemExit

    monkeypatch.setattr(BillClient, "get_session", dies)
    with pytest.raises(SystemExit):
        one.client().post(reverse("session_read", args=[session.pk]))

    assert "Tried to read them once more, and nobody knows what came of it" in shown(admin.get(ACTIVITY))
    assert "Nothing was read" not in shown(admin.get(ACTIVITY))


def test_admins_no_is_told_apart_from_their_consent(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    _, admin = agreed(world, visit, one)
    _, other = agreed(world, visit, two)

    decide(admin, "no")
    told, theirs = shown(admin.get(ACTIVITY)), shown(other.get(ACTIVITY))

    consented = "You allowed the portal’s own sessions, and none of people"
    decided = "You decided that nobody may log in as your user"
    assert (told.count(consented), told.count(decided)) == (1, 1)
    assert told.index(decided) < told.index(consented)
    assert (theirs.count(consented), theirs.count(decided)) == (1, 0)


def test_what_an_earlier_admin_said_is_not_the_next_ones_word(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    onboarding, admin = agreed(world, visit, one)
    _, other = agreed(world, visit, two)
    decide(admin, "open")
    world.later(timedelta(minutes=2))

    admin = visit(one, onboarding, "Basil Pestoson", "basil@rice.example")
    told, theirs = shown(admin.get(ACTIVITY)), shown(other.get(ACTIVITY))

    assert "An earlier administrator allowed that people log in as your user" in told
    assert "You accepted" not in told
    assert "You accepted" in theirs
    assert "An earlier administrator" not in theirs


def test_who_downloads_the_document_is_shown(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    onboarding, theirs = one.at("create_user"), two.at("create_user")
    one.client().post(
        reverse("onboarding_acceptance", args=[onboarding.pk]),
        {
            "accepted_by": "Tomato Soupsmith",
            "accepted_on": clock.now().date().isoformat(),
            "accepted_how": "by_phone",
            "document": SimpleUploadedFile("word.pdf", b"%PDF-1.7 said so"),
        },
    )
    admin, other = visit(one, onboarding), visit(two, theirs)

    download = one.client().get(reverse("onboarding_document", args=[onboarding.pk]))

    words = "downloaded the document that shows that BILL’s terms were accepted"
    assert download.status_code == 200
    assert words in shown(admin.get(ACTIVITY))
    assert words not in shown(other.get(ACTIVITY))


def test_acts_are_in_words_and_nobodys_address_is_shown(world: World, visit: Visiting) -> None:
    one = world.one
    _, admin = agreed(world, visit, one)

    read = shown(admin.get(ACTIVITY))

    for text in (
        "began to set up your company on BILL",
        "entered the company’s details for BILL",
        "You accepted BILL’s terms",
        "named the company’s administrator",
        "asked for BILL’s check of the company",
    ):
        assert text in read
    assert "@" not in read
    assert "{" not in read


def test_every_tag_that_is_shown_has_words() -> None:
    assert {tag.text for tag in activity.SHOWN} == set(OWN) | set(TOLD)


def test_pages_follow_each_other_without_a_gap(
    world: World, visit: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = world.one
    onboarding, admin = agreed(world, visit, one)
    monkeypatch.setattr(activity, "PAGE", 3)
    seen, older = [], ""
    with acting_for(one.pk):
        for _ in range(20):
            found = activity.activity(onboarding, contact(one, onboarding), older)
            seen += [act.seq for act in found.acts]
            older = found.older
            if not older:
                break
        tags = [tag.text for tag in activity.SHOWN]
        wanted = Entry.objects.filter(onboarding_id=onboarding.pk, tag__in=tags).order_by("-seq")
        assert seen == list(wanted.values_list("seq", flat=True))
    assert len(seen) > 6
    assert "?before=" in admin.get(ACTIVITY).content.decode()


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 30, "²", "0"])
def test_made_up_page_keys_do_no_harm(world: World, visit: Visiting, before: str) -> None:
    one = world.one
    onboarding = one.at("create_user")

    assert visit(one, onboarding).get(ACTIVITY, {"before": before}).status_code == 200


def test_other_organizations_are_not_shown(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    onboarding = one.at("create_user")
    neighbour, stranger = one.start("Neighbour Noodles"), two.start("Stranger Soups")
    admin = visit(one, onboarding)
    with acting_for(one.pk):
        shown_seqs = {act.seq for act in activity.activity(onboarding, contact(one, onboarding)).acts}

    read = shown(admin.get(ACTIVITY))

    assert "Neighbour" not in read
    assert "Stranger" not in read
    assert shown_seqs <= {entry.seq for entry in one.entries(onboarding)}
    assert neighbour.pk != stranger.pk
