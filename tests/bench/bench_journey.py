"""How much time the portal adds to the six calls of a journey, side by side with the bare calls, in one run.

Run it: python3 manage.py test tests/bench/bench_journey.py -s
"""

import statistics
import time
from collections.abc import Callable
from functools import partial

import httpx
import pytest

from onboarding.models import LIVE, BillSession, Grant, Onboarding, Step
from onboarding.services import consent as services
from onboarding.services.advance import advance_step
from onboarding.states import StepState
from portal.lib import clock
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.factories import INPUTS
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = {0: 30, 50: 12, 150: 8}


def bare(client: httpx.Client, partner: dict[str, str]) -> None:
    """The same six calls with nothing around them."""

    def post(path: str, body: object, headers: dict[str, str]) -> dict[str, str]:
        answer = client.post(path, json=body, headers=headers)
        answer.raise_for_status()
        return dict(answer.json()) if answer.content else {}

    login = {k: partner[k] for k in ("username", "password", "appKey")}
    keys = {"sessionId": post("/v3/partner/login", login, {})["sessionId"], "appKey": partner["appKey"]}
    address = {"line1": "123 Main Street", "city": "San Jose", "stateOrProvince": "CA"}
    address |= {"zipOrPostalCode": "95002", "country": "US"}
    company = {"name": "Rice Cakes Inc", "address": address, "phone": "4085550132"}
    organization = post("/v3/partner/organizations", company, keys)["id"]
    person: dict[str, object] = {"firstName": "Tomato", "lastName": "Soupsmith", "email": "t@example.com"}
    person |= {"username": f"u{time.monotonic_ns()}", "acceptTermsOfService": True}
    within = {**keys, "organizationId": organization}
    user = post("/v3/partner/users", person, within)["id"]
    phone = {"phoneNumber": "4085550199", "phoneType": "MOBILE"}
    post(f"/v3/partner/risk-verifications/{user}/phone", phone, within)
    child = post("/v3/partner/login-as-user", {"userId": user, "organizationId": organization}, keys)
    post("/v3/risk-verifications", None, {"sessionId": child["sessionId"], "devKey": partner["devKey"]})


def prepared(world: World) -> Step:
    """An onboarding with all its inputs submitted, at its first step, and no session left from the last one."""
    one = world.one
    onboarding = one.start()
    with acting_for(one.pk):
        BillSession.objects.filter(state__in=LIVE).update(state="ended", secret=None)
        for step in Step.objects.filter(onboarding=onboarding).exclude(key="login_as_user"):
            now = clock.now()
            staff = one.staff[Role.OPERATOR]
            given = INPUTS.get(step.key, {})
            Step.objects.filter(pk=step.pk).update(input=given, submitted_at=now, submitted_by=staff)
        consent(onboarding, world)
        return Step.objects.get(onboarding=onboarding, key="partner_login")


def consent(onboarding: Onboarding, world: World) -> None:

    actor = world.one.actor()
    services.record_acceptance(actor, onboarding, INPUTS["create_user"])
    services.record_grant(actor, onboarding, INPUTS["start_verification"])
    assert Grant.objects.filter(onboarding=onboarding).exists()


def timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def test_added_time(world: World) -> None:
    partner = {
        "username": "partner.one@example.com",
        "password": "simulator-one",
        "appKey": "SIM-APP-KEY-ONE",
        "devKey": "SIM-DEV-KEY-ONE",
    }
    print(
        "\nsix calls: bare httpx, the portal with attempts, audit chain and row-level security, and the ratio"
    )
    with httpx.Client(base_url=world.simulator.api_url, trust_env=False) as client:
        for delay, rounds in ROUNDS.items():
            world.simulator.disarm()
            if delay:
                world.simulator.arm("delay", seconds=delay / 1000, times=None)
            alone, ours = [], []
            for _ in range(rounds):
                alone.append(timed(lambda: bare(client, partner)))
                step = prepared(world)
                ours.append(timed(partial(advance_step, tenant_id=step.tenant_id, step_id=step.pk)))
                with acting_for(world.one.pk):
                    done = Step.objects.get(onboarding_id=step.onboarding_id, key="start_verification")
                assert done.state == StepState.DONE, (done.state, done.reason)
            a, b = statistics.median(alone[1:]), statistics.median(ours[1:])
            print(f"{delay:4} ms a call: {a:7.1f} ms, {b:7.1f} ms, {b / a:5.2f}x (+{b - a:.1f} ms)")
