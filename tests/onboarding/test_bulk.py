"""What imports began: driven by runners, in turn with other tenants, behind people, and without churning."""

from datetime import timedelta
from threading import Barrier

import pytest
from pytest_django import Settings

from onboarding.engine.sweep import due_steps, tenants_with_bulk
from onboarding.models import Attempt, Budget, Onboarding, Step
from onboarding.services import steps as step_services
from onboarding.services.bulk import work_through
from onboarding.services.consent import record_acceptance, record_grant
from onboarding.services.onboardings import make_onboarding
from onboarding.states import StepState
from portal.lib import clock
from portal.lib.places import give_back, take_place
from portal.lib.tenancy import acting_for
from tests.factories import INPUTS
from tests.onboarding.executors import in_thread
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
NONE = {"calls": 0, "logins": 0, "messages": 0, "at_once": 0}


def in_bulk(partner: Partner, name: str, *, last: str = "start_verification") -> Onboarding:
    """An onboarding as an import makes it, with the data of the steps up to this one."""
    keys = list(INPUTS)[: list(INPUTS).index(last) + 1]
    given = {key: dict(INPUTS[key]) for key in keys}
    given["create_organization"]["name"] = name
    with acting_for(partner.pk):
        onboarding = Onboarding(connection=partner.connection, name=name, is_bulk=True)
        make_onboarding(partner.actor(), onboarding, given)
        record_acceptance(partner.actor(), onboarding, INPUTS["create_user"])
        record_grant(partner.actor(), onboarding, INPUTS["start_verification"])
    return onboarding


def test_bulk_runs_to_the_end_without_wake_ups_of_its_own(world: World) -> None:
    onboardings = [in_bulk(partner, f"Company {n}") for n in range(3) for partner in world.partners]
    assert due_steps() == []
    assert set(tenants_with_bulk()) == {world.one.pk, world.two.pk}
    world.drain_for(timedelta(seconds=30))

    assert len(world.organizations()) == len(onboardings)
    for partner, onboarding in zip(world.partners * 3, onboardings, strict=True):
        assert partner.fresh(onboarding).decision == "APPROVE"


def test_slice_ends_in_time_and_says_that_there_is_more(world: World) -> None:
    for n in range(3):
        in_bulk(world.one, f"Company {n}", last="create_organization")
    more = [work_through(tenant_id=world.one.pk, seconds=0.000001) for _ in range(3)]
    assert more == [True, True, True]
    assert len(world.organizations()) == 3
    assert not work_through(tenant_id=world.one.pk)


def test_too_many_runners_of_a_tenant_leave_at_once(world: World, settings: Settings) -> None:
    settings.BULK_AT_ONCE = 1
    in_bulk(world.one, "Rice Cakes Inc", last="create_organization")
    together, results = Barrier(2), list[int]()

    def other() -> None:
        place = take_place(f"bulk {world.one.pk}", 1)
        together.wait(10)
        together.wait(10)
        give_back(place)

    thread = in_thread(other)
    together.wait(10)
    results.append(work_through(tenant_id=world.one.pk))
    results.append(len(world.organizations()))
    in_bulk(world.two, "Wheat Cakes Inc", last="create_organization")
    work_through(tenant_id=world.two.pk)
    together.wait(10)
    thread.join()
    assert results == [False, 0]
    assert len(world.organizations()) == 1


def test_runners_at_once_do_nothing_twice(world: World) -> None:
    for n in range(12):
        in_bulk(world.one, f"Company {n}", last="create_organization")
    for thread in [in_thread(lambda: work_through(tenant_id=world.one.pk, seconds=30)) for _ in range(3)]:
        thread.join()
    world.drain_for(timedelta(seconds=10))
    assert len(world.organizations()) == len(set(world.organizations())) == 12


def test_person_who_takes_a_step_over_is_woken_for(world: World) -> None:
    world.simulator.arm("reject", "create_organization")
    onboarding = in_bulk(world.one, "Rice Cakes Inc", last="create_organization")
    world.drain()
    step = world.one.step(onboarding, "create_organization")
    step_services.retry(actor=world.one.actor(), step=step)

    assert [step_id for _, step_id in due_steps()] == [step.pk]
    assert tenants_with_bulk() == []


def test_one_refusal_for_want_of_room_stands_for_all(world: World, settings: Settings) -> None:
    settings.BILL_LIMITS = {**NONE, "messages": 2}
    onboardings = [in_bulk(world.one, f"Company {n}") for n in range(7)]
    world.drain()
    world.later(timedelta(seconds=90))
    at = clock.now()
    world.drain()

    steps = [world.one.step(onboarding, "start_verification") for onboarding in onboardings]
    waiting = sorted(step.due_at - at for step in steps if step.due_at)
    assert sum(step.state == StepState.DONE for step in steps) == 4
    # Refusals that are milliseconds apart may put three into a turn of two: one of them is put off once more.
    assert {round(wait / timedelta(seconds=61)) for wait in waiting} <= {0, 1, 2}
    assert len(waiting) == 3
    with acting_for(world.one.pk):
        assert Attempt.objects.filter(operation="initiate_risk_verification").count() == 4
        assert Attempt.objects.filter(operation="login_as_user").count() == 4
    world.drain_for(timedelta(minutes=4))
    assert len(world.simulator.decisions) == 7
    with acting_for(world.one.pk):
        assert Attempt.objects.filter(operation="login_as_user").count() == 7


def test_last_place_is_a_persons_who_waits_for_it(world: World, settings: Settings) -> None:
    settings.BILL_LIMITS = {**NONE, "messages": 2}
    for n in range(6):
        in_bulk(world.one, f"Company {n}")
    person = world.one.at("start_verification", "A client at the desk")
    world.one.submit(person, "start_verification")
    world.drain()
    assert world.one.step(person, "start_verification").state == StepState.READY
    with acting_for(world.one.pk):
        assert Budget.objects.exclude(wanted_until=None).count() == 1

    until = world.one.step(person, "start_verification").due_at
    assert until is not None
    world.later(until - clock.now() + timedelta(seconds=1))
    while work_through(tenant_id=world.one.pk):
        pass
    world.drain()
    assert world.one.step(person, "start_verification").state == StepState.DONE


def test_another_tenants_thousand_do_not_come_first(world: World) -> None:
    for n in range(5):
        world.one.start(f"Company {n}")
    mine = world.two.start("Rice Cakes Inc")
    whose = [tenant for tenant, _ in due_steps(2)]
    assert set(whose) == {world.one.pk, world.two.pk}
    with acting_for(world.two.pk):
        assert Step.objects.filter(onboarding=mine, in_bulk=True).count() == 0
