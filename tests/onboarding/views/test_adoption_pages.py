"""Taking over what exists at BILL: found by name, looked at, adopted once, and never another partner's."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.models import ListedOrganization, Onboarding
from onboarding.services import imports
from onboarding.services.adoption import MAY_BE_THEIRS, adopt_organization
from onboarding.services.advance import advance_step
from onboarding.services.consent import change_grant
from onboarding.services.steps import NotReady
from onboarding.states import StepState
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.factories import INPUTS
from tests.onboarding.imports.files import row, rows_of, running
from tests.onboarding.simulator.partner import Partner as Program
from tests.onboarding.steps.sent_organizations import ADDRESS, KEY
from tests.onboarding.views.html import form_of, message, page
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
AT_BILL = "/at-bill/"
WHY = {"reason": "The client was with us before"}


@pytest.fixture
def program(world: World) -> Iterator[Program]:
    """The first partner's own program, which calls BILL past the portal."""
    with closing(Program(world.simulator.api_url)) as made:
        yield made


def read(client: Client) -> Any:
    return client.post(reverse("at_bill_read"), {"environment": "simulator"}, follow=True)


def listed(partner: Partner, name: str) -> ListedOrganization:
    with acting_for(partner.pk):
        return ListedOrganization.objects.get(name=name)


def adopted(world: World, program: Program, name: str = "Old Client Inc") -> tuple[Onboarding, str]:
    """An onboarding that holds an organization which was at BILL before, and that organization's id."""
    bill_id = str(program.create(name, address=ADDRESS, phone="4085550132").json()["id"])
    client = world.one.client()
    read(client)
    one = listed(world.one, name)
    client.post(reverse("at_bill_organization", args=[one.pk]), WHY)
    with acting_for(world.one.pk):
        onboarding = Onboarding.objects.get(bill_organization_id=bill_id)
    world.drain()
    return world.one.fresh(onboarding), bill_id


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode().replace("&#x27;", "'"))


def test_organizations_that_nobody_holds_are_shown_once_the_list_was_read(
    world: World, program: Program
) -> None:
    held = world.one.at("create_user")
    program.create("Stray Inc", address=ADDRESS)
    client = world.one.client()

    assert "has not been read yet" in text(client.get(AT_BILL))
    assert "Stray Inc" in text(read(client))

    unknown, everything = text(client.get(AT_BILL)), text(client.get(AT_BILL + "?show=all"))
    assert held.bill_organization_id not in unknown
    assert held.bill_organization_id in everything
    assert reverse("onboarding", args=[held.pk]) in everything
    assert "Stray Inc" in text(client.get(AT_BILL + "?q=tray"))
    assert "No organization matches" in text(client.get(AT_BILL + "?q=nobody"))


def test_list_is_paged_by_key(world: World, program: Program) -> None:
    for number in range(120):
        program.create(f"Stray {number:03d}")
    client = world.one.client()
    seen: list[str] = []
    response = read(client)
    while True:
        seen += re.findall(r"<bdi>(Stray \d+)</bdi>", response.content.decode())
        older = [t.attributes["href"] for t in page(response).all("a") if t.attributes.get("rel") == "next"]
        if not older:
            break
        response = client.get(AT_BILL + older[0])

    assert sorted(seen) == [f"Stray {number:03d}" for number in range(120)]
    assert client.get(AT_BILL + "?after=made~up").status_code == 200


def test_long_list_is_read_in_several_turns(
    world: World, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onboarding.gateway.scans.SLICE", timedelta())
    for number in range(150):
        program.create(f"Stray {number:03d}")
    client = world.one.client()

    assert "100 organizations so far" in text(read(client))
    assert "Read on" in text(client.get(AT_BILL))
    assert "150 organizations" in text(read(client))


def test_organization_is_taken_over_by_a_new_onboarding(world: World, program: Program) -> None:
    onboarding, bill_id = adopted(world, program)
    one = world.one

    step = one.step(onboarding, KEY)
    assert (step.state, step.result["id"]) == (StepState.DONE, bill_id)
    assert step.input["line1"] == ADDRESS["line1"]
    assert (onboarding.name, onboarding.current_step) == ("Old Client Inc", "create_user")
    assert one.attempts(onboarding, KEY) == []
    told = [e.content for e in one.entries(onboarding) if e.tag == "step.resolved"]
    assert [(t["fields"]["choice"], t["fields"]["bill_id"]) for t in told] == [("adopt", bill_id)]
    assert told[0]["fields"]["reason"] == WHY["reason"]
    assert "What BILL has" in text(one.client().get(one.url(onboarding, KEY)))
    assert len(world.organizations()) == 1


def test_organization_is_held_by_one_onboarding_only(world: World, program: Program) -> None:
    adopted(world, program)
    one, client = listed(world.one, "Old Client Inc"), world.one.client()
    url = reverse("at_bill_organization", args=[one.pk])

    assert "Held already" in text(client.get(url))
    assert message(client.post(url, WHY, follow=True)) == ["Another onboarding holds this one already."]
    with acting_for(world.one.pk):
        assert Onboarding.objects.count() == 1


def test_organization_may_be_that_of_an_onboarding_that_was_begun(world: World, program: Program) -> None:
    begun = world.one.at(KEY, "Old Client Inc")
    program.create("Old Client Inc", address=ADDRESS)
    client = world.one.client()
    read(client)
    url = reverse("at_bill_organization", args=[listed(world.one, "Old Client Inc").pk])

    assert "begun" in text(client.get(url))
    assert client.post(url, WHY).status_code == 422
    client.post(url, {**WHY, "into": str(begun.pk)})

    assert world.one.fresh(begun).bill_organization_id == world.organizations()[0]
    with acting_for(world.one.pk):
        assert Onboarding.objects.count() == 1


def test_organization_that_an_unanswered_create_may_have_made_is_not_taken(world: World) -> None:
    one = world.one
    onboarding = one.at(KEY)
    world.simulator.arm("lose_reply", KEY)
    world.simulator.arm("error_before", "list_partner_organizations", times=1)
    one.submit(onboarding, KEY)
    world.drain()
    read(one.client())
    read(one.client())

    came = adopt_organization(actor=one.actor(), listed=listed(one, "Rice Cakes Inc"), reason="Mine")

    assert "looks for it" in came.why  # type: ignore[union-attr]
    world.drain_for(timedelta(minutes=1))
    assert world.organizations() == [one.fresh(onboarding).bill_organization_id]


def test_other_partners_organization_cannot_be_taken(world: World) -> None:
    theirs = world.two.at("create_user")
    read(world.two.client())
    row = listed(world.two, theirs.name)
    client = world.one.client()
    read(client)

    assert theirs.bill_organization_id not in text(client.get(AT_BILL + "?show=all"))
    assert client.get(reverse("at_bill_organization", args=[row.pk])).status_code == 404
    assert client.post(reverse("at_bill_organization", args=[row.pk]), WHY).status_code == 404


def test_only_those_who_work_take_over(world: World, program: Program) -> None:
    program.create("Stray Inc")
    read(world.one.client())
    url = reverse("at_bill_organization", args=[listed(world.one, "Stray Inc").pk])

    for role, may in ((Role.OWNER, 200), (Role.VIEWER, 403), (Role.AUDITOR, 403)):
        client = world.one.client(role)
        assert client.get(AT_BILL).status_code == 200
        assert client.get(url).status_code == may
        assert ("at-bill/read" in text(client.get(AT_BILL))) is (may == 200)


def look(client: Client, onboarding: Onboarding) -> Any:
    return client.post(reverse("onboarding_at_bill", args=[onboarding.pk]), {"action": "look"})


def test_administrator_phone_and_verification_are_taken_over(world: World, program: Program) -> None:
    one, client = world.one, world.one.client()
    onboarding, bill_id = adopted(world, program)
    clerk = [r for r in program.get("/v3/partner/roles", bill_id).json()["results"] if r["type"] == "CLERK"]
    program.create_user(bill_id, username="clerk1", roleId=clerk[0]["id"])
    user_id = str(program.create_user(bill_id, username="ann1").json()["id"])
    program.add_phone(bill_id, user_id)
    with program.as_user(bill_id, user_id) as user:
        assert user.post("/v3/risk-verifications").status_code == 200
    url = reverse("onboarding_at_bill", args=[onboarding.pk])

    assert url in text(client.get(one.url(onboarding, "create_user")))
    shown = look(client, onboarding)
    radios = [t.attributes["value"] for t in page(shown).all("input") if t.attributes.get("type") == "radio"]
    assert radios == [user_id]
    assert "Not an administrator" in text(shown)
    client.post(url, {"action": "user", "user": user_id, **WHY})

    onboarding = one.fresh(onboarding)
    assert (onboarding.bill_user_id, onboarding.current_step) == (user_id, "add_risk_phone")
    assert "BILL's own record, as Operator" in one.step(onboarding, "create_user").result["terms"]
    assert "BILL's own record" in text(client.get(one.url(onboarding, "create_user")))
    assert reverse("onboarding_permission", args=[onboarding.pk]) in text(client.get(url))
    assert world.sent("login_as_user") == 1

    change_grant(actor=one.actor(), onboarding=onboarding, values=INPUTS["start_verification"])
    client.post(url, {"action": "rest", **WHY})

    onboarding = one.fresh(onboarding)
    done = [one.step(onboarding, key).state for key in ("add_risk_phone", "start_verification")]
    assert done == [StepState.DONE, StepState.DONE]
    assert onboarding.current_step == "login_as_user"
    world.drain_for(timedelta(seconds=30))
    assert one.fresh(onboarding).decision == "APPROVE"
    assert len(world.simulator.users) == 2
    assert [a.operation for a in one.attempts(onboarding)] == ["login_as_user", "logout"]


def test_what_is_not_there_is_asked_for(world: World, program: Program) -> None:
    one, client = world.one, world.one.client()
    onboarding, _ = adopted(world, program)
    url = reverse("onboarding_at_bill", args=[onboarding.pk])
    assert "shows no user" in text(look(client, onboarding))
    one.submit(onboarding, "create_user")
    world.drain()
    change_grant(actor=one.actor(), onboarding=onboarding, values=INPUTS["start_verification"])

    came = client.post(url, {"action": "rest", **WHY}, follow=True)

    assert "neither a phone nor a verification" in message(came)[0]
    states = [one.step(onboarding, key).state for key in ("add_risk_phone", "start_verification")]
    assert states == [StepState.NOT_STARTED, StepState.NOT_STARTED]
    for key in ("add_risk_phone", "start_verification"):
        one.submit(onboarding, key)
        world.drain()
    assert len(world.simulator.phones) == 1


def test_user_of_another_organization_or_archived_is_not_taken(world: World, program: Program) -> None:
    one, client = world.one, world.one.client()
    elsewhere = program.create_id("Somebody Else Inc")
    stranger = str(program.create_user(elsewhere, username="bob1").json()["id"])
    onboarding, bill_id = adopted(world, program)
    gone = str(program.create_user(bill_id, username="gone1").json()["id"])
    program.post(f"/v3/partner/users/{gone}/archive", {}, bill_id)
    url = reverse("onboarding_at_bill", args=[onboarding.pk])

    first = client.post(url, {"action": "user", "user": stranger, **WHY}, follow=True)
    second = client.post(url, {"action": "user", "user": gone, **WHY}, follow=True)

    assert message(first) == ["BILL's organization has no such user."]
    assert message(second) == ["Archived at BILL."]
    assert client.post(url, {"action": "user", **WHY}).status_code == 422
    assert one.fresh(onboarding).bill_user_id == ""


def test_bill_that_is_away_is_said(world: World, program: Program) -> None:
    client = world.one.client()
    onboarding, _ = adopted(world, program)
    world.simulator.arm("error_before", "list_partner_users")
    world.simulator.arm("error_before", "list_partner_organizations")

    assert "BILL's users could not be read" in text(look(client, onboarding))
    world.later(timedelta(minutes=1))
    assert message(read(client))[0].startswith("BILL's list could not be read")
    with acting_for(world.one.pk):
        assert onboarding.steps.get(key="create_user").state == StepState.NOT_STARTED


def test_what_is_at_bill_already_is_asked_about_before_it_is_made_again(
    world: World, program: Program
) -> None:
    one, client = world.one, world.one.client()
    program.create("Rice Cakes Inc", address=ADDRESS)
    read(client)
    onboarding = one.at(KEY, "New Inc")
    given = {**form_of(client.get(one.url(onboarding, KEY))), **INPUTS[KEY]}

    asked = client.post(one.url(onboarding, KEY), given)

    assert asked.status_code == 422
    url = reverse("at_bill_organization", args=[listed(one, "Rice Cakes Inc").pk])
    assert url in text(asked)
    assert one.step(onboarding, KEY).state == StepState.NOT_STARTED


@pytest.mark.parametrize("step", ["unknown", "waits for its login"])
def test_organization_that_an_import_may_have_created_is_not_given_to_another(
    world: World, program: Program, step: str
) -> None:
    one = world.one
    import_ = running(one, [row("create_organization", create_organization__name="Old Client Inc")])
    (cells,) = rows_of(one, import_)
    given = cells.inputs["create_organization"]
    place = {**ADDRESS, "line1": given["line1"], "zipOrPostalCode": given["zip"]}
    step_id = imports.start_next_row(one.pk)
    assert step_id is not None
    if step == "unknown":
        world.simulator.arm("lose_reply", KEY)
        advance_step(tenant_id=one.pk, step_id=step_id)
    else:
        program.create("Old Client Inc", address=place)
    read(one.client())
    stray = listed(one, "Old Client Inc")
    with acting_for(one.pk):
        # BILL's list does not have to return an address.
        ListedOrganization.objects.update(details={**stray.details, "address": None})
        stray.refresh_from_db()
        begun = Onboarding.objects.get()

    answer = adopt_organization(actor=one.actor(), listed=stray, reason="It is ours, surely")

    assert answer == NotReady(MAY_BE_THEIRS)
    into_it = adopt_organization(actor=one.actor(), listed=stray, reason="This one created it", into=begun)
    assert (into_it == begun) is (step != "unknown")
    world.drain_for(timedelta(minutes=6))
    assert len(world.organizations()) == 1
