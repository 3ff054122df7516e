"""One login for a tenant's staff, however many ask for it at once."""

from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest

from onboarding.gateway import sessions
from onboarding.models import BillSession, Onboarding, Purpose, SessionState
from onboarding.services.connections import save_connection
from onboarding.services.steps import Accepted, retry
from onboarding.states import Status, StepState
from portal.lib.tenancy import acting_for
from tests.onboarding.executors import drive_step, in_thread
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "partner_login"


def test_many_onboardings_at_once_log_in_once_for_each_tenant(world: World) -> None:
    started = [(partner, partner.start(f"Company {n}")) for n in range(3) for partner in world.partners]
    together = Barrier(len(started))

    def run(partner: Partner, onboarding: Onboarding) -> None:
        together.wait(10)
        drive_step(partner, onboarding, KEY)

    for thread in [in_thread(partial(run, *pair)) for pair in started]:
        thread.join(20)
    world.drain_for(timedelta(seconds=15))

    assert world.sent(KEY) == 2
    assert {partner.step(onboarding, KEY).state for partner, onboarding in started} == {StepState.DONE}


def test_login_that_somebody_else_is_making_is_waited_for(world: World) -> None:
    one = world.one
    with acting_for(one.pk):
        sessions.find_or_begin(one.connection, Purpose.PARTNER)
    onboarding = one.start()
    world.drain()

    step = one.step(onboarding, KEY)
    assert (step.state, step.reason) == (StepState.READY, "The portal is logging in to BILL.")
    assert world.sent(KEY) == 0


def test_login_that_was_interrupted_is_taken_over_once_nobody_can_be_making_it(world: World) -> None:
    one = world.one
    with acting_for(one.pk):
        sessions.find_or_begin(one.connection, Purpose.PARTNER)
    onboarding = one.start()
    world.drain_for(timedelta(seconds=60))

    assert (world.sent(KEY), one.step(onboarding, KEY).state) == (1, StepState.DONE)
    with acting_for(one.pk):
        ended = BillSession.objects.get(state=SessionState.ENDED.value)
    assert ended.how_ended == "the login was interrupted"


@pytest.mark.parametrize("kind", ["lose_reply", "cut_before", "no_id", "html", "truncate", "error_after"])
def test_login_whose_answer_was_lost_is_simply_made_again(world: World, kind: str) -> None:
    world.simulator.arm(kind, KEY)
    onboarding = world.one.start()
    world.drain()
    assert world.one.step(onboarding, KEY).state == StepState.READY

    world.drain_for(timedelta(seconds=10))
    assert (world.sent(KEY), world.one.step(onboarding, KEY).state) == (2, StepState.DONE)


@pytest.mark.parametrize(
    ("password", "app_key", "code"), [("mistyped", "", "BDC_1101"), ("", "MISTYPED", "BDC_1102")]
)
def test_wrong_credentials_are_refused_in_words_and_work_once_corrected(
    world: World, password: str, app_key: str, code: str
) -> None:
    one = world.one
    replace = partial(
        save_connection, actor=one.actor(), environment="simulator", username=one.connection.username
    )
    replace(password=password, app_key=app_key)
    onboarding = one.start()
    world.drain()

    step = one.step(onboarding, KEY)
    assert (step.state, one.fresh(onboarding).status) == (StepState.REFUSED, Status.NEEDS_YOU)
    assert [problem["code"] for problem in step.problems] == [code]
    assert "connection's settings" in step.reason
    replace(password="simulator-one", app_key="SIM-APP-KEY-ONE")
    assert retry(actor=one.actor(), step=step) == Accepted()
    world.drain()
    assert one.fresh(onboarding).current_step == "create_organization"
