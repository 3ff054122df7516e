"""The admin's own view: what staff did, each login as their user, and nothing of anybody else."""

import pytest
from django.urls import reverse

from onboarding.services.contacts import activity
from onboarding.views.contacts.act_words import OWN, TOLD
from portal.accounts.models import Person
from portal.audit.models import Entry
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.deciding import agreed, log_in
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
    for text in ("Check the set-up with the client", "Lasts until", "details were read once"):
        assert text in running
    assert ("Ended" in ended, "Lasts until" in ended) == (True, False)


def test_acts_are_in_words_and_nobodys_address_is_shown(world: World, visit: Visiting) -> None:
    one = world.one
    _, admin = agreed(world, visit, one)

    read = shown(admin.get(ACTIVITY))

    for text in (
        "began to set up your company on BILL",
        "sent the company’s details to BILL",
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
            found = activity.activity(onboarding, older)
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
        shown_seqs = {act.seq for act in activity.activity(onboarding).acts}

    read = shown(admin.get(ACTIVITY))

    assert "Neighbour" not in read
    assert "Stranger" not in read
    assert shown_seqs <= {entry.seq for entry in one.entries(onboarding)}
    assert neighbour.pk != stranger.pk
