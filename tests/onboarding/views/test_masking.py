"""Who sees which personal data: a viewer none in full, nobody a tax id that was sent."""

import json

import pytest
from django.db import connection
from django.urls import reverse

from onboarding.models import Onboarding
from onboarding.steps import JOURNEY
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.factories import INPUTS
from tests.onboarding.imports.files import checked, drive, row, running
from tests.onboarding.views.html import page
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "(408) 555-0132"
PERSONAL = [
    "4085550132",
    PHONE,
    "555-0199",
    "1985-01-01",
    "Tomato",
    "Soupsmith",
    "tsoupsmith@",
]
TAX_ID = INPUTS["create_organization"]["tax_id"]


def everything_shown(world: World, onboarding: Onboarding, role: Role) -> str:
    """Every step's page, and its poll, as one text."""
    client, texts = world.one.client(role), []
    for definition in JOURNEY:
        for name in ("onboarding_step", "onboarding_status"):
            response = client.get(world.one.url(onboarding, definition.key, name))
            assert response.status_code == 200
            texts.append(response.content.decode())
    return "\n".join(texts)


def test_viewer_sees_no_personal_data_in_full(world: World) -> None:
    onboarding = world.one.at("login_as_user")

    shown = everything_shown(world, onboarding, Role.VIEWER)

    assert [text for text in [*PERSONAL, TAX_ID] if text in shown] == []
    assert "•••• 8777" in shown
    assert "•••• 0132" in shown
    assert "1985-••-••" in shown
    assert "t•••@example.com" in shown


@pytest.mark.parametrize("role", [Role.OWNER, Role.OPERATOR, Role.AUDITOR])
def test_tax_id_that_was_sent_is_masked_for_everybody(world: World, role: Role) -> None:
    onboarding = world.one.at("create_user")

    shown = everything_shown(world, onboarding, role)

    assert TAX_ID not in shown
    assert "99-9888777" not in shown
    assert "•••• 8777" in shown
    assert PHONE in shown


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR])
def test_who_may_not_work_gets_no_form(world: World, role: Role) -> None:
    onboarding = world.one.at("create_organization")
    draft = {**INPUTS["create_organization"], "version": "0"}
    world.one.client().post(world.one.url(onboarding, "create_organization", "onboarding_draft"), draft)

    shown = world.one.client(role).get(world.one.url(onboarding, "create_organization"))

    outside = ("/accounts/logout/", "/onboardings/", "/tenant/")
    actions = [form.attributes.get("action", "") for form in page(shown).all("form")]
    assert [action for action in actions if action not in outside] == []
    assert "Filled in" in shown.content.decode()
    assert TAX_ID not in shown.content.decode()
    assert (PHONE in shown.content.decode()) is (role is Role.AUDITOR)


def test_viewer_sees_no_personal_data_of_an_import(world: World) -> None:
    one = world.one
    broken = row(create_organization__zip=PHONE, create_organization__phone="tsoupsmith@example.com")
    before, begun = checked(one, [row(), broken]), running(one, [row(), broken])
    drive(one)

    client = one.client(Role.VIEWER)
    shown = "".join(
        client.get(reverse(name, args=[import_.pk])).content.decode()
        for import_ in (before, begun)
        for name in ("import", "import_status")
    )

    assert "at most 10 characters" in shown
    assert [text for text in [*PERSONAL, TAX_ID] if text in shown] == []


def test_audit_log_holds_no_personal_data_of_a_client(world: World) -> None:
    onboarding = world.one.at("login_as_user")

    bodies = "\n".join(entry.body for entry in world.one.entries())
    shown = world.one.client(Role.AUDITOR).get("/audit/").content.decode()

    assert [text for text in [*PERSONAL, TAX_ID] if text in bodies + shown] == []
    assert str(onboarding.pk) in bodies


def test_attempts_hold_no_personal_data(world: World) -> None:
    onboarding = world.one.at("login_as_user")

    kept = json.dumps(
        [[a.path, a.excerpt, a.codes, a.error, a.fingerprint.hex()] for a in world.one.attempts(onboarding)]
    )

    assert [text for text in [*PERSONAL, TAX_ID, "Main Street"] if text in kept] == []


def test_typed_input_is_sealed_in_the_database(world: World) -> None:
    world.one.at("login_as_user")
    sealed = {
        "onboarding_step": "input",
        "onboarding_acceptance": "accepted_by",
        "onboarding_grant": "given_by",
    }

    with acting_for(world.one.pk), connection.cursor() as cursor:
        for table, column in sealed.items():
            cursor.execute(f"SELECT {column} FROM {table}")
            values = b"".join(bytes(row[0]) for row in cursor.fetchall())
            assert values
            assert b"Tomato" not in values
            assert TAX_ID.encode() not in values
