"""What people type into the forms of the steps, sent as browsers send it."""

import re
from datetime import timedelta
from typing import Any

import pytest

from onboarding.models import Onboarding
from onboarding.states import StepState
from portal.lib import clock
from tests.factories import INPUTS, organization_input
from tests.onboarding.views.html import form_of, page
from tests.onboarding.views.rows import make_contact
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)

ORGANIZATION = INPUTS["create_organization"]
WORD = {name: INPUTS["create_user"][name] for name in ("accepted_by", "accepted_on", "accepted_how")}


def days_from_now(days: int) -> str:
    return (clock.now() + timedelta(days=days)).date().isoformat()


REFUSED: dict[str, list[tuple[str, str]]] = {
    "name": [
        ("", "required"),
        ("   ", "required"),
        ("N" * 101, "at most 100"),
        ("Nul\0l", "Null characters"),
    ],
    "line1": [("", "required"), ("L" * 201, "at most 200"), ("L" * 3000, "at most 200")],
    "city": [("", "required"), ("C" * 101, "at most 100")],
    "state": [("C", "two letters"), ("XX", "two letters"), ("CAL", "two letters"), ("", "required")],
    "zip": [("9500", "Five digits"), ("ABCDE", "Five digits"), ("95002-12", "Five digits"), ("", "required")],
    "country": [("CA", "not one of the available choices")],
    "phone": [
        ("", "required"),
        ("12345", "US phone number"),
        ("call me", "US phone number"),
        ("+44 20 7946 0018", "US phone number"),
        ("408555013212345", "US phone number"),
        ("4085550132" * 300, "US phone number"),
    ],
    "owner_name": [("", "required"), ("O" * 101, "at most 100")],
    "owner_birth": [
        ("1985-02-30", "valid date"),
        ("yesterday", "valid date"),
        ("0001-01-01", "Check the year"),
        (days_from_now(2), "in the future"),
        (days_from_now(-365), "Check the year"),
    ],
    "tax_id": [
        ("12345678", "nine digits"),
        ("1234567890", "nine digits"),
        ("12-345678A", "nine digits"),
        ("٩٩٩٨٨٨٧٧٧", "nine digits"),
        ("9" * 3000, "at most 20"),
    ],
    "tax_id_type": [("VAT", "not one of the available choices")],
    "industry": [("I" * 501, "at most 500")],
    "business_category": [("CIRCUS", "not one of the available choices")],
    "account_type": [("", "required")],
}
TAKEN: dict[str, list[tuple[str, str]]] = {
    "name": [
        ("N", "N"),
        ("N" * 100, "N" * 100),
        ("  Trimmed Inc  ", "Trimmed Inc"),
        ("مخبز الأرز", "مخبز الأرز"),
        ("Rice 🍚 Cakes 👩‍👩‍👧", "Rice 🍚 Cakes 👩‍👩‍👧"),
        ('<script>alert("x")</script>', '<script>alert("x")</script>'),
    ],
    "phone": [
        ("(408) 555-0132", "4085550132"),
        ("408 555 0132", "4085550132"),
        ("408-555-0132", "4085550132"),
        ("+1 408 555 0132", "4085550132"),
        ("1-408-555-0132", "4085550132"),
        ("+14085550132", "4085550132"),
    ],
    "tax_id": [("99-9888777", "999888777"), ("999 88 8777", "999888777"), ("", "")],
    "zip": [("95002-1234", "95002-1234")],
    "state": [("ca", "CA")],
    "owner_birth": [("1985-01-01", "1985-01-01"), ("", "")],
}


def test_values_that_no_form_takes_are_refused_beside_the_field(
    world: World, subtests: pytest.Subtests
) -> None:
    one = world.one
    onboarding, client = one.at("create_organization"), one.client()
    url = one.url(onboarding, "create_organization")
    calls = len(world.simulator.calls)

    for field, cases in REFUSED.items():
        for value, words in cases:
            with subtests.test(field=field, value=value[:40]):
                typed = {**ORGANIZATION, field: value, "version": "0"}
                response = client.post(url, typed)

                assert response.status_code == 422
                assert words in page(response).error(field)
                kept = form_of(response)
                assert {name: kept[name] for name in ORGANIZATION if name != field} == {
                    name: text for name, text in ORGANIZATION.items() if name != field
                }
                if page(response).named(field).name == "input":
                    assert kept[field] == value.replace("\r\n", "\n")
    assert one.step(onboarding, "create_organization").state == StepState.NOT_STARTED
    assert one.step(onboarding, "create_organization").version == 0
    assert len(world.simulator.calls) == calls


def test_values_are_taken_as_people_write_them(world: World, subtests: pytest.Subtests) -> None:
    one = world.one
    onboarding = one.at("create_organization")
    client = one.client()

    for field, cases in TAKEN.items():
        for value, stored in cases:
            with subtests.test(field=field, value=value[:40]):
                onboarding = one.start("Another")
                world.drain()
                url = one.url(onboarding, "create_organization")
                typed = {**ORGANIZATION, field: value, "version": "0", "confirmed": "on"}
                response = client.post(url, typed)

                assert response.status_code == 302
                step = one.step(onboarding, "create_organization")
                assert (step.state, step.input[field]) == (StepState.READY, stored)
                shown = client.get(url).content.decode()
                assert "<script>alert" not in shown


def test_unknown_keys_are_ignored(world: World) -> None:
    one = world.one
    onboarding, client = one.at("create_organization"), one.client()
    more = {"is_admin": "on", "state_of_step": "done", "id": "008EVIL", "owner": "x", "version": "0"}

    response = client.post(one.url(onboarding, "create_organization"), {**ORGANIZATION, **more})

    assert response.status_code == 302
    assert set(one.step(onboarding, "create_organization").input) == set(ORGANIZATION)


def test_believable_companies_reach_bill_as_typed(world: World) -> None:
    one = world.one
    client, given, theirs = one.client(), [organization_input() for _ in range(3)], world.two.tags()

    for values in given:
        onboarding = one.start(values["name"][:100])
        world.drain()
        response = client.post(one.url(onboarding, "create_organization"), {**values, "version": "0"})
        assert response.status_code == 302, page(response).error("phone") or page(response).error("zip")
        world.drain()

    assert sorted(o.body["name"] for o in world.simulator.organizations) == sorted(g["name"] for g in given)
    assert world.two.tags() == theirs


def test_mailing_address_is_wanted_unless_it_is_the_same(world: World) -> None:
    one = world.one
    onboarding, client = one.at("create_organization"), one.client()
    typed = {**ORGANIZATION, "version": "0"}
    del typed["mailing_same"]

    response = client.post(one.url(onboarding, "create_organization"), typed)

    assert response.status_code == 422
    for field in ("mailing_line1", "mailing_city", "mailing_state", "mailing_zip"):
        assert "Enter it" in page(response).error(field)
    assert page(response).error("mailing_same") == ""
    assert form_of(response)["mailing_same"] == ""


def test_errors_are_listed_on_top_with_links_to_the_fields(world: World) -> None:
    one = world.one
    onboarding, client = one.at("create_organization"), one.client()

    response = client.post(one.url(onboarding, "create_organization"), {"version": "0"})

    shown = response.content.decode()
    assert "things to put right" in shown
    links = {
        t.attributes["href"] for t in page(response).all("a") if t.attributes.get("href", "")[:4] == "#id_"
    }
    assert {"#id_name", "#id_line1", "#id_phone"} <= links
    assert links <= {"#" + tag.attributes["id"] for tag in page(response).tags if "id" in tag.attributes}


def test_terms_cannot_have_been_accepted_tomorrow(world: World) -> None:
    one = world.one
    onboarding, client = one.at("create_user"), one.client()
    url = one.url(onboarding, "create_user")
    typed: dict[str, Any] = {**INPUTS["create_user"], "version": "0"}

    for field, value in (
        ("accepted_on", days_from_now(2)),
        ("accepted_how", "by_pigeon"),
        ("accepted_how", ""),
        ("email", "not-an-address"),
        ("first_name", "F" * 51),
        ("accepted_by", ""),
    ):
        response = client.post(url, {**typed, field: value})
        assert response.status_code == 422
        assert page(response).error(field)
    assert len(world.simulator.users) == 0
    assert "terms.accepted" not in one.tags(onboarding)


def test_permission_needs_all_its_parts(world: World) -> None:
    one = world.one
    onboarding, client = one.at("start_verification"), one.client()
    url = one.url(onboarding, "start_verification")
    typed: dict[str, Any] = {**INPUTS["start_verification"], "version": "0"}

    for field, value in (
        ("scope", "everything"),
        ("given_by", ""),
        ("given_on", days_from_now(2)),
        ("given_how", ""),
    ):
        response = client.post(url, {**typed, field: value})
        assert response.status_code == 422
        assert page(response).error(field)
    assert "grant.given" not in one.tags(onboarding)


def test_name_of_an_onboarding_has_1_to_100_characters(world: World) -> None:
    client, tags = world.one.client(), world.one.tags()

    for name in ("", "  ", "N" * 101, "Nul\0l"):
        response = client.post("/onboardings/new/", {"name": name, "environment": "simulator"})
        assert response.status_code == 422
        assert page(response).error("name")
    refused = client.post("/onboardings/new/", {"name": "N", "environment": "production"})
    assert page(refused).error("environment")
    assert world.one.tags() == tags

    for name in ("N", "N" * 100, "مخبز 🍚"):
        response = client.post("/onboardings/new/", {"name": name, "environment": "simulator"})
        assert response.status_code == 302
        shown = client.get(response["Location"])
        assert page(shown).all("h1")
        assert name in shown.content.decode()


def test_very_large_request_is_refused_by_size(world: World) -> None:
    one = world.one
    onboarding, client = one.at("create_organization"), one.client()
    url = one.url(onboarding, "create_organization")

    assert client.post(url, {"name": "N" * 1_100_000}).status_code == 400
    assert client.post(url, {f"field{n}": "x" for n in range(201)}).status_code == 400


def test_user_is_taken_over_from_the_named_admin_until_something_is_typed(world: World) -> None:
    one, two = world.one, world.two
    onboarding, theirs = one.at("create_user"), two.at("create_user")
    make_contact(one, onboarding, "Olive Anna Brine", "olive@rice.example")

    def typed(partner: Partner, started: Onboarding) -> dict[str, str]:
        return form_of(partner.client().get(partner.url(started, "create_user")))

    taken = typed(one, onboarding)
    assert (taken["first_name"], taken["last_name"]) == ("Olive Anna", "Brine")
    assert taken["email"] == "olive@rice.example"
    assert typed(two, theirs)["last_name"] != "Brine"
    assert typed(two, theirs)["email"] == ""

    draft = {**taken, "first_name": "Olivia", "email": ""}
    one.client().post(one.url(onboarding, "create_user", "onboarding_draft"), draft)
    assert (typed(one, onboarding)["first_name"], typed(one, onboarding)["email"]) == ("Olivia", "")


@pytest.mark.parametrize(
    ("email", "is_shown"), [("other@rice.example", True), (" OLIVE@rice.example ", False), ("", False)]
)
def test_another_address_than_the_admins_gets_a_hint(world: World, email: str, is_shown: bool) -> None:
    one = world.one
    onboarding, client = one.at("create_user"), one.client()
    where = one.url(onboarding, "create_user")
    assert "The admin you named" not in client.get(where).content.decode()
    make_contact(one, onboarding, "Olive Brine", "olive@rice.example")
    typed = {**form_of(client.get(where)), "email": email}

    client.post(one.url(onboarding, "create_user", "onboarding_draft"), typed)
    read = page(client.get(where))

    (hint,) = [tag for tag in read.tags if "data-beside" in tag.attributes]
    assert ("hidden" not in hint.attributes) is is_shown
    assert "The admin you named has another address: olive@rice.example" in " ".join(
        re.sub("<[^>]+>", "", read.source).split()
    )
    client.post(where, {**typed, **WORD, "email": "other@rice.example"})
    assert one.step(onboarding, "create_user").input["email"] == "other@rice.example"
