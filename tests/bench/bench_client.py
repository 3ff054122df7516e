"""What the client of BILL costs over a bare httpx call with the same bytes, side by side in one run.

Run it: python3 manage.py test tests/bench/bench_client.py -s
"""

import json
import logging
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable

import httpx
import pytest

from onboarding.bill.client import BillClient
from onboarding.bill.inputs import Address, NewOrganization
from onboarding.bill.sessions import Secret
from tests.onboarding.bill.wire import MemoryJournal

ROUNDS = 400
ORGANIZATION = NewOrganization(
    name="Rice Cakes Inc",
    address=Address("123 Main Street", "San Jose", "95002", state_or_province="CA"),
    phone="4085550132",
    industry="Restaurant Caterer or Bar",
)
LOGIN = {"username": "partner.one@example.com", "password": "simulator-one", "appKey": "SIM-APP-KEY-ONE"}


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The simulator in a process of its own, so that it does not wait for this one."""
    command = [executable, "-m", "onboarding.simulator", "--port", "18973", "--data", str(tmp_path)]
    with Popen(command, stdout=PIPE, text=True) as simulator:
        assert simulator.stdout
        simulator.stdout.readline()
        yield "http://127.0.0.1:18973/connect"
        simulator.terminate()


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def pair(first: Callable[[], object], second: Callable[[], object], *, swapped: bool) -> tuple[float, float]:
    """Both, in turn first: what the other side still does after its answer must not fall on one of them only."""
    if swapped:
        after = timed(second)
        return timed(first), after
    return timed(first), timed(second)


def test_client_costs_little_over_a_bare_call(url: str) -> None:
    session = httpx.post(f"{url}/v3/partner/login", json=LOGIN).json()["sessionId"]
    body = json.dumps(ORGANIZATION.payload()).encode()
    headers = {"sessionId": session, "appKey": LOGIN["appKey"], "Content-Type": "application/json"}
    client = BillClient(
        base_url=url,
        app_key=Secret(LOGIN["appKey"]),
        dev_key=Secret("SIM-DEV-KEY-ONE"),
        journal=MemoryJournal(),
    )
    partner = client.partner_login(username=LOGIN["username"], password=Secret(LOGIN["password"]))
    with httpx.Client(base_url=url, trust_env=False) as bare, client:

        def call_bare() -> object:
            return bare.post("/v3/partner/organizations", content=body, headers=headers).json()

        def call_client() -> object:
            return client.create_organization(session=partner, organization=ORGANIZATION)

        for told in (logging.WARNING, logging.INFO):
            logging.getLogger("bill").setLevel(told)
            for _ in range(50):
                call_bare(), call_client()
            pairs = [pair(call_bare, call_client, swapped=bool(n % 2)) for n in range(ROUNDS)]
            show("without its log line" if told == logging.WARNING else "with its log line", pairs)


def show(what: str, pairs: list[tuple[float, float]]) -> None:
    bare_ms, client_ms = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"\n{what}: bare {bare_ms:.2f} ms, client {client_ms:.2f} ms, ratio {client_ms / bare_ms:.3f}")
