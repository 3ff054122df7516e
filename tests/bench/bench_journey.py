"""How much time the portal adds to the six calls of a journey, side by side with the bare calls, in one run.

Run it: python3 manage.py test tests/bench/bench_journey.py -s
With DBOS beside it: uv pip install --target /tmp/dbos dbos && PYTHONPATH=/tmp/dbos python3 manage.py test …
"""

import importlib.util
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from django.db import connections

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


Keys = dict[str, str]


@dataclass
class SixCalls:
    """The journey's calls by hand: each is a function of what the ones before it gave."""

    client: httpx.Client
    partner: Keys

    def post(self, path: str, body: object, headers: Keys) -> Keys:
        answer = self.client.post(path, json=body, headers=headers)
        answer.raise_for_status()
        return dict(answer.json()) if answer.content else {}

    def login(self) -> Keys:
        given = {k: self.partner[k] for k in ("username", "password", "appKey")}
        return {
            "sessionId": self.post("/v3/partner/login", given, {})["sessionId"],
            "appKey": given["appKey"],
        }

    def organization(self, keys: Keys) -> str:
        address = {"line1": "123 Main Street", "city": "San Jose", "stateOrProvince": "CA"}
        address |= {"zipOrPostalCode": "95002", "country": "US"}
        company = {"name": "Rice Cakes Inc", "address": address, "phone": "4085550132"}
        return self.post("/v3/partner/organizations", company, keys)["id"]

    def user(self, keys: Keys) -> str:
        person: dict[str, object] = {"firstName": "Tomato", "lastName": "Soupsmith", "email": "t@example.com"}
        person |= {"username": f"u{time.monotonic_ns()}", "acceptTermsOfService": True}
        return self.post("/v3/partner/users", person, keys)["id"]

    def phone(self, user: str, keys: Keys) -> None:
        phone = {"phoneNumber": "4085550199", "phoneType": "MOBILE"}
        self.post(f"/v3/partner/risk-verifications/{user}/phone", phone, keys)

    def login_as(self, user: str, organization: str, keys: Keys) -> str:
        given = {"userId": user, "organizationId": organization}
        return self.post("/v3/partner/login-as-user", given, keys)["sessionId"]

    def verify(self, session: str) -> None:
        keys = {"sessionId": session, "devKey": self.partner["devKey"]}
        self.post("/v3/risk-verifications", None, keys)

    def bare(self) -> None:
        """One after the other, with nothing around them."""
        keys = self.login()
        organization = self.organization(keys)
        within = {**keys, "organizationId": organization}
        user = self.user(within)
        self.phone(user, within)
        self.verify(self.login_as(user, organization, keys))


@contextmanager
def durable(calls: SixCalls) -> Iterator[Callable[[], object] | None]:
    """The same as a workflow of DBOS, each call a step; None where DBOS is not installed."""
    if not importlib.util.find_spec("dbos"):
        yield None
        return
    dbos = importlib.import_module("dbos").DBOS
    given = connections["owner"].get_connection_params()
    who = f"{quote(given['user'])}:{quote(given['password'])}"
    where = urlencode({"host": given["host"], "port": given.get("port") or 5432})
    address = f"postgresql://{who}@/{given['dbname']}?{where}"
    dbos(config={"name": "bench", "system_database_url": address, "run_admin_server": False})

    def step(one: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            return one(*given)

        return dbos.step(name=one.__name__)(call)  # type: ignore[no-any-return]

    login, create, user_of = step(calls.login), step(calls.organization), step(calls.user)
    phone, login_as, verify = step(calls.phone), step(calls.login_as), step(calls.verify)

    @dbos.workflow()
    def journey() -> None:
        keys = login()
        organization = create(keys)
        within = {**keys, "organizationId": organization}
        user = user_of(within)
        phone(user, within)
        verify(login_as(user, organization, keys))

    dbos.launch()
    try:
        yield journey
    finally:
        dbos.destroy()


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


def timed(work: Callable[[], object]) -> float:
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
    with (
        httpx.Client(base_url=world.simulator.api_url, trust_env=False) as client,
        durable(calls := SixCalls(client, partner)) as with_dbos,
    ):
        for delay, rounds in ROUNDS.items():
            world.simulator.disarm()
            if delay:
                world.simulator.arm("delay", seconds=delay / 1000, times=None)
            alone, ours, theirs = [], [], []
            for _ in range(rounds):
                alone.append(timed(calls.bare))
                step = prepared(world)
                ours.append(timed(partial(advance_step, tenant_id=step.tenant_id, step_id=step.pk)))
                if with_dbos:
                    theirs.append(timed(with_dbos))
                with acting_for(world.one.pk):
                    done = Step.objects.get(onboarding_id=step.onboarding_id, key="start_verification")
                assert done.state == StepState.DONE, (done.state, done.reason)
            a, b = statistics.median(alone[1:]), statistics.median(ours[1:])
            line = f"{delay:4} ms a call: {a:7.1f} ms, {b:7.1f} ms, {b / a:5.2f}x (+{b - a:.1f} ms)"
            if theirs:
                c = statistics.median(theirs[1:])
                line += f"; DBOS {c:7.1f} ms (+{c - a:.1f} ms): ours adds {(b - a) / (c - a):.2f}x of that"
            print(line)
