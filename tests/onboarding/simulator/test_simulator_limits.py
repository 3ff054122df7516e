import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from onboarding.simulator import Simulator
from onboarding.simulator.settings import Settings
from onboarding.simulator.trouble.faults import KINDS
from tests.onboarding.simulator.partner import PHONE, Partner, codes
from tests.onboarding.simulator.test_simulator_faults import wait_until

LIST = "/v3/partner/organizations"
HOUR = 3600
NO_LIMITS = {
    "calls_per_hour": 0,
    "logins_per_hour": 0,
    "messages_per_minute": 0,
    "concurrent_calls": 0,
}


@pytest.fixture(autouse=True)
def simulator(simulator: Simulator) -> Simulator:
    """Ten minutes into an hour, so that none ends in a test; sessions last; no limit but the test's own."""
    simulator.advance(seconds=HOUR - simulator.clock.now().timestamp() % HOUR + 600)
    simulator.change_settings(limits_enforced=True, idle_minutes=600, **NO_LIMITS)
    return simulator


def used(
    simulator: Simulator, control: httpx.Client, key: str = "appKey", partner: int = 0
) -> dict[str, Any]:
    keys = [one for one in control.get("/limits").json()["keys"] if one["key"] == key]
    return dict(keys[partner])


def statuses(partner: Partner, times: int) -> list[int]:
    return [partner.get(LIST).status_code for _ in range(times)]


def test_defaults_are_those_of_the_documentation() -> None:
    settings = Settings()

    assert settings.limits_enforced
    assert (settings.calls_per_hour, settings.logins_per_hour) == (20_000, 200)
    assert (settings.messages_per_minute, settings.concurrent_calls) == (5, 3)


def test_calls_are_counted_by_the_clock_hour(simulator: Simulator, partner: Partner) -> None:
    simulator.change_settings(calls_per_hour=3)

    assert statuses(partner, 2) == [200, 200]
    refused = partner.get(LIST)
    simulator.advance(minutes=49)
    assert statuses(partner, 1) == [429]
    simulator.advance(minutes=1)

    assert (refused.status_code, codes(refused)) == (429, ["BDC_1144"])
    assert refused.json()[0]["params"] == {"paramName0": "3"}
    assert "retry-after" not in refused.headers
    assert statuses(partner, 4) == [200, 200, 200, 429]


def test_refused_call_is_not_done(simulator: Simulator, partner: Partner) -> None:
    simulator.change_settings(calls_per_hour=2)

    assert [partner.create().status_code for _ in range(2)] == [200, 429]
    assert len(simulator.organizations) == 1
    assert simulator.calls[-1].codes == ("BDC_1144",)


def test_fault_is_not_used_up_by_a_refused_call(simulator: Simulator, partner: Partner) -> None:
    simulator.change_settings(calls_per_hour=1)
    simulator.arm("error_before", "list_partner_organizations")

    assert statuses(partner, 1) == [429]
    assert simulator.faults[0].hits == 0


def test_logins_have_a_limit_of_their_own(simulator: Simulator, partner: Partner) -> None:
    simulator.change_settings(logins_per_hour=2)

    logins = [partner.http.post("/v3/partner/login", json=partner.login) for _ in range(2)]

    assert [one.status_code for one in logins] == [200, 429]
    assert codes(logins[1]) == ["BDC_1144"]
    assert statuses(partner, 1) == [200]


def test_wrong_password_counts_as_a_login(simulator: Simulator, partner: Partner) -> None:
    simulator.change_settings(logins_per_hour=2)
    wrong = partner.login | {"password": "guess"}

    tries = [partner.http.post("/v3/partner/login", json=wrong).status_code for _ in range(2)]

    assert tries == [401, 429]


@pytest.mark.parametrize("operations", ["", "get_session"])
def test_which_operations_are_logins_is_a_setting(
    simulator: Simulator, partner: Partner, operations: str
) -> None:
    simulator.change_settings(logins_per_hour=1, login_operations=operations)

    with partner.onboard() as user:
        asked = [user.get("/v3/login/session").status_code for _ in range(2)]

    assert asked == [200, 429 if operations else 200]


def test_statuses_and_the_code_of_messages_are_settings(simulator: Simulator, partner: Partner) -> None:
    simulator.change_settings(
        message_operations="list_partner_organizations", messages_per_minute=1, messages_code="BDC_1002",
        hourly_status=403, concurrent_status=503,
    )  # fmt: skip

    partner.get(LIST)
    too_often = partner.get(LIST)
    simulator.change_settings(messages_per_minute=0, concurrent_calls=1)
    with calls_under_way(simulator, partner, 1):
        at_once = partner.get(LIST)

    assert (too_often.status_code, codes(too_often)) == (403, ["BDC_1002"])
    assert (at_once.status_code, codes(at_once)) == (503, ["BDC_1322"])


def initiate(user: httpx.Client) -> int:
    return user.post("/v3/risk-verifications").status_code


@pytest.mark.parametrize(("minute", "after_fifteen_seconds"), [("sliding", 429), ("clock", 200)])
def test_five_messages_a_minute(
    simulator: Simulator, partner: Partner, minute: str, after_fifteen_seconds: int
) -> None:
    simulator.change_settings(messages_per_minute=5, message_minute=minute, second_initiation="same answer")
    with partner.onboard() as user:
        simulator.advance(seconds=60 - simulator.clock.now().timestamp() % 60 + 50)

        assert [initiate(user) for _ in range(6)] == [200] * 5 + [429]
        assert user.get("/v3/risk-verifications").status_code == 200
        simulator.advance(seconds=15)
        assert initiate(user) == after_fifteen_seconds
        simulator.advance(seconds=60)
        assert initiate(user) == 200


@pytest.mark.parametrize(("counted", "allowed"), [("apart", 200), ("together", 429)])
def test_keys_of_a_partner(simulator: Simulator, partner: Partner, counted: str, allowed: int) -> None:
    with partner.onboard() as user:
        simulator.change_settings(keys_counted=counted, calls_per_hour=6)
        while partner.get(LIST).status_code == 200:
            pass

        assert user.get("/v3/login/session").status_code == allowed


def test_partners_do_not_use_up_each_other(
    simulator: Simulator, partner: Partner, other_partner: Partner
) -> None:
    simulator.change_settings(calls_per_hour=2)

    assert statuses(partner, 2) == [200, 429]
    assert statuses(other_partner, 2) == [200, 429]


@pytest.mark.parametrize("counts", [True, False])
def test_whether_a_refused_call_counts(
    simulator: Simulator, partner: Partner, control: httpx.Client, counts: bool
) -> None:
    simulator.change_settings(calls_per_hour=2, refused_calls_count=counts)

    statuses(partner, 3)

    assert used(simulator, control)["calls"] == (4 if counts else 2)


def test_expired_session_counts_and_a_wrong_key_does_not(
    simulator: Simulator, partner: Partner, control: httpx.Client
) -> None:
    key = partner.login["appKey"]
    before = used(simulator, control)["calls"]

    partner.http.get(LIST, headers={"sessionId": "gone", "appKey": key})
    partner.http.get(LIST, headers={"sessionId": partner.session_id, "appKey": "nobody's"})
    partner.http.post("/v3/partner/login", json={"appKey": ["odd"], "username": "u", "password": "p"})

    assert used(simulator, control)["calls"] == before + 1


def test_health_counts_nothing(simulator: Simulator, partner: Partner, control: httpx.Client) -> None:
    simulator.change_settings(calls_per_hour=1)

    asked = [partner.http.get("/v3/health", headers=partner.headers()).status_code for _ in range(3)]

    assert asked == [200] * 3
    assert used(simulator, control)["calls"] == 1


def test_nothing_is_counted_when_limits_are_off(
    simulator: Simulator, partner: Partner, control: httpx.Client
) -> None:
    simulator.change_settings(limits_enforced=False, calls_per_hour=1)

    assert statuses(partner, 3) == [200] * 3
    assert used(simulator, control)["calls"] == 1


def test_counts_survive_a_restart(tmp_path: Path) -> None:
    with Simulator(tmp_path) as first, closing(Partner(first.api_url)) as partner:
        first.advance(seconds=HOUR - first.clock.now().timestamp() % HOUR + 600)
        first.change_settings(calls_per_hour=2, idle_minutes=600)
        assert statuses(partner, 2) == [200, 200]
        session_id = partner.session_id
    with Simulator(tmp_path) as second, closing(httpx.Client(base_url=second.api_url)) as client:
        headers = {"sessionId": session_id, "appKey": "SIM-APP-KEY-ONE"}

        assert client.get(LIST, headers=headers).status_code == 429


class calls_under_way:  # noqa: N801 - reads as what it is
    """So many calls of this partner hang at once, for as long as the block lasts."""

    def __init__(
        self, simulator: Simulator, partner: Partner, number: int, *, kind: str = "hang", **options: Any
    ):
        self.simulator, self.partner, self.number = simulator, partner, number
        self.kind, self.options = kind, {"seconds": 1.0, **options}
        self.pool = ThreadPoolExecutor(number)

    def __enter__(self) -> None:
        self.simulator.arm(self.kind, "list_partner_organizations", times=self.number, **self.options)
        self.calls = [self.pool.submit(self.call) for _ in range(self.number)]
        wait_until(lambda: sum(self.simulator.world.slots.taken().values()) == self.number)

    def call(self) -> None:
        try:
            self.partner.get(LIST)
        except httpx.TransportError:
            return

    def __exit__(self, *error: object) -> None:
        self.pool.shutdown()


@pytest.mark.parametrize(
    ("kind", "options"),
    [("hang", {}), ("hang", {"committed": False}), ("late", {}), ("delay", {})],
)
def test_fourth_call_at_once_is_refused(
    simulator: Simulator, partner: Partner, other_partner: Partner, kind: str, options: dict[str, Any]
) -> None:
    simulator.change_settings(concurrent_calls=3)
    with partner.onboard() as user, calls_under_way(simulator, partner, 3, kind=kind, **options):
        refused = partner.get(LIST)

        assert (refused.status_code, codes(refused)) == (429, ["BDC_1322"])
        assert refused.json()[0]["message"].endswith("reached: 3.")
        assert user.get("/v3/login/session").status_code == 200
        assert other_partner.get(LIST).status_code == 200

    assert statuses(partner, 1) == [200]


def test_calls_without_an_organization_may_be_left_out(simulator: Simulator, partner: Partner) -> None:
    simulator.change_settings(concurrent_calls=1)
    with calls_under_way(simulator, partner, 1):
        simulator.change_settings(partner_calls_concurrent=False)

        assert statuses(partner, 1) == [200]


def test_organizations_have_slots_of_their_own(simulator: Simulator, partner: Partner) -> None:
    simulator.change_settings(concurrent_calls=1, idle_minutes=600)
    with partner.onboard("A", "a1") as one, partner.onboard("B", "b1") as two, ThreadPoolExecutor(1) as pool:
        simulator.arm("delay", "get_session", seconds=0.5)
        slow = pool.submit(one.get, "/v3/login/session")
        wait_until(lambda: len(simulator.world.slots.taken()) == 1)

        assert codes(one.get("/v3/risk-verifications/phone")) == ["BDC_1322"]
        assert two.get("/v3/login/session").status_code == 200
        assert slow.result().status_code == 200


def test_three_callers_that_wait_for_their_answers_are_never_refused(
    simulator: Simulator, partner: Partner
) -> None:
    simulator.change_settings(concurrent_calls=3)

    def many(number: int) -> set[int]:
        return {partner.get(LIST).status_code for _ in range(40)}

    with ThreadPoolExecutor(3) as pool:
        assert set.union(*pool.map(many, range(3))) == {200}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "refuse"])
def test_every_fault_gives_its_slot_back(simulator: Simulator, partner: Partner, kind: str) -> None:
    simulator.change_settings(concurrent_calls=1)
    simulator.arm(kind, seconds=0.01)

    with ExitStack() as gone:
        gone.callback(wait_until, lambda: simulator.world.slots.taken() == {})
        try:
            partner.create()
        except httpx.TransportError:
            assert simulator.calls[-1].fault

    assert partner.create().status_code == 200


def test_usage_is_shown(simulator: Simulator, partner: Partner, control: httpx.Client) -> None:
    simulator.change_settings(calls_per_hour=20_000, messages_per_minute=5, concurrent_calls=3)
    with partner.onboard() as user:
        initiate(user)
    with calls_under_way(simulator, partner, 1):
        shown = control.get("/limits").json()
        page = control.get("/limits", headers={"accept": "text/html"}).text

    of_user, of_partner = used(simulator, control, "devKey"), used(simulator, control)
    assert (of_user["calls"], of_user["logins"], of_user["messages"]) == (1, 0, 1)
    assert (of_partner["calls"], of_partner["logins"]) == (6, 2)
    assert shown["keys"][0]["underWay"] == [{"organizationId": "", "calls": 1}]
    assert shown["hourEnds"].endswith(":00:00.000+00:00")
    assert "6 of 20000" in page
    assert "SIM-APP-KEY" not in page + json.dumps(shown)


@pytest.fixture
def user(partner: Partner) -> Iterator[httpx.Client]:
    with partner.onboard() as user:
        yield user


def test_messages_are_counted_per_key_not_per_organization(
    simulator: Simulator, partner: Partner, user: httpx.Client
) -> None:
    simulator.change_settings(messages_per_minute=1)
    with partner.onboard("Second", "second1") as second:
        second.post("/v3/risk-verifications/phone", json=PHONE)

        assert [initiate(user), initiate(second)] == [200, 429]
