"""How fast the simulator answers, limits on, with a thousand and with a hundred thousand organizations.

Run it: python3 manage.py test tests/bench/bench_simulator.py -s
"""

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path

import httpx

from onboarding.simulator import Simulator, limits
from onboarding.simulator.call import Call
from onboarding.simulator.clock import timestamp
from onboarding.simulator.operations import organizations, roles
from onboarding.simulator.partners import KIND as PARTNER
from onboarding.simulator.route import BASE
from onboarding.simulator.routes import find_route
from onboarding.simulator.wire.messages import Json, Request
from tests.onboarding.simulator.partner import ORGANIZATION, Partner

SIZES = (1_000, 100_000)
ROUNDS = 60
PATH = "/v3/partner/organizations"
MOST_CREATE_MS, MOST_LIMITS_MS, MOST_RATIO = 5, 0.1, 2


def seed(simulator: Simulator, wanted: int) -> None:
    """Straight into the store, of the first partner; with the one role that a user is created in."""
    store = simulator.world.store
    partner_id = store.all(PARTNER, limit=1)[0].id
    now = timestamp(simulator.clock.now())
    times = {"createdTime": now, "updatedTime": now}
    with store.transaction():
        for number in range(store.count(organizations.KIND), wanted):
            identifier, role_id, name = (
                f"00801SEED{number:011}",
                f"0po01SEED{number:011}",
                f"Company {number}",
            )
            body: Json = {"id": identifier, "archived": False, **ORGANIZATION, "name": name, **times}
            store.add(organizations.KIND, identifier, body, partner=partner_id, label=name.casefold())
            role: Json = {"id": role_id, "type": "ADMINISTRATOR", "name": "Administrator"}
            store.add(
                roles.KIND, role_id, role, partner=partner_id, organization=identifier, label="ADMINISTRATOR"
            )


def p50(work: Callable[[], httpx.Response | None]) -> float:
    """In milliseconds; the first three only warm things up."""
    taken = []
    for _ in range(ROUNDS + 3):
        started = time.perf_counter()
        answer = work()
        taken.append((time.perf_counter() - started) * 1000)
        assert answer is None or answer.status_code == 200
    return statistics.median(taken[3:])


def middle_page(partner: Partner, size: int) -> str:
    """The token of the page that half of the organizations stand before."""
    page: str = partner.get(PATH, max=100).json()["nextPage"]
    for _ in range(size // 2 // 100 - 1):
        page = partner.get(PATH, max=100, page=page).json()["nextPage"]
    return page


def measure(partner: Partner, size: int) -> dict[str, float]:
    middle, organization_id = middle_page(partner, size), partner.create_id()
    numbers = count()

    def create_user() -> httpx.Response:
        return partner.create_user(organization_id, username=f"u{size}x{next(numbers)}")

    return {
        "create organization": p50(partner.create),
        "create user": p50(create_user),
        "first page": p50(lambda: partner.get(PATH)),
        "middle page": p50(lambda: partner.get(PATH, page=middle)),
    }


def limits_ms(simulator: Simulator, partner: Partner) -> float:
    """What counting adds to a call."""
    found = find_route("GET", BASE + PATH)
    assert found
    headers = {name.lower(): value for name, value in partner.headers().items()}
    call = Call(simulator.world, Request("GET", BASE + PATH, headers=headers), found[0].operation)

    def hundred_calls() -> None:
        for _ in range(100):
            with ExitStack() as slot:
                limits.admit(call, found[0], slot)

    with simulator.world.store.transaction():
        return p50(hundred_calls) / 100


def test_simulator_is_as_fast_with_many_organizations(tmp_path: Path) -> None:
    with Simulator(tmp_path) as simulator, closing(Partner(simulator.api_url)) as partner:
        simulator.change_settings(calls_per_hour=1_000_000)
        figures = {}
        for size in SIZES:
            seed(simulator, size)
            figures[size] = measure(partner, size)
        counting = limits_ms(simulator, partner)
    few, many = (figures[size] for size in SIZES)
    print("\np50 of one client, 1,000 and 100,000 organizations, and the ratio")
    for name in few:
        print(f"{name:20} {few[name]:6.2f} ms {many[name]:6.2f} ms {many[name] / few[name]:5.2f}x")
    print(f"limits add {counting:.3f} ms to a call")
    assert many["create organization"] <= MOST_CREATE_MS
    assert counting <= MOST_LIMITS_MS
    assert max(many[name] / few[name] for name in few) <= MOST_RATIO
