"""Double clicks, second tabs, colleagues, the back button, drafts, and sessions that end in mid-form."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.states import StepState
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.factories import INPUTS
from tests.onboarding.views.html import form_of, message, page
from tests.world import PASSWORD, Partner, World

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "create_organization"
HTMX = {"HX-Request": "true"}
ALREADY = "This step was submitted already."


def opened(partner: Partner, client: Client, key: str = KEY) -> tuple[str, Any, dict[str, str]]:
    """The address of the open step, the onboarding, and its form as just loaded, filled in."""
    onboarding = partner.at(key)
    url = partner.url(onboarding, key)
    return url, onboarding, {**form_of(client.get(url)), **INPUTS[key]}


def test_double_submit_has_one_effect_and_one_message(world: World) -> None:
    one = world.one
    client = one.client()
    url, onboarding, typed = opened(one, client)

    first, second = client.post(url, typed), client.post(url, typed)
    world.drain()

    assert (first.status_code, second.status_code) == (302, 302)
    assert message(client.get(url)) == [ALREADY]
    assert message(client.get(url)) == []
    assert one.tags(onboarding).count("step.submitted") == 1
    assert len(one.attempts(onboarding, "create_organization")) == 1
    assert len(world.organizations()) == 1


def test_submit_after_the_back_button_changes_nothing(world: World) -> None:
    one = world.one
    client = one.client()
    url, onboarding, typed = opened(one, client)
    client.post(url, typed)
    world.drain()
    assert one.step(onboarding, KEY).state == StepState.DONE

    again = client.get(url)
    response = client.post(url, {**typed, "name": "Somebody else"}, follow=True)

    assert 'id="step-form"' not in again.content.decode()
    assert message(response) == [ALREADY]
    assert one.step(onboarding, KEY).input["name"] == "Rice Cakes Inc"
    assert len(world.organizations()) == 1


def test_second_tab_keeps_what_was_typed_and_overwrites_nothing(world: World) -> None:
    one = world.one
    client = one.client()
    url, onboarding, first = opened(one, client)
    second = {**form_of(client.get(url)), **INPUTS[KEY], "city": "Oakland"}
    assert client.post(f"{url}draft/", {**first, "city": "Fresno"}, headers=HTMX).status_code == 204

    response = client.post(url, second)

    assert response.status_code == 409
    assert form_of(response)["city"] == "Oakland"
    assert "changed in another tab or by a colleague" in response.content.decode()
    step = one.step(onboarding, KEY)
    assert (step.state, step.draft["city"]) == (StepState.NOT_STARTED, "Fresno")

    # Seen and sent again, it is what the person wants.
    assert client.post(url, form_of(response)).status_code == 302
    assert one.step(onboarding, KEY).input["city"] == "Oakland"


def test_two_staff_at_one_step_send_it_once(world: World) -> None:
    one = world.one
    operator, owner = one.client(), one.client(Role.OWNER)
    url, onboarding, typed = opened(one, operator)
    theirs = {**form_of(owner.get(url)), **INPUTS[KEY], "city": "Oakland"}

    assert operator.post(url, typed).status_code == 302
    late = owner.post(url, theirs, follow=True)
    world.drain()

    assert message(late) == [ALREADY]
    assert len(world.organizations()) == 1
    assert one.step(onboarding, KEY).input["city"] == "San Jose"
    assert one.step(onboarding, KEY).submitted_by_id == one.staff[Role.OPERATOR].pk


def test_draft_of_a_page_may_be_saved_again_and_again(world: World) -> None:
    one = world.one
    client = one.client()
    url, onboarding, typed = opened(one, client)

    for city in ("F", "Fr", "Fresno"):
        response = client.post(f"{url}draft/", {**typed, "city": city, "phone": "not yet"}, headers=HTMX)
        assert (response.status_code, response.content) == (204, b"")
    shown = form_of(client.get(url))
    sent = client.post(url, {**typed, "city": "Fresno"})

    assert (shown["city"], shown["phone"]) == ("Fresno", "not yet")
    assert sent.status_code == 302
    assert "step.submitted" in one.tags(onboarding)


def test_draft_of_a_stale_page_is_refused(world: World) -> None:
    one = world.one
    client, colleague = one.client(), one.client(Role.OWNER)
    url, onboarding, typed = opened(one, client)
    theirs = form_of(colleague.get(url))
    client.post(f"{url}draft/", {**typed, "city": "Fresno"}, headers=HTMX)

    by_htmx = colleague.post(f"{url}draft/", {**theirs, "city": "Oakland"}, headers=HTMX)
    by_button = colleague.post(f"{url}draft/", {**theirs, "city": "Oakland"}, follow=True)

    assert by_htmx.status_code == 409
    assert "changed in another tab or by a colleague" in message(by_button)[0]
    assert one.step(onboarding, KEY).draft["city"] == "Fresno"


def test_version_that_no_page_names_is_stale(world: World) -> None:
    one = world.one
    client = one.client()
    url, onboarding, typed = opened(one, client)

    for version in ("", "-1", "x", "١", "99999999999999999999", "1\0"):
        assert client.post(url, {**typed, "version": version, "page": ""}).status_code == 409
    assert one.step(onboarding, KEY).state == StepState.NOT_STARTED


def test_draft_button_works_without_javascript(world: World) -> None:
    one = world.one
    client = one.client()
    url, onboarding, typed = opened(one, client)
    button = next(t for t in page(client.get(url)).all("button") if t.text.strip() == "Save draft")

    response = client.post(button.attributes["formaction"], {**typed, "name": "", "zip": "9"}, follow=True)

    assert message(response) == ["Draft saved."]
    assert (form_of(response)["name"], form_of(response)["zip"]) == ("", "9")
    assert one.step(onboarding, KEY).state == StepState.NOT_STARTED
    assert world.organizations() == []


def test_draft_of_a_later_step_is_kept_until_it_opens(world: World) -> None:
    one = world.one
    client = one.client()
    onboarding = one.at(KEY)
    url = one.url(onboarding, "create_user")
    early = client.get(url)
    typed = {**form_of(early), **INPUTS["create_user"]}

    assert client.post(f"{url}draft/", typed, headers=HTMX).status_code == 204
    refused = client.post(url, typed, follow=True)

    assert "This opens when the step before it is done." in early.content.decode()
    assert message(refused) == ["This step opens when the one before it is done."]
    one.submit(onboarding, KEY)
    world.drain()
    assert form_of(client.get(url))["email"] == INPUTS["create_user"]["email"]
    assert len(world.simulator.users) == 0


def test_draft_is_not_checked_and_cannot_harm(world: World) -> None:
    one = world.one
    client = one.client()
    url, onboarding, typed = opened(one, client)

    awkward = {
        **typed,
        "name": "Nul\0l" + "N" * 3000,
        "city": '"><script>alert(1)</script>',
        "zip": "مخبز 🍚",
    }
    response = client.post(f"{url}draft/", {**awkward, "is_admin": "on"}, headers=HTMX)

    assert response.status_code == 204
    kept = one.step(onboarding, KEY).draft
    assert kept["name"] == ("Null" + "N" * 3000)[:2000]
    assert (kept["city"], kept["zip"]) == (awkward["city"], "مخبز 🍚")
    assert set(kept) == set(INPUTS[KEY])
    assert "<script>alert" not in client.get(url).content.decode()


def test_draft_of_a_submitted_step_is_refused(world: World) -> None:
    one = world.one
    client = one.client()
    url, onboarding, typed = opened(one, client)
    client.post(url, typed)

    response = client.post(f"{url}draft/", {**typed, "city": "Fresno"}, headers=HTMX)

    assert (response.status_code, b"was submitted" in response.content) == (200, True)
    assert one.step(onboarding, KEY).input["city"] == "San Jose"


def test_draft_after_signing_out_says_where_to_sign_in(world: World) -> None:
    one = world.one
    client = one.client()
    url, onboarding, typed = opened(one, client)
    client.logout()

    response = client.post(f"{url}draft/", {**typed, "city": "Fresno"}, headers=HTMX)

    assert response.status_code == 401
    link = page(response).all("a")[0].attributes
    assert (link["href"], link["target"]) == (reverse("account_login"), "_blank")
    assert one.step(onboarding, KEY).version == 0


def test_form_sent_after_signing_out_is_shown_again_after_signing_in(world: World) -> None:
    one = world.one
    person = one.staff[Role.OPERATOR].person
    person.set_password(PASSWORD)
    person.save()
    client = one.client()
    url, onboarding, typed = opened(one, client)
    client.logout()

    asked = client.post(url, {**typed, "city": "Fresno"})
    sealed = str(dict(client.session.items()))
    back = client.post(
        asked["Location"], {"login": person.email, "password": PASSWORD, "next": url}, follow=True
    )

    assert asked["Location"].startswith(reverse("account_login"))
    assert "Fresno" not in sealed
    assert typed["tax_id"] not in sealed
    assert back.redirect_chain[-1][0] == url
    assert form_of(back)["city"] == "Fresno"
    assert one.step(onboarding, KEY).state == StepState.NOT_STARTED
    assert form_of(client.get(url))["city"] == ""
    assert client.post(url, form_of(back)).status_code == 302


def test_form_kept_for_one_person_is_not_shown_at_another_tenant(world: World) -> None:
    one, two = world.one, world.two
    client = one.client()
    url, _, typed = opened(one, client)
    client.logout()
    client.post(url, typed)

    client.force_login(two.staff[Role.OPERATOR].person)

    assert client.get(url).status_code == 404


def test_form_kept_for_one_person_is_not_shown_to_a_colleague(world: World) -> None:
    one = world.one
    client = one.client()
    url, _, typed = opened(one, client)
    client.logout()
    client.post(url, {**typed, "city": "Fresno"})

    client.force_login(one.staff[Role.OWNER].person)

    assert form_of(client.get(url))["city"] == ""


def test_step_of_a_cancelled_onboarding_takes_nothing(world: World) -> None:
    one = world.one
    client = one.client()
    url, onboarding, typed = opened(one, client)
    client.post(reverse("onboarding_cancel", args=[onboarding.pk]), {"reason": "The client left"})

    sent = client.post(url, typed, follow=True)
    saved = client.post(f"{url}draft/", typed, headers=HTMX)
    retried = client.post(f"{url}retry/", follow=True)

    assert message(sent)[-1] == "This onboarding has ended."
    assert b"cannot be changed now" in saved.content
    assert message(retried) == ["Nothing waits to be tried again here."]
    assert 'id="step-form"' not in sent.content.decode()


def test_refused_step_can_be_corrected_and_sent_again(world: World) -> None:
    one = world.one
    client = one.client()
    url, onboarding, typed = opened(one, client)
    world.simulator.change_settings(industry_checked=True)
    client.post(url, {**typed, "industry": "Juggling"})
    world.drain()

    refused = client.get(url)
    assert "Correct what is below and send it again." in refused.content.decode()
    assert form_of(refused)["industry"] == "Juggling"
    client.post(url, {**form_of(refused), "industry": "Software"})
    world.drain()

    assert one.step(onboarding, KEY).state == StepState.DONE
    assert len(world.organizations()) == 1
    assert "step.reopened" in one.tags(onboarding)
    with acting_for(world.two.pk):
        assert world.two.tags(onboarding) == []
