"""What can be written to the audit log is written by some flow, and nothing else can be."""

from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.engine.claims import take
from onboarding.engine.settle import settle
from onboarding.engine.timing import QUIET_PERIOD
from onboarding.models import Objection, Onboarding, Why
from onboarding.services import connections, imports
from onboarding.services.contacts import inviting
from onboarding.services.contacts.answering import answer
from onboarding.services.login_as import end_login_as, read_details, request_login_as
from onboarding.services.onboardings import Cancelled, cancel, hand_over
from onboarding.services.resolve import resolve
from onboarding.services.steps import retry
from onboarding.states import SEND_AGAIN
from onboarding.steps import REGISTRY
from portal.accounts.models import Person
from portal.audit.chain import verify
from portal.audit.models import Entry
from portal.audit.record import UnlistedField, record
from portal.audit.tags import Tag
from portal.lib.actor import PLATFORM, system
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.factories import INPUTS
from tests.onboarding.contacts.mailbox import ADDRESS, ADMIN, code_in, contact, deliver, invite, link_in
from tests.onboarding.contacts.pages import agree
from tests.onboarding.contacts.test_trust import log_in
from tests.onboarding.imports import files
from tests.onboarding.steps.test_login_as_user import session_of
from tests.onboarding.views.rows import make_document, make_mfa
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
CREATE = "create_organization"


def entries(partner: Partner) -> list[Entry]:
    """What both the tenant's chain and the platform's hold."""
    found = partner.entries()
    with acting_for(PLATFORM):
        return found + list(Entry.objects.filter(tenant_id=PLATFORM).order_by("seq"))


def sign_in_and_out(partner: Partner) -> None:
    person = Person.objects.get(pk=partner.staff[Role.OWNER].person_id)
    person.set_password("the-first-password")
    person.save()
    client = Client()
    for password in ("mistyped", "the-first-password"):
        client.post(reverse("account_login"), {"login": person.email, "password": password})
    changed = {
        "oldpassword": "the-first-password",
        "password1": "quite another one 7",
        "password2": "quite another one 7",
    }
    client.post(reverse("account_change_password"), changed)
    client.post(reverse("account_logout"))


def meet_bad_luck(world: World) -> Onboarding:
    """A refusal, a limit, an answer that comes late, and a look that finds nothing certain."""
    one = world.one
    onboarding = one.at(CREATE)
    one.submit(onboarding, CREATE, tax_id="12")
    world.drain()
    world.simulator.arm("error_before", CREATE, status=429)
    one.submit(onboarding, CREATE)
    world.drain()
    world.later(timedelta(minutes=1))  # before that, nobody calls BILL any more
    retry(actor=one.actor(), step=one.step(onboarding, CREATE))
    late = take(one.pk, one.step(onboarding, CREATE).pk, REGISTRY)
    assert late is not None
    answer = REGISTRY[CREATE].run(late.run)
    world.simulator.change_settings(times_shown=False)
    world.later(timedelta(seconds=61))
    world.drain()
    settle(late.run, answer, REGISTRY)
    world.simulator.arm("error_before", "list_partner_organizations")
    world.drain_for(timedelta(seconds=30))
    step = one.step(onboarding, CREATE)
    resolve(
        actor=one.actor(),
        step=step,
        choice=SEND_AGAIN,
        bill_id="",
        reason="It is another's",
        seen=world.organizations(),
    )
    world.later(QUIET_PERIOD)
    world.drain()
    return one.fresh(onboarding)


def finish(world: World, onboarding: Onboarding) -> None:
    one = world.one
    for key in ("create_user", "add_risk_phone", "start_verification"):
        one.submit(onboarding, key)
        world.drain()
    world.drain_for(timedelta(seconds=30))
    onboarding = one.fresh(onboarding)
    request_login_as(actor=one.actor(), onboarding=onboarding, reason="Look with the client", minutes="5")
    world.drain()
    read_details(actor=one.actor(), session=session_of(one))
    end_login_as(actor=one.actor(), session=session_of(one))
    world.drain()


def bring_in_files(world: World) -> None:
    """A file that is no table; one that is mapped, paused and cancelled; one that runs and is corrected."""
    one = world.one
    me = one.actor()
    files.checked(one, b"%PDF-1.7")
    mapped = files.checked(one, files.UNNAMED)
    imports.remap(actor=me, import_=mapped, mapping=files.MAPPING)
    imports.read_import(tenant_id=one.pk, import_id=mapped.pk)
    for act in (imports.start_import, imports.pause_import, imports.resume_import, imports.cancel_import):
        act(actor=me, import_=mapped)
    world.simulator.arm("reject", CREATE, status=422, code="BDC_1119")
    again = files.running(one, [files.row("create_organization")] * 2)
    imports.skip_rows(actor=me, import_=again, rows=None)
    files.drive(one)
    begun = files.rows_of(one, again)[0].onboarding_id
    files.running(one, [{**files.row("create_organization"), "onboarding": str(begun)}])
    one.client().get(reverse("import_repair", args=[again.pk, "csv"]))
    files.drive(one)
    imports.finish_settled()


def let_an_admin_come(
    partner: Partner, onboarding: Onboarding, name: str = ADMIN, email: str = ADDRESS, **headers: str
) -> Client:
    """Invited, and in, after a code that was wrong."""
    invite(partner, onboarding, name, email)
    link, device = link_in(deliver(partner)[-1]), Client(headers=headers)
    device.post(link)
    code = code_in(deliver(partner)[-1])
    for typed in (f"{(int(code) + 1) % 1_000_000:06}", code):
        device.post(reverse("contact_code"), {"code": typed})
    return device


def serve_an_admin(world: World) -> None:
    """What the owner sets, an admin who does all that is asked of them, and a device that BILL forgets."""
    one = world.one
    one.staff[Role.OWNER].person.refresh_from_db()  # the password is another one by now
    owner = one.client(Role.OWNER)
    owner.post(reverse("settings"), {"name": "Alpha Books", "colour": "#0a7d3c"})
    for given in ({}, {"attest-simulator": "on"}):
        owner.post(reverse("settings_attestation"), given)
    world.simulator.change_settings(remember_days=0)
    admin, _ = log_in(one, let_an_admin_come, device=True)
    onboarding = admin.onboarding
    make_document(one, onboarding)
    owner.get(reverse("onboarding_document", args=[onboarding.pk]))
    admin.client.post(reverse("contact_wrong", args=["address"]), {"said-address": "We moved"})
    with acting_for(one.pk):
        objection = Objection.objects.get(onboarding=onboarding)
    answer(actor=one.actor(), objection=objection, text="Corrected")
    limited = {**INPUTS["start_verification"], "scope": "verification"}
    one.client().post(reverse("onboarding_permission", args=[onboarding.pk]), limited)
    world.later(timedelta(minutes=2))
    admin.press("contact_mfa_challenge")
    admin.enter(admin.wrong)
    admin.press("contact_leave")
    found = contact(one, onboarding)
    inviting.revoke(actor=one.actor(), contact=found)
    inviting.send_link(actor=one.actor(), contact=found, why=Why.INVITED)
    Client().post(f"{link_in(deliver(one)[-1])}not-me/")
    early = one.at("create_user", "Early Inc")
    agree(let_an_admin_come(one, early, email="early@rice.example"))
    make_mfa(one, early)
    found = contact(one, early)
    world.later(timedelta(minutes=2))
    inviting.send_link(actor=one.actor(), contact=found, why=Why.INVITED)
    Client().post(f"{link_in(deliver(one)[-1])}not-me/")


def test_every_tag_is_written_by_some_flow_and_reads_as_a_sentence(world: World) -> None:
    one = world.one
    sign_in_and_out(one)
    connections.test_connection(actor=one.actor(Role.OWNER), connection=one.connection)
    finish(world, meet_bad_luck(world))
    not_permitted = one.at("start_verification", "Other Cakes Inc")
    one.submit(not_permitted, "start_verification", scope="nothing")
    cancelled = one.at("create_user", "Third Cakes Inc")
    hand_over(actor=one.actor(), onboarding=cancelled, to=one.staff[Role.OWNER])
    assert cancel(actor=one.actor(), onboarding=cancelled, reason="They left") == Cancelled()

    bring_in_files(world)
    serve_an_admin(world)

    written = entries(one)
    assert {entry.tag for entry in written} == {tag.text for tag in Tag}
    assert all(entry.sentence and "{" not in entry.sentence for entry in written)
    assert {verify(tenant).damage for tenant in (one.pk, world.two.pk, PLATFORM)} == {""}
    ours = {entry.content["onboarding"] for entry in written} - {None}
    assert not ours & {entry.content["onboarding"] for entry in world.two.entries()}


def test_field_that_a_tag_does_not_list_is_refused(world: World) -> None:
    one = world.one
    before = one.tags()
    unlisted = {"tax_id": "999888777"}
    for tag in Tag:
        tell = partial(record, actor=system(one.pk), tag=tag)
        for offer in (
            partial(tell, fields=unlisted),
            partial(tell, before=unlisted),
            partial(tell, after=unlisted),
        ):
            with acting_for(one.pk), pytest.raises(UnlistedField, match="tax_id"):
                offer()

    assert one.tags() == before


def test_sentence_uses_only_fields_that_its_tag_lists() -> None:
    for tag in Tag:
        assert tag.sentence({}) == tag.value.sentence.format_map(dict.fromkeys(tag.value.fields, "—"))


def test_submitted_values_are_told_by_their_names_alone(world: World) -> None:
    one = world.one
    onboarding = one.at(CREATE)
    one.submit(onboarding, CREATE)

    (submitted,) = [entry for entry in one.entries(onboarding) if entry.tag == "step.submitted"]
    typed = {name for name, value in INPUTS[CREATE].items() if value}
    assert set(submitted.content["fields"]["values"]) == typed
    assert not any(value in submitted.body for value in ("999888777", "4085550132", "1985-01-01"))
