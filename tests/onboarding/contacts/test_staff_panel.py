"""What staff see of the admin, what the admin says is wrong, and the document of an acceptance."""

import hashlib
import re
from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from onboarding.models import Acceptance, Contact, Mfa, Objection, Onboarding
from onboarding.states import StepState
from portal.lib import clock
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.mailbox import ADDRESS, ADMIN, contact, deliver, invite, link_in
from tests.onboarding.contacts.pages import agree
from tests.onboarding.views.html import Page, message, page
from tests.onboarding.views.rows import make_contact, make_document, make_mfa, make_objection
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
WORD = {"accepted_by": ADMIN, "accepted_on": "2026-11-20", "accepted_how": "signed_document"}
PDF = b"%PDF-1.7 signed by the admin"


def panel(partner: Partner, onboarding: Onboarding, role: Role = Role.OPERATOR) -> dict[str, str]:
    """The facts of the panel on the onboarding's page, by their terms."""
    read = page(partner.client(role).get(partner.url(onboarding, "create_user")))
    found: dict[str, str] = {}
    term = ""
    for tag in read.tags:
        if tag.name == "dt":
            term = tag.text.strip()
        elif term and tag.text.strip():
            found.setdefault(term, tag.text.strip())
    return found


def shown(partner: Partner, onboarding: Onboarding, role: Role = Role.OPERATOR) -> str:
    return partner.client(role).get(partner.url(onboarding, "create_user")).content.decode()


def test_panel_says_that_bill_blocked_the_codes(world: World) -> None:
    one, two = world.one, world.two
    onboarding, theirs = one.start(), two.start()
    for partner, started in ((one, onboarding), (two, theirs)):
        invite(partner, started)
        make_mfa(partner, started)
    with acting_for(one.pk):
        Mfa.objects.update(blocked_at=clock.now())

    blocked = panel(one, onboarding)
    world.later(timedelta(hours=1))

    assert blocked["MFA codes"].startswith(
        "Blocked by BILL after too many codes. The admin can try again in 60 min"
    )
    assert "MFA codes" not in panel(one, onboarding)
    assert "MFA codes" not in panel(two, theirs)


def test_panel_says_how_far_the_admin_came(world: World) -> None:
    one = world.one
    onboarding = one.start()
    assert "Nobody is named yet" in shown(one, onboarding)

    invite(one, onboarding)
    link = link_in(deliver(one)[0])
    sent = panel(one, onboarding)
    Client().get(link)
    opened = panel(one, onboarding)
    Client().post(link)
    came = panel(one, onboarding)

    assert sent["Link opened"] == "Not yet"
    assert sent["Asked to"].startswith("Check what we entered, accept BILL's terms, decide on log in as user")
    assert sent["Asked to"].endswith("secure the account with a phone (once their user exists at BILL)")
    assert sent["Reminders"] == "0"
    assert opened["Link opened"] != "Not yet"
    assert "Link used" in came
    assert came["Mailbox confirmed"] == "No"
    assert ADMIN in shown(one, onboarding)


def test_panel_shows_a_confirmed_mailbox_and_a_remembered_device(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = one.start()
    visit(one, onboarding)
    mfa = make_mfa(one, onboarding)
    assert mfa.trusted_until is not None

    remembered = panel(one, onboarding)
    world.later(timedelta(days=31))
    ended = panel(one, onboarding)

    day = f"{mfa.trusted_until.day} {mfa.trusted_until:%b %Y}"
    assert remembered["Mailbox confirmed"] != "No"
    assert "Last came in" in remembered
    assert remembered["Remembered until"] == day
    assert ended["Remembered device"] == f"Ended on {day}"


def glance(partner: Partner, onboarding: Onboarding) -> tuple[str, str]:
    """For whom the onboarding waits and what comes next, as its page says."""
    cells = re.findall(
        r"</svg>\s*([^<]+?)\s*</dt>\s*<dd>\s*([^<]+?)\s*</dd>", shown(partner, onboarding, Role.VIEWER)
    )
    found = {term: unescape(text) for term, text in cells}
    return found["Waiting for"], found["Next"]


def test_what_the_admin_says_is_what_comes_next(world: World) -> None:
    one, two = world.one, world.two
    onboarding, theirs = one.start(), two.start()
    contact = make_contact(one, onboarding)
    make_contact(two, theirs)
    before = glance(one, onboarding)
    objection = make_objection(one, contact)

    who, following = glance(one, onboarding)
    assert who == "Us"
    assert following == f"Answer the admin, who says that something is wrong. {before[1]}"
    with acting_for(one.pk):
        Contact.objects.filter(pk=contact.pk).update(declined_at=clock.now())
    assert glance(one, onboarding)[1].startswith("An owner of your team names another admin")
    assert glance(two, theirs) == before

    with acting_for(one.pk):
        Contact.objects.filter(pk=contact.pk).update(declined_at=None)
        Objection.objects.filter(pk=objection.pk).update(answered_at=clock.now())
    assert glance(one, onboarding) == before


def test_viewer_sees_initials_and_acts_on_nothing(world: World) -> None:
    one = world.one
    onboarding = one.start()
    make_objection(one, make_contact(one, onboarding, ADMIN, ADDRESS), "We moved to New Street")

    text = shown(one, onboarding, Role.VIEWER)

    assert "T. S." in text
    assert "t•••@rice.example" in text
    assert "1 thing said to be wrong" in text
    for hidden in (
        ADMIN,
        ADDRESS,
        "New Street",
        "Entered:",
        reverse("onboarding_admin", args=[onboarding.pk]),
    ):
        assert hidden not in text
    auditor = shown(one, onboarding, Role.AUDITOR)
    assert ADDRESS in auditor
    assert "/objections/" not in auditor


def test_names_of_the_admin_are_text(world: World) -> None:
    one = world.one
    onboarding = one.start()
    make_contact(one, onboarding, "<script>alert(1)</script>")

    text = shown(one, onboarding)

    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_objection_is_answered_once(world: World) -> None:
    one = world.one
    onboarding = one.start()
    objection = make_objection(one, make_contact(one, onboarding), "We moved <b>to</b> 1 New Street")
    where = reverse("onboarding_objection", args=[onboarding.pk, objection.pk])
    name = f"o{objection.pk.hex}-answer"

    asked = shown(one, onboarding)
    refused = one.client().post(where, {name: ""})
    first = one.client().post(where, {name: "Corrected, thank you"}, follow=True)
    second = one.client(Role.OWNER).post(where, {name: "Another answer"}, follow=True)

    assert "We moved &lt;b&gt;to&lt;/b&gt; 1 New Street" in asked
    assert where in asked
    assert refused.status_code == 422
    assert message(first) == ["Your answer is kept; the admin sees it."]
    assert message(second) == ["This was answered already."]
    with acting_for(one.pk):
        kept = Objection.objects.get()
    assert kept.answer == "Corrected, thank you"
    assert where not in shown(one, onboarding)
    assert one.tags(onboarding).count("contact.answered") == 1
    history = one.client().get(reverse("onboarding_admin", args=[onboarding.pk])).content.decode()
    assert "Corrected, thank you" in history


def test_objection_belongs_to_its_onboarding(world: World) -> None:
    one, two = world.one, world.two
    mine, other, theirs = one.start("Mine"), one.start("Other"), two.start("Theirs")
    objections = [
        make_objection(one, make_contact(one, mine)),
        make_objection(two, make_contact(two, theirs)),
    ]

    for objection in objections:
        where = reverse("onboarding_objection", args=[other.pk, objection.pk])
        answer = {f"o{objection.pk.hex}-answer": "Not mine to answer"}
        assert one.client().post(where, answer).status_code == 404
    assert "contact.answered" not in one.tags() + two.tags()


def test_page_asks_the_same_with_many_objections(world: World, django_assert_max_num_queries: object) -> None:
    one = world.one
    onboarding = one.start()
    found, client = make_contact(one, onboarding), one.client()
    for n in range(30):
        make_objection(one, found, f"This is wrong, too: {n}")

    with django_assert_max_num_queries(10 + 2):  # type: ignore[operator]  # BEGIN and COMMIT
        response = client.get(one.url(onboarding, "create_organization"))

    assert response.content.decode().count("This is wrong, too") == 30
    assert len(response.content) < 100_000


def attest(partner: Partner, onboarding: Onboarding, content: bytes, name: str = "signed.pdf") -> object:
    where = reverse("onboarding_acceptance", args=[onboarding.pk])
    return partner.client().post(where, {**WORD, "document": SimpleUploadedFile(name, content)})


def test_document_is_sealed_and_comes_back_as_it_was(world: World) -> None:
    one = world.one
    onboarding = one.at("create_user")
    attest(one, onboarding, PDF, "../Signed terms.exe")
    where = reverse("onboarding_document", args=[onboarding.pk])

    response = one.client().get(where)
    with acting_for(one.pk), connection.cursor() as cursor:
        cursor.execute("SELECT document FROM onboarding_acceptance")
        ((sealed,),) = cursor.fetchall()

    assert response.content == PDF
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="Signed terms.pdf"'
    assert b"PDF" not in bytes(sealed)
    assert "Signed terms.pdf" in shown(one, onboarding)
    assert one.tags(onboarding)[-1] == "document.downloaded"
    assert world.two.client().get(where).status_code == 404


def test_document_is_for_those_who_see_personal_data(world: World) -> None:
    one = world.one
    onboarding = one.start()
    where = reverse("onboarding_document", args=[onboarding.pk])
    assert one.client().get(where).status_code == 404
    make_document(one, onboarding)

    seen = {role: one.client(role).get(where).status_code for role in Role}

    assert seen == {Role.OWNER: 200, Role.OPERATOR: 200, Role.AUDITOR: 200, Role.VIEWER: 403}
    assert "signed.pdf" not in shown(one, onboarding, Role.VIEWER)


def test_same_word_with_a_document_is_kept_again(world: World) -> None:
    one = world.one
    onboarding = one.at("create_user")
    for _ in range(2):
        one.client().post(reverse("onboarding_acceptance", args=[onboarding.pk]), WORD)

    attest(one, onboarding, b"\xff\xd8\xff photograph", "photo.png")

    with acting_for(one.pk):
        kept = [found.document_name for found in Acceptance.objects.order_by("recorded_at")]
    assert kept == ["", "photo.jpg"]


def test_evidence_stays_once_bill_was_told(world: World) -> None:
    one, two = world.one, world.two
    onboarding, theirs = one.at("create_user"), two.at("create_user")
    for partner, about in ((one, onboarding), (two, theirs)):
        attest(partner, about, PDF)
    one.submit(onboarding, "create_user", accepted_how="signed_document")
    world.drain()
    assert one.step(onboarding, "create_user").state == StepState.DONE
    before = one.fresh(onboarding).acceptance_id

    where = reverse("onboarding_acceptance", args=[onboarding.pk])
    document = SimpleUploadedFile("signed.pdf", b"%PDF-forged later")
    answer = one.client().post(where, {**WORD, "document": document}, follow=True)
    attest(two, theirs, b"%PDF-a better scan")

    assert "BILL was told already" in message(answer)[0]
    assert one.fresh(onboarding).acceptance_id == before
    with acting_for(one.pk):
        assert Acceptance.objects.count() == 1
    # What was seen as evidence can be told from anything else, also by the audit log alone.
    told = [
        [e.content["fields"].get("document") for e in p.entries() if e.tag == "terms.accepted"]
        for p in (one, two)
    ]
    first, better = (hashlib.sha256(pdf).hexdigest() for pdf in (PDF, b"%PDF-a better scan"))
    assert told == [[first], [first, better]]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"<html><script>alert(1)</script>", 422),
        (b"", 422),
        (b"%PDF-" + bytes(5 * 1024 * 1024), 422),
        (b"%PDF-" + bytes(7 * 1024 * 1024), 413),
    ],
)
def test_what_is_no_document_is_refused(world: World, content: bytes, status: int) -> None:
    one = world.one
    onboarding = one.at("create_user")

    response = attest(one, onboarding, content)

    assert response.status_code == status  # type: ignore[attr-defined]  # a response
    assert one.fresh(onboarding).acceptance_id is None


def test_every_form_of_a_page_counts_in_what_is_to_put_right(world: World) -> None:
    one, two = world.one, world.two
    found = {}
    for partner, date in ((one, "2099-01-01"), (two, WORD["accepted_on"])):
        where = reverse("onboarding_acceptance", args=[partner.at("create_user").pk])
        wrong = {"accepted_on": date, "document": SimpleUploadedFile("signed.exe", b"MZ")}
        found[partner.pk] = partner.client().post(where, {**WORD, **wrong}).content.decode()

    assert "2 things to put right" in found[one.pk]
    assert "One thing to put right" in found[two.pk]
    for text in found.values():
        assert '<a href="#id_document">Document that shows it</a>: This is neither' in text
    assert '<a href="#id_accepted_on">On</a>: This date is in the future.' in found[one.pk]


def test_admin_is_named_on_the_page_that_says_so(world: World) -> None:
    one = world.one
    onboarding = one.start()
    make_contact(one, onboarding, ADMIN, ADDRESS)

    read = page(one.client().get(reverse("onboarding_admin", args=[onboarding.pk])))

    assert (read.value("name"), read.value("email")) == (ADMIN, ADDRESS)
    assert "readonly" in read.named("email").attributes
    assert contact(one, onboarding).name == ADMIN


def admin_page(partner: Partner, onboarding: Onboarding, role: Role = Role.OPERATOR) -> Page:
    return page(partner.client(role).get(reverse("onboarding_admin", args=[onboarding.pk])))


def test_name_of_a_confirmed_admin_is_not_offered_to_be_changed(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    onboarding, theirs = one.start(), two.start()
    visit(one, onboarding)
    make_contact(two, theirs)

    assert "readonly" in admin_page(one, onboarding).named("name").attributes
    assert "the name stays" in admin_page(one, onboarding).source
    # An owner may name another person, whose name it is then.
    assert "readonly" not in admin_page(one, onboarding, Role.OWNER).named("name").attributes
    assert "the name stays, unless you name another person" in admin_page(one, onboarding, Role.OWNER).source
    assert "readonly" not in admin_page(two, theirs).named("name").attributes
    assert "the name stays" not in admin_page(two, theirs).source


def test_naming_another_person_says_what_is_set_aside(world: World, visit: Visiting) -> None:
    one, two = world.one, world.two
    onboarding, theirs = one.at("create_user"), two.at("create_user")
    agree(visit(one, onboarding))
    make_contact(two, theirs)
    other = {"name": "Newman Right", "email": "new@rice.example", "language": "en"}
    told = {}
    for partner, started in ((one, onboarding), (two, theirs)):
        before = admin_page(partner, started, Role.OWNER).source
        where = reverse("onboarding_admin", args=[started.pk])
        after = partner.client(Role.OWNER).post(where, other, follow=True)
        told[partner.pk] = ("sets aside what this one agreed to" in before, message(after))

    assert told[one.pk] == (
        True,
        [
            f"What {ADMIN} agreed to is set aside; Newman Right is asked again.",
            "The link is on its way to new@rice.example.",
        ],
    )
    assert told[two.pk] == (False, ["The link is on its way to new@rice.example."])
    assert one.fresh(onboarding).acceptance_id is None


def test_it_is_not_me_offers_nobody_what_would_fail(world: World) -> None:
    one = world.one
    onboarding = one.start()
    invite(one, onboarding)
    link = link_in(deliver(one)[0])
    Client().post(f"{link}not-me/")

    operator, owner = admin_page(one, onboarding), admin_page(one, onboarding, Role.OWNER)

    assert "It is not me" in operator.source
    assert "Only an owner of your team can name another person." in operator.source
    assert 'form="name-admin"' not in operator.source
    assert 'form="name-admin"' in owner.source
    for read in (operator, owner):
        assert "Send a reminder" not in read.source
        assert len(read.all("footer")) == 2  # of the first panel, and of the page


def test_each_button_sends_something_else(world: World) -> None:
    one = world.one
    onboarding = one.start()
    invite(one, onboarding)

    sent = admin_page(one, onboarding).source
    one.client().post(reverse("onboarding_admin_revoke", args=[onboarding.pk]))
    revoked = admin_page(one, onboarding).source

    assert sent.count("Save and send a fresh link") == sent.count("Send a reminder") == 1
    assert "its mail says that it is a reminder" in sent
    assert "Save and send a fresh link" in revoked
    assert "Send a reminder" not in revoked
