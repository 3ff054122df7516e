"""BILL's terms and the portal's own sessions, agreed to by the admin: what that lets run, and only once."""

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.models import Acceptance, Connection, Grant, Onboarding, Scope
from onboarding.sheets.check import NOT_ATTESTED
from onboarding.states import Status, StepState
from portal.lib.tenancy import acting_for
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.contacts.mailbox import ADMIN, deliver
from tests.onboarding.contacts.pages import agree, read_details, shown
from tests.onboarding.imports.files import drive, row, rows_of, running
from tests.onboarding.views.html import form_of, page
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
TERMS = "/company/terms/"


def waiting_for_admin(world: World, partner: Partner) -> Onboarding:
    """Staff have left the acceptance to the admin, and step 3 waits for it."""
    onboarding = partner.at("create_user")
    given = {"first_name": "Tomato", "last_name": "Soupsmith", "email": "t@rice.example", "by_admin": "on"}
    url = partner.url(onboarding, "create_user")
    form = form_of(partner.client().get(url))
    answer = partner.client().post(url, {**form, **given})
    assert answer.status_code == 302, page(answer).source
    world.drain()
    return partner.fresh(onboarding)


def words_of(partner: Partner, onboarding: Onboarding) -> tuple[list[Acceptance], list[Grant]]:
    with acting_for(partner.pk):
        return list(onboarding.acceptances.all()), list(onboarding.grants.all())


def test_step_left_to_the_admin_waits_and_runs_once_they_accept(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = waiting_for_admin(world, one)
    assert (onboarding.status, world.sent("create_partner_user")) == (Status.WAITING_ON_ADMIN, 0)

    answer = agree(visit(one, onboarding))
    world.drain()

    assert answer.headers["Location"] == "/company/"
    assert (one.step(onboarding, "create_user").state, world.sent("create_partner_user")) == (
        StepState.DONE,
        1,
    )
    assert one.fresh(onboarding).waits_for == "staff"


def test_what_was_read_is_kept_as_it_was_shown(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = waiting_for_admin(world, one)
    admin = visit(one, onboarding)
    read = shown(admin.get(TERMS))

    agree(admin)

    (accepted,), (granted,) = words_of(one, onboarding)
    assert all(line in read for line in (accepted.wording + "\n" + granted.wording).splitlines())
    assert (accepted.how, accepted.accepted_by, accepted.attested_by_id) == ("here", ADMIN, None)
    assert (accepted.ip, accepted.language, bool(accepted.version)) == ("127.0.0.1", "en", True)
    assert (granted.scope, granted.how, granted.with_terms) == (Scope.VERIFICATION, "here", True)
    assert one.tags(onboarding).count("terms.accepted") == 1


def test_receipt_has_the_words(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = waiting_for_admin(world, one)
    agree(visit(one, onboarding))

    (receipt,) = deliver(one)

    (accepted,), (granted,) = words_of(one, onboarding)
    for text in (accepted.wording, granted.wording):
        assert text in str(receipt.body)


def test_boxes_are_not_ticked_and_nothing_is_kept_without_them(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = waiting_for_admin(world, one)
    admin = visit(one, onboarding)
    form = form_of(admin.get(TERMS))

    answer = admin.post(TERMS, {**form, "consent": "on"})

    assert (form["terms"], form["consent"], answer.status_code) == ("", "", 422)
    assert words_of(one, onboarding) == ([], [])


def test_accepted_twice_is_accepted_once(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = waiting_for_admin(world, one)
    admin = visit(one, onboarding)
    read_details(admin)
    form = {**form_of(admin.get(TERMS)), "terms": "on", "consent": "on"}

    codes = [admin.post(TERMS, form).status_code for _ in range(3)]
    world.drain()

    accepted, granted = words_of(one, onboarding)
    assert (codes, len(accepted), len(granted)) == ([302, 302, 302], 1, 1)
    assert (world.sent("create_partner_user"), len(deliver(one))) == (1, 1)


def test_terms_without_consent_let_the_user_be_created_and_the_verification_wait(
    world: World, visit: Visiting
) -> None:
    one = world.one
    onboarding = waiting_for_admin(world, one)
    admin = visit(one, onboarding)
    agree(admin, consent="")
    world.drain()
    one.submit(onboarding, "add_risk_phone")
    world.drain()
    url = one.url(onboarding, "start_verification")
    one.client().post(url, {**form_of(one.client().get(url)), "by_admin": "on"})
    world.drain()
    waited = (one.fresh(onboarding).status, world.sent("initiate_risk_verification"))

    agree(admin)
    world.drain()

    assert waited == (Status.WAITING_ON_ADMIN, 0)
    assert one.step(onboarding, "start_verification").state == StepState.DONE
    assert world.sent("initiate_risk_verification") == 1


def test_words_that_changed_meanwhile_are_read_again(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = waiting_for_admin(world, one)
    admin = visit(one, onboarding)
    form = {**form_of(admin.get(TERMS)), "terms": "on", "consent": "on"}
    with acting_for(one.pk):
        Onboarding.objects.filter(pk=onboarding.pk).update(name="Another Name Inc")

    answer = admin.post(TERMS, form)

    assert (answer.status_code, words_of(one, onboarding)) == (422, ([], []))
    assert form_of(answer)["terms"] == ""
    assert "Another Name Inc" in shown(answer)


def test_staff_are_asked_for_nothing_once_the_admin_said_it(world: World, visit: Visiting) -> None:
    one = world.one
    onboarding = waiting_for_admin(world, one)
    agree(visit(one, onboarding))
    world.drain()
    one.submit(onboarding, "add_risk_phone")
    world.drain()
    url = one.url(onboarding, "start_verification")
    read = one.client().get(url)

    answer = one.client().post(url, form_of(read))
    world.drain()

    assert (answer.status_code, "given_by" in form_of(read), ADMIN in shown(read)) == (302, False, True)
    assert one.step(onboarding, "start_verification").state == StepState.DONE


def test_connection_that_may_not_attest_asks_and_takes_no_word_of_staff(world: World) -> None:
    one = world.one
    onboarding = one.at("create_user")
    with acting_for(one.pk):
        Connection.objects.filter(pk=one.connection.pk).update(attestation=False)
    url = one.url(onboarding, "create_user")
    form = form_of(one.client().get(url))
    given = {"first_name": "Tomato", "last_name": "Soupsmith", "email": "t@rice.example"}
    forged = {"accepted_by": "Nobody", "accepted_on": "2026-11-20", "accepted_how": "by_phone"}

    one.client().post(url, {**form, **given, **forged})
    one.client().post(reverse("onboarding_acceptance", args=[onboarding.pk]), forged)
    world.drain()

    assert "accepted_by" not in form
    assert words_of(one, onboarding) == ([], [])
    assert one.fresh(onboarding).status == Status.WAITING_ON_ADMIN


def test_other_tenants_onboarding_is_not_touched(world: World, visit: Visiting) -> None:
    mine, theirs = waiting_for_admin(world, world.one), waiting_for_admin(world, world.two)

    agree(visit(world.one, mine))
    world.drain()

    assert world.two.step(theirs, "create_user").state == StepState.WAITING
    assert words_of(world.two, theirs) == ([], [])


@pytest.mark.parametrize("path", ["", "details/", "terms/", "permission/", "done/", "activity/"])
def test_pages_need_a_confirmed_mailbox(world: World, path: str) -> None:
    answer = Client().get(f"/company/{path}")

    assert answer.status_code == 403


def test_row_with_a_word_that_staff_may_not_give_waits_for_the_admin(world: World, visit: Visiting) -> None:
    one = world.one
    with acting_for(one.pk):
        Connection.objects.filter(pk=one.connection.pk).update(attestation=False)
        one.connection.refresh_from_db()

    import_ = running(one, [row()])
    drive(one)
    (begun,) = rows_of(one, import_)
    assert begun.onboarding is not None
    waited = one.fresh(begun.onboarding).status
    agree(visit(one, begun.onboarding))
    drive(one)
    world.drain()

    assert (begun.notes, waited) == ([NOT_ATTESTED], Status.WAITING_ON_ADMIN)
    assert one.step(begun.onboarding, "start_verification").state == StepState.DONE
    assert [word.how for word in words_of(one, begun.onboarding)[0]] == ["here"]
