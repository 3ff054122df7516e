"""One scan of BILL's list for all that wait for one: shared, resumed, bounded, and believed only when it is whole."""

from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from onboarding.bill.outputs import Organization, Page
from onboarding.engine.timing import QUIET_PERIOD
from onboarding.gateway import scans
from onboarding.gateway.bill import Bill
from onboarding.gateway.listed import shown, strays
from onboarding.models import ListedOrganization, Onboarding, Scan, ScanState
from onboarding.services.connections import save_connection
from onboarding.states import StepState
from portal.lib import clock
from portal.lib.tenancy import acting_for
from tests.onboarding.simulator.partner import Partner as Program
from tests.onboarding.steps.sent_organizations import A_WHILE, KEY, create_by_hand, state_of, submitted
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "list_partner_organizations"


def read(partner: Partner) -> Scan | scans.NotYet:
    return scans.read_since(Bill(actor=partner.actor(), connection=partner.connection), clock.now())


def all_scans(partner: Partner) -> list[Scan]:
    with acting_for(partner.pk):
        return list(Scan.objects.order_by("began_at"))


def states(partner: Partner) -> list[str]:
    return [scan.state for scan in all_scans(partner)]


def listed(partner: Partner) -> set[str]:
    with acting_for(partner.pk):
        return set(shown(partner.connection).values_list("bill_id", flat=True))


@pytest.fixture
def page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads has time for one page only."""
    monkeypatch.setattr(scans, "SLICE", timedelta())


def lost(world: World, names: list[str]) -> list[Onboarding]:
    """Onboardings whose create was done and whose answer was lost, all due for a look at once."""
    found = []
    for name in names:
        onboarding = world.one.at(KEY, name)
        world.simulator.arm("lose_reply", KEY)
        world.one.submit(onboarding, KEY, name=name)
        world.drain()
        found.append(onboarding)
    return found


def test_one_scan_serves_all_that_wait_for_one(world: World) -> None:
    onboardings = lost(world, [f"Lost {number}" for number in range(6)])
    before = world.sent(LIST)
    world.later(timedelta(seconds=60))
    world.drain()

    assert world.sent(LIST) - before == 1
    assert {world.one.fresh(one).bill_organization_id for one in onboardings} == set(world.organizations())


def test_scan_is_gone_on_with_where_the_last_reader_stopped(
    world: World, program: Program, page_by_page: None
) -> None:
    expected = {program.create_id(f"Another {number}") for number in range(250)}

    came = [read(world.one) for _ in range(3)]

    assert [type(one) for one in came[:2]] == [scans.NotYet, scans.NotYet]
    assert states(world.one) == [ScanState.WHOLE]
    assert world.sent(LIST) == 3
    assert listed(world.one) == expected


def test_look_that_takes_several_turns_adopts(world: World, program: Program, page_by_page: None) -> None:
    for number in range(250):
        program.create(f"Another {number}")
    onboarding = submitted_lost(world)
    world.drain_for(timedelta(seconds=30), every=timedelta(seconds=1))

    assert world.organizations("Rice Cakes Inc") == [world.one.fresh(onboarding).bill_organization_id]
    assert world.sent(LIST) == 3


def sent(world: World, onboarding: Onboarding) -> int:
    """How often it was sent by the portal."""
    return len(world.one.attempts(onboarding, KEY))


def submitted_lost(world: World) -> Onboarding:
    world.simulator.arm("lose_reply", KEY)
    return submitted(world)


def test_page_that_fails_in_the_middle_is_asked_for_again_and_nothing_is_sent(
    world: World, program: Program, page_by_page: None
) -> None:
    for number in range(150):
        program.create(f"Another {number}")
    world.simulator.arm("cut_before", KEY)
    onboarding = submitted(world)
    world.later(QUIET_PERIOD)
    read(world.one)
    world.simulator.arm("error_before", LIST, times=2)
    world.later(timedelta(seconds=5))
    world.drain()

    step = world.one.step(onboarding, KEY)
    assert step.reason.startswith("Looking at BILL failed")
    assert (step.state, sent(world, onboarding)) == (StepState.UNKNOWN, 1)
    world.drain_for(A_WHILE)
    assert len(world.organizations("Rice Cakes Inc")) == 1
    assert sent(world, onboarding) == 2


def scanned(partner: Partner, *pages: str) -> str:
    """A scan to which BILL answered with these pages, a letter for each organization; its state at the end."""
    with acting_for(partner.pk):
        scan = scans._begin(partner.connection)
    assert isinstance(scan, Scan)
    for number, names in enumerate(pages, start=1):
        found = tuple(Organization(f"008{name}", name) for name in names)
        scans._keep(scan, Page(found, next_page=f"page {number}" if number < len(pages) else ""))
    partner.world.later(timedelta(seconds=1))
    return scan.state


def test_organizations_that_come_twice_are_listed_once(world: World) -> None:
    assert scanned(world.one, "ABB", "BCA", "CD") == ScanState.WHOLE

    with acting_for(world.one.pk):
        rows = ListedOrganization.objects.values_list("bill_id", flat=True)
        assert sorted(rows) == ["008A", "008B", "008C", "008D"]
        assert Scan.objects.get().found == 4


def test_organizations_that_appear_while_paging_make_no_hole(world: World) -> None:
    assert scanned(world.one, "AB", "CD") == ScanState.WHOLE
    assert scanned(world.one, "XA", "ABC", "CDY") == ScanState.WHOLE


def test_scan_that_skips_what_was_there_before_is_not_whole(world: World) -> None:
    assert scanned(world.one, "AB", "CD") == ScanState.WHOLE
    # The order changed between two pages: B came up, and C went to where it was read already.
    assert scanned(world.one, "AB", "BD") == ScanState.HOLED
    assert scanned(world.one, "AB", "CD") == ScanState.WHOLE


def test_organization_that_bill_does_not_list_any_more_is_in_the_way_once_only(world: World) -> None:
    assert scanned(world.one, "AB") == ScanState.WHOLE
    assert scanned(world.one, "A") == ScanState.HOLED
    assert scanned(world.one, "A") == ScanState.WHOLE


def test_holed_list_is_no_proof_of_absence(world: World, program: Program) -> None:
    program.create("Another")
    world.simulator.arm("cut_before", KEY)
    onboarding = submitted(world)
    world.drain_for(timedelta(seconds=10))
    remembered_by(world.one, "008GONE")
    world.later(QUIET_PERIOD)
    world.drain()

    step = world.one.step(onboarding, KEY)
    assert (step.state, sent(world, onboarding)) == (StepState.UNKNOWN, 1)
    assert step.reason == "BILL's list left out organizations that it had shown before."
    world.drain_for(A_WHILE)
    assert sent(world, onboarding) == 2


def remembered_by(partner: Partner, bill_id: str) -> None:
    """The last scan showed one that BILL leaves out from now on."""
    with acting_for(partner.pk):
        scan = Scan.objects.order_by("-began_at")[0]
        one = ListedOrganization.objects.all()[0]
        one.pk, one.bill_id, one.scan, one.name, one.folded = None, bill_id, scan, "Gone", "gone"
        one._state.adding = True
        one.save(force_insert=True)


def test_absence_takes_two_scans_and_the_last_began_after_the_quiet_period(world: World) -> None:
    world.simulator.arm("cut_before", KEY)
    onboarding = submitted(world)
    # The portal was away: its first look at all comes long after the quiet period.
    world.later(timedelta(minutes=30))
    world.drain()
    assert sent(world, onboarding) == 1
    world.drain_for(timedelta(minutes=2))

    first, second = world.one.attempts(onboarding, KEY)
    looked = [scan for scan in all_scans(world.one) if first.opened_at < scan.began_at < second.opened_at]
    assert [scan.state for scan in looked] == [ScanState.WHOLE] * 2
    assert looked[-1].began_at >= first.opened_at + QUIET_PERIOD
    assert len(world.organizations()) == 1


@pytest.mark.parametrize("lag", [3, 30, 110])
def test_organization_that_the_list_shows_late_is_found_and_not_made_twice(world: World, lag: int) -> None:
    world.simulator.change_settings(list_lag_seconds=lag)
    onboarding = submitted_lost(world)
    world.drain_for(A_WHILE)

    assert world.organizations() == [world.one.fresh(onboarding).bill_organization_id]
    assert sent(world, onboarding) == 1


def test_organization_without_a_time_is_proved_new_by_an_earlier_scan(world: World) -> None:
    world.simulator.change_settings(times_shown=False, list_lag_seconds=30)
    onboarding = submitted_lost(world)
    world.drain_for(A_WHILE)

    assert world.organizations() == [world.one.fresh(onboarding).bill_organization_id]
    assert state_of(world, onboarding) == (StepState.DONE, "")


def test_organization_that_a_scan_had_shown_before_is_not_ours(world: World, program: Program) -> None:
    world.simulator.change_settings(times_shown=False)
    older = create_by_hand(program)
    read(world.one)
    world.later(timedelta(seconds=5))
    onboarding = submitted_lost(world)
    world.drain_for(timedelta(seconds=10))

    ours = world.one.fresh(onboarding).bill_organization_id
    assert ours not in ("", older)
    assert set(world.organizations()) == {older, ours}


def test_list_that_is_too_long_is_for_a_person(
    world: World, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans, "MOST_PAGES", 1)
    for number in range(150):
        program.create(f"Another {number}")
    world.simulator.arm("cut_before", KEY)
    onboarding = submitted(world)
    world.drain_for(A_WHILE)

    step = world.one.step(onboarding, KEY)
    assert (step.state, step.waits_for, sent(world, onboarding)) == (StepState.UNKNOWN, "staff", 1)
    assert step.reason == "BILL's list of organizations is longer than the portal reads."


def test_pages_that_go_round_in_a_circle_end_the_scan(world: World, program: Program) -> None:
    program.create("Another")
    with acting_for(world.one.pk):
        scan = scans._begin(world.one.connection)
    assert isinstance(scan, Scan)
    for token in ("a", "b", "c", "b"):
        if scan.state == ScanState.READING:
            scans._keep(scan, Page((Organization("008A", "A"),), next_page=token))

    assert states(world.one) == [ScanState.BROKEN]


def test_page_that_bill_no_longer_knows_ends_the_scan_and_the_next_one_begins_anew(
    world: World, program: Program
) -> None:
    program.create("Another")
    with acting_for(world.one.pk):
        scans._begin(world.one.connection)
        Scan.objects.update(next_page="made-up", lease_token=None, lease_until=clock.now())
    world.simulator.arm("cut_before", KEY)
    onboarding = submitted(world)
    world.drain_for(A_WHILE)

    assert states(world.one)[:2] == [ScanState.BROKEN, ScanState.WHOLE]
    assert world.organizations("Rice Cakes Inc") == [world.one.fresh(onboarding).bill_organization_id]


def test_two_readers_do_not_read_the_same_list(world: World) -> None:
    with acting_for(world.one.pk):
        scans._begin(world.one.connection)

    assert isinstance(read(world.one), scans.NotYet)
    assert world.sent(LIST) == 0
    world.later(timedelta(seconds=61))
    assert isinstance(read(world.one), scans.NotYet)  # the dead reader's scan, ended: too old for this reader
    assert states(world.one) == [ScanState.WHOLE]


def test_scan_that_was_left_alone_is_begun_anew(world: World) -> None:
    with acting_for(world.one.pk):
        scans._begin(world.one.connection)
    world.later(timedelta(minutes=10))

    read(world.one)

    assert states(world.one) == [ScanState.BROKEN, ScanState.WHOLE]


def test_what_another_account_was_shown_is_no_evidence(world: World, program: Program) -> None:
    program.create("Ours")
    read(world.one)
    assert len(listed(world.one)) == 1

    save_connection(
        actor=world.one.actor(),
        environment="simulator",
        username="partner.two@example.com",
        password="simulator-two",
        app_key="SIM-APP-KEY-TWO",
        dev_key="SIM-DEV-KEY-TWO",
    )
    with acting_for(world.one.pk):
        world.one.connection.refresh_from_db()

    assert listed(world.one) == set()
    read(world.one)
    assert states(world.one) == [ScanState.WHOLE, ScanState.WHOLE]
    assert listed(world.one) == set()


def test_list_of_one_tenant_is_not_seen_by_the_other(world: World, program: Program) -> None:
    program.create("Ours")
    read(world.one)
    read(world.two)

    assert listed(world.two) == set()
    with acting_for(world.two.pk), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM onboarding_listedorganization")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM onboarding_scan")
        assert cursor.fetchone() == (1,)


def test_long_scan_leaves_calls_to_others(world: World, program: Program, settings: Settings) -> None:
    settings.BILL_LIMITS = {**settings.BILL_LIMITS, "calls": 400}
    for number in range(450):
        program.create(f"Another {number}")
    read(world.one)
    world.later(timedelta(minutes=1))

    came = read(world.one)

    assert isinstance(came, scans.NotYet)
    assert timedelta(minutes=1) < came.wait < timedelta(minutes=3)
    assert world.sent(LIST) == 5


def test_details_of_the_listed_are_sealed(world: World, program: Program) -> None:
    program.create("Ours", phone="4085550132")
    read(world.one)

    with acting_for(world.one.pk), connection.cursor() as cursor:
        cursor.execute("SELECT details FROM onboarding_listedorganization")
        (sealed,) = cursor.fetchone()
        assert b"4085550132" not in bytes(sealed)
        assert ListedOrganization.objects.get().details["phone"] == "4085550132"


def test_strays_are_those_that_no_onboarding_holds(world: World, program: Program) -> None:
    held = world.one.at("create_user")
    stray = program.create_id("Stray Inc")
    read(world.one)

    with acting_for(world.one.pk):
        assert [one.bill_id for one in strays(world.one.connection)] == [stray]
    assert held.bill_organization_id in listed(world.one)


def test_payload_that_is_no_longer_what_was_sent_is_not_sent_by_itself(world: World) -> None:
    world.simulator.arm("cut_before", KEY)
    onboarding = submitted(world)
    with acting_for(world.one.pk):
        step = world.one.step(onboarding, KEY)
        step.input = {**step.input, "phone": "4155550000"}
        step.save(update_fields=["input"])
    world.drain_for(A_WHILE)

    step = world.one.step(onboarding, KEY)
    assert (step.state, step.waits_for, sent(world, onboarding)) == (StepState.UNKNOWN, "staff", 1)
    assert "is not what was sent before" in step.reason
