"""What the partner entered, as the admin reads it, and "this is wrong"."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.models import Objection, Onboarding
from onboarding.services.contacts.details import MOST_SAID
from portal.lib.tenancy import acting_for
from tests.factories import INPUTS
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.mailbox import ADDRESS, come, contact, deliver, link_in
from tests.onboarding.contacts.pages import agree, read_details, shown
from tests.onboarding.imports.files import drive, row, rows_of, running, without_acceptance
from tests.onboarding.views.html import form_of
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
DETAILS = "/company/details/"


def said(partner: Partner) -> list[Objection]:
    with acting_for(partner.pk):
        return list(Objection.objects.order_by("made_at"))


@pytest.fixture
def onboarding(world: World) -> Onboarding:
    return world.one.at("add_risk_phone")


def test_details_are_shown_and_numbers_masked(world: World, onboarding: Onboarding, visit: Visiting) -> None:
    read = shown(visit(world.one, onboarding).get(DETAILS))

    for text in ("Rice Cakes Inc", "123 Main Street, San Jose, CA 95002", "•••• 8777", "•••• 0132", "1985"):
        assert text in read
    assert "tsoupsmith@example.com" in read
    for text in ("999888777", "408555", "1985-01-01", "@alpha.example"):
        assert text not in read
    assert "1 of 4" in read


def test_continue_is_remembered_and_leads_on(world: World, onboarding: Onboarding, visit: Visiting) -> None:
    admin = visit(world.one, onboarding)
    before = admin.get("/company/").headers["Location"]

    read_details(admin)
    read_details(admin)

    assert (before, admin.get("/company/").headers["Location"]) == (DETAILS, "/company/terms/")
    assert contact(world.one, onboarding).seen_details_at is not None


def test_objection_reaches_staff_and_is_shown_back(
    world: World, onboarding: Onboarding, visit: Visiting
) -> None:
    one = world.one
    admin = visit(one, onboarding)

    answer = admin.post(f"{DETAILS}tax_id/", {"said-tax_id": "It ends in 8778."}, follow=True)

    (kept,) = said(one)
    assert (kept.item, kept.said, kept.onboarding_id) == ("tax_id", "It ends in 8778.", onboarding.pk)
    assert "It ends in 8778." in shown(answer)
    assert "contact.objected" in one.tags(onboarding)
    assert "Entered: •••• 8777" in shown(one.client().get(one.url(onboarding, "create_user")))
    assert "8778" not in "".join(entry.body for entry in one.entries(onboarding))


def test_answer_of_the_staff_is_shown(world: World, onboarding: Onboarding, visit: Visiting) -> None:
    one = world.one
    admin = visit(one, onboarding)
    admin.post(f"{DETAILS}name/", {"said-name": "It is Rice Cakes LLC"})
    with acting_for(one.pk):
        Objection.objects.update(answer="Corrected at BILL")

    assert "Corrected at BILL" in shown(admin.get(DETAILS))


def test_answer_is_mailed_with_a_link(world: World, onboarding: Onboarding, visit: Visiting) -> None:
    one, two = world.one, world.two
    admin = visit(one, onboarding)
    visit(two, two.at("add_risk_phone"))
    admin.post(f"{DETAILS}name/", {"said-name": "It is Rice Cakes LLC"})
    (objection,) = said(one)
    world.later(timedelta(minutes=2))

    one.client().post(
        reverse("onboarding_objection", args=[onboarding.pk, objection.pk]),
        {f"o{objection.pk.hex}-answer": "Corrected at BILL"},
    )

    (sent,) = deliver(one)
    assert (sent.subject, sent.to) == ("An answer about Rice Cakes Inc", [ADDRESS])
    assert Client().get(link_in(sent)).status_code == 200
    assert deliver(two) == []


def test_what_was_typed_and_not_sent_goes_with_what_is_pressed(
    world: World, onboarding: Onboarding, visit: Visiting
) -> None:
    admin = visit(world.one, onboarding)

    first = admin.post(f"{DETAILS}name/", {"said-name": "It is an LLC", "said-address": "We moved"})
    read = shown(admin.get(DETAILS))
    second = read_details(admin, **{"said-phone": "It ends in 99", "said-tax_id": " "})

    assert [(one.item, one.said) for one in said(world.one)] == [
        ("name", "It is an LLC"),
        ("address", "We moved"),
        ("phone", "It ends in 99"),
    ]
    assert "The rest is right, continue" in read
    assert (first.status_code, second.headers["Location"]) == (302, "/company/")
    assert admin.get("/company/").headers["Location"] == "/company/terms/"


def test_what_is_entered_later_is_asked_about_again(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = one.at("create_organization")
    admin = visit(one, onboarding)
    read_details(admin)
    early = admin.get("/company/").headers["Location"]
    world.later(timedelta(minutes=1))

    one.client().post(
        one.url(onboarding, "create_organization"),
        {
            **form_of(one.client().get(one.url(onboarding, "create_organization"))),
            **INPUTS["create_organization"],
        },
    )
    world.drain()

    assert (early, admin.get("/company/").headers["Location"]) == ("/company/terms/", DETAILS)
    read_details(admin)
    assert admin.get("/company/").headers["Location"] == "/company/terms/"


def test_same_objection_twice_is_kept_once(world: World, onboarding: Onboarding, visit: Visiting) -> None:
    admin = visit(world.one, onboarding)

    for _ in range(2):
        admin.post(f"{DETAILS}name/", {"said-name": "It is Rice Cakes LLC"})

    assert len(said(world.one)) == 1


@pytest.mark.parametrize("text", ["", "   ", "x" * 501])
def test_objection_without_words_or_with_too_many(
    world: World, onboarding: Onboarding, visit: Visiting, text: str
) -> None:
    answer = visit(world.one, onboarding).post(f"{DETAILS}name/", {"said-name": text})

    assert (answer.status_code, said(world.one)) == (422, [])
    assert answer.content.count(b"<details open>") == 1


def test_objections_have_an_end(world: World, onboarding: Onboarding, visit: Visiting) -> None:
    admin = visit(world.one, onboarding)

    codes = [
        admin.post(f"{DETAILS}name/", {"said-name": f"No {n}"}).status_code for n in range(MOST_SAID + 2)
    ]

    assert (codes[-3:], len(said(world.one))) == ([302, 429, 429], MOST_SAID)


def test_item_that_is_none(world: World, onboarding: Onboarding, visit: Visiting) -> None:
    answer = visit(world.one, onboarding).post(f"{DETAILS}password/", {"said-password": "x"})

    assert (answer.status_code, said(world.one)) == (404, [])


def test_scripts_in_names_are_text(world: World, visit: Visiting) -> None:
    evil = "<script>alert(1)</script>"
    onboarding = world.one.at("add_risk_phone", name=evil)
    admin = visit(world.one, onboarding, name=evil)
    admin.post(f"{DETAILS}name/", {"said-name": evil})

    for path in (DETAILS, "/company/terms/", "/company/done/", "/company/activity/"):
        assert evil not in admin.get(path).content.decode(), path
    assert "&lt;script&gt;alert(1)" in admin.get(DETAILS).content.decode()


def test_each_admin_sees_their_own_company(world: World, onboarding: Onboarding, visit: Visiting) -> None:
    theirs = world.two.at("add_risk_phone", name="Other Noodles Ltd")
    mine, other = visit(world.one, onboarding), visit(world.two, theirs)

    other.post(f"{DETAILS}name/", {"said-name": "Wrong name"})

    assert "Other Noodles Ltd" not in mine.get(DETAILS).content.decode()
    assert "Rice Cakes Inc" not in other.get(DETAILS).content.decode()
    assert said(world.one) == []
    assert reverse("contact_wrong", args=["name"]) == f"{DETAILS}name/"


def enter_another_user(
    partner: Partner, onboarding: Onboarding, email: str, name: tuple[str, str] = ("Mallory", "Stranger")
) -> None:
    """Step 3 anew, as a person types it."""
    url, staff = partner.url(onboarding, "create_user"), partner.client()
    given = {**INPUTS["create_user"], "email": email, "by_admin": "on"}
    given |= {"first_name": name[0], "last_name": name[1]}
    answer = staff.post(url, {**form_of(staff.get(url)), **given})
    assert answer.status_code == 302, answer.content.decode()


def test_what_changed_while_the_page_was_read_is_read_again(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = one.at("create_user")
    admin = visit(one, onboarding)
    stale = form_of(admin.get(DETAILS))
    enter_another_user(one, onboarding, "mallory@evil.example")

    answer = admin.post(DETAILS, {**stale, "said-name": "It is an LLC"})

    assert answer.status_code == 409
    assert "Something here has changed since you read it" in shown(answer)
    assert "mallory@evil.example" in shown(answer)
    assert [kept.said for kept in said(one)] == ["It is an LLC"]
    assert admin.get("/company/").headers["Location"] == DETAILS
    assert read_details(admin).headers["Location"] == "/company/"
    assert "has changed" not in shown(admin.get(DETAILS))


def test_terms_are_not_accepted_for_a_user_that_was_not_read(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = one.at("create_user")
    admin = visit(one, onboarding)
    read_details(admin)
    terms = {**form_of(admin.get("/company/terms/")), "terms": "on", "consent": "on"}
    enter_another_user(one, onboarding, "mallory@evil.example")

    answer = admin.post("/company/terms/", terms, follow=True)
    world.drain()

    assert answer.request["PATH_INFO"] == DETAILS
    assert "has changed" in shown(answer)
    assert one.fresh(onboarding).acceptance_id is None
    assert one.step(onboarding, "create_user").state == "waiting"


def test_user_that_an_import_changed_is_read_again(world: World, visit: Visiting) -> None:
    one = world.one
    first = running(one, [without_acceptance(row("create_user"))])
    drive(one)
    onboarding = rows_of(one, first)[0].onboarding
    assert onboarding is not None
    admin = come(one)
    read_details(admin)
    changed = {"create_user__first_name": "Mallory", "create_user__email": "mallory@evil.example"}

    running(one, [{**without_acceptance(row("create_user", **changed)), "onboarding": str(onboarding.pk)}])
    drive(one)

    assert one.step(onboarding, "create_user").input["email"] == "mallory@evil.example"
    assert admin.get("/company/").headers["Location"] == DETAILS
    assert "mallory@evil.example" in shown(admin.get(DETAILS))


@pytest.mark.parametrize(
    ("email", "name", "counts", "fault"),
    [
        (ADDRESS.upper(), ("TOMATO", "Soupsmith"), True, "reject"),
        (ADDRESS, ("Mallory", "Stranger"), False, "reject"),
        ("mallory@evil.example", ("Tomato", "Soupsmith"), False, "cut_before"),
    ],
)
def test_acceptance_is_of_the_admin_or_of_whom_they_read(
    world: World, visit: Visiting, email: str, name: tuple[str, str], counts: bool, fault: str
) -> None:
    one, two = world.one, world.two
    onboarding = one.at("create_user")
    admin = visit(one, onboarding)
    enter_another_user(one, onboarding, "right@rice.example")
    agree(visit(two, two.at("create_user")))
    if fault == "cut_before":
        world.simulator.arm("cut_before", "create_partner_user", times=1)
    world.simulator.arm("reject", "create_partner_user", status=422, code="BDC_1119")
    agree(admin)
    world.drain_for(timedelta(minutes=5))
    world.simulator.disarm()
    assert one.step(onboarding, "create_user").state == "refused"
    deliver(one)
    world.later(timedelta(minutes=2))

    enter_another_user(one, onboarding, email, name)
    world.drain_for(timedelta(minutes=3), every=timedelta(minutes=1))

    assert (one.fresh(onboarding).acceptance_id is not None) is counts
    assert one.step(onboarding, "create_user").state == ("done" if counts else "waiting")
    assert ("terms.withdrawn" in one.tags(onboarding)) is not counts
    asked = [sent.to for sent in deliver(one) if "asks you to finish" in sent.subject]
    assert asked == ([] if counts else [[ADDRESS]])
    assert two.tags(onboarding) == []


def test_acceptance_for_another_user_is_given_anew(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = one.at("create_user")
    admin = visit(one, onboarding)
    agree(admin)
    enter_another_user(one, onboarding, "bookkeeper@rice.example")
    world.drain()
    assert one.step(onboarding, "create_user").state == "waiting"

    agree(admin)
    world.drain()

    assert one.step(onboarding, "create_user").state == "done"
    assert [user.body["email"] for user in world.simulator.users] == ["bookkeeper@rice.example"]
    with acting_for(one.pk):
        assert onboarding.acceptances.count() == 2
