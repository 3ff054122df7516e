from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from onboarding.models import Onboarding
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.factories import INPUTS
from tests.walks.conftest import Visit
from tests.walks.visitor import Visitor
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
OPERATOR = "operator@alpha.example"
COMPANY = {**INPUTS["create_organization"], "tax_id": "99-9888777", "phone": "(408) 555-0132"}
BUTTONS = {
    "create_organization": "Create organization at BILL",
    "create_user": "Create user at BILL",
    "add_risk_phone": "Add phone at BILL",
    "start_verification": "Start verification at BILL",
}
FOLLOWING = {
    "create_organization": "create user",
    "create_user": "add verification phone",
    "add_risk_phone": "start verification",
    "start_verification": "log in as user",
}
HALF = ("phone", "industry", "tax_id", "line1", "city")


def only_onboarding(partner: Partner) -> Onboarding:
    with acting_for(partner.pk):
        return Onboarding.objects.get()


def half_typed(visitor: Visitor, one: Partner) -> Onboarding:
    """Sign in, start, and leave while the first form is half typed, as soon as it was kept."""
    visitor.page.goto("/")
    visitor.picture("sign-in")
    visitor.sign_in(OPERATOR)
    visitor.picture("dashboard-empty")
    visitor.begin("Rice Cakes Inc")
    expect(visitor.state).to_have_text("Done")
    visitor.picture("partner_login-done")
    visitor.link("Next: create organization").click()
    visitor.fill({name: COMPANY[name] for name in HALF})
    onboarding = only_onboarding(one)
    visitor.until(
        lambda: one.step(onboarding, "create_organization").draft.get("city") == COMPANY["city"], "the draft"
    )
    expect(visitor.page.locator("[data-draft-state]")).to_contain_text("Draft saved")
    visitor.picture("create_organization-half")
    return onboarding


def walk_on(visitor: Visitor, key: str, values: dict[str, Any], following: str) -> None:
    visitor.submit_step(key, BUTTONS[key], values)
    expect(visitor.state).to_have_text("Done")
    visitor.picture(f"{key}-done")
    visitor.link(f"Next: {following}").click()


def act_as_user(visitor: Visitor) -> None:
    page = visitor.page
    visitor.fill(INPUTS["login_as_user"], form="#login-as")
    visitor.picture("login_as_user-filled")
    visitor.button("Log in as user").click()
    expect(visitor.heading("Acting as user")).to_be_visible()
    expect(page.get_by_role("complementary", name="Logged in as user")).to_contain_text("Rice Cakes Inc")
    visitor.picture("session")
    visitor.button("Read session details from BILL").click()
    expect(page.get_by_text("User at BILL")).to_be_visible()
    visitor.picture("session-read")
    page.locator(".main").get_by_role("button", name="End session").click()
    expect(visitor.heading("The session has ended")).to_be_visible()
    visitor.picture("session-ended")


@pytest.mark.usefixtures("background", "with_passwords")
def test_walk_goes_from_sign_in_to_login_as_user_and_survives_a_closed_window(
    visit: Visit, world: World
) -> None:
    one = world.one
    first = visit("journey-a")
    onboarding = half_typed(first, one)
    first.page.context.close()

    second = visit("journey-b")
    second.sign_in(OPERATOR)
    second.picture("dashboard")
    second.link("Rice Cakes Inc").click()
    for name in HALF:
        expect(second.page.locator(f"[name={name}]")).to_have_value(COMPANY[name])
    for key, following in FOLLOWING.items():
        values = COMPANY if key == "create_organization" else INPUTS[key]
        walk_on(second, key, values, following)
    act_as_user(second)
    second.until(lambda: one.fresh(onboarding).status == "done", "BILL's decision")
    second.page.goto("/")
    expect(second.page.locator("tbody tr .status")).to_have_text("Done")
    second.picture("dashboard-done")
    second.link("Rice Cakes Inc").click()
    second.picture("all-done")

    assert first.complaints + second.complaints == []
    (organization,) = world.simulator.organizations
    assert organization.id == one.fresh(onboarding).bill_organization_id
    assert (organization.body["name"], organization.body["taxId"]) == ("Rice Cakes Inc", "999888777")
    assert [user.body["lastName"] for user in world.simulator.users] == ["Soupsmith"]
    assert {"login_as.started", "login_as.read", "login_as.ended"} <= set(one.tags(onboarding))
    assert_unseen_by_the_other(visit("journey-other"), world, onboarding)
    call_command("verify_audit")


def assert_unseen_by_the_other(visitor: Visitor, world: World, onboarding: Onboarding) -> None:
    visitor.arrive_as(world.two.client(Role.OWNER))
    visitor.page.goto("/")
    expect(visitor.heading("No onboardings yet")).to_be_visible()
    for place in ("/onboardings/?q=Rice", "/audit/", f"/onboardings/{onboarding.pk}/"):
        answer = visitor.page.goto(place)
        assert answer is not None
        assert answer.status == (404 if str(onboarding.pk) in place else 200)
        assert "Rice Cakes" not in visitor.page.content()
    assert world.two.tags(onboarding) == []


@pytest.mark.usefixtures("background")
def test_lost_reply_is_shown_as_unknown_and_then_done_by_itself(visit: Visit, world: World) -> None:
    name = "Rice Cakes Inc [lose-reply]"
    visitor = visit("lost-reply")
    visitor.arrive_as(world.one.client())
    visitor.page.goto("/")
    visitor.begin(name)
    visitor.link("Next: create organization").click()
    visitor.submit_step("create_organization", BUTTONS["create_organization"], {**COMPANY, "name": name})

    expect(visitor.heading("We asked BILL and do not know yet what it did")).to_be_visible()
    expect(visitor.state).to_have_text("Unknown")
    visitor.picture("unknown")
    expect(visitor.state).to_have_text("Done")
    expect(
        visitor.page.get_by_text("Found at BILL after the answer was lost, and adopted.").first
    ).to_be_visible()
    visitor.picture("adopted")

    onboarding = only_onboarding(world.one)
    assert world.organizations() == [onboarding.bill_organization_id]
    creates = [call for call in world.simulator.calls if call.operation == "create_organization"]
    assert len(creates) == 1
    assert visitor.complaints == []


def test_submit_while_a_draft_is_under_way_is_no_conflict(visit: Visit, world: World) -> None:
    onboarding = world.one.at("create_organization")
    visitor = visit("draft")
    visitor.arrive_as(world.one.client())
    visitor.page.goto(world.one.url(onboarding, "create_organization"))
    # Each save reaches the portal, and the page never hears of it.
    visitor.page.route("**/draft/", lambda route: route.fetch())

    visitor.fill(COMPANY)
    visitor.until(lambda: world.one.step(onboarding, "create_organization").version, "the draft")
    visitor.button(BUTTONS["create_organization"]).click()
    expect(visitor.state).to_have_text("Running")
    world.drain()

    expect(visitor.state).to_have_text("Done")
    assert visitor.complaints == []


@pytest.mark.usefixtures("background", "with_passwords")
def test_walk_without_scripts_goes_by_links_buttons_and_reloads(visit: Visit, world: World) -> None:
    visitor = visit("no-script", java_script_enabled=False)
    visitor.sign_in(OPERATOR)
    visitor.begin("Rice Cakes Inc")
    reload_until_done(visitor)
    visitor.link("Next: create organization").click()
    visitor.fill({"line1": COMPANY["line1"]})
    visitor.button("Save draft").click()
    expect(visitor.page.get_by_text("Draft saved.")).to_be_visible()
    expect(visitor.page.locator("[name=line1]")).to_have_value(COMPANY["line1"])
    for key, following in FOLLOWING.items():
        values = COMPANY if key == "create_organization" else INPUTS[key]
        visitor.submit_step(key, BUTTONS[key], values)
        reload_until_done(visitor)
        visitor.link(f"Next: {following}").click()
    visitor.fill(INPUTS["login_as_user"], form="#login-as")
    visitor.button("Log in as user").click()
    reload_until_done(visitor)
    visitor.picture("login_as_user-done")
    visitor.link("Go to the session").click()
    visitor.button("Read session details from BILL").click()
    expect(visitor.page.get_by_text("User at BILL")).to_be_visible()
    visitor.picture("session-read")
    visitor.page.locator(".main").get_by_role("button", name="End session").click()
    expect(visitor.heading("The session has ended")).to_be_visible()

    onboarding = only_onboarding(world.one)
    assert world.organizations() == [onboarding.bill_organization_id]


def reload_until_done(visitor: Visitor) -> None:
    """By the page's own link: without scripts nothing moves by itself."""
    for _ in range(40):
        expect(visitor.state).to_be_visible()
        if visitor.state.inner_text().strip() == "Done":
            return
        visitor.link("Reload to see what came of it").click()
        visitor.page.wait_for_timeout(250)
    raise AssertionError(f"{visitor.page.url} was never done")
