import time
from collections.abc import Callable

import httpx
import pytest

from onboarding.simulator import Simulator
from onboarding.simulator.routes import ROUTES, Route
from tests.onboarding.simulator.partner import Partner, codes

PATH = "/v3/partner/organizations"
WAIT_SECONDS = 0.2


@pytest.mark.parametrize(("kind", "made"), [("lose_reply", 1), ("cut_before", 0)])
def test_cut_connection(simulator: Simulator, partner: Partner, kind: str, made: int) -> None:
    simulator.arm(kind, "create_organization")

    with pytest.raises(httpx.RemoteProtocolError):
        partner.create()

    assert len(simulator.organizations) == made
    assert (simulator.calls[-1].status, simulator.calls[-1].fault) == (None, kind)
    assert partner.create().status_code == 200


@pytest.mark.parametrize(("kind", "made"), [("error_before", 0), ("error_after", 1)])
def test_error_status(simulator: Simulator, partner: Partner, kind: str, made: int) -> None:
    simulator.arm(kind, "create_organization", status=502)

    response = partner.create()

    assert (response.status_code, codes(response)) == (502, ["BDC_1001"])
    assert len(simulator.organizations) == made


@pytest.mark.parametrize("committed", [True, False])
def test_hang_drops_the_connection_in_the_end(
    simulator: Simulator, partner: Partner, committed: bool
) -> None:
    simulator.arm("hang", seconds=WAIT_SECONDS, committed=committed)
    started = time.monotonic()

    with pytest.raises(httpx.RemoteProtocolError):
        partner.create()

    assert time.monotonic() - started >= WAIT_SECONDS
    assert len(simulator.organizations) == committed


def test_delay_answers_late(simulator: Simulator, partner: Partner) -> None:
    simulator.arm("delay", seconds=WAIT_SECONDS)
    started = time.monotonic()

    assert partner.create().status_code == 200
    assert time.monotonic() - started >= WAIT_SECONDS


def test_late_call_lands_after_the_caller_has_left(simulator: Simulator, partner: Partner) -> None:
    simulator.arm("late", "create_organization", seconds=WAIT_SECONDS * 2)
    partner.http.timeout = httpx.Timeout(WAIT_SECONDS)

    with pytest.raises(httpx.ReadTimeout):
        partner.create()

    assert simulator.organizations == []
    wait_until(lambda: len(simulator.organizations) == 1)


def wait_until(holds: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_truncated_answer_of_a_call_that_was_done(simulator: Simulator, partner: Partner) -> None:
    simulator.arm("truncate", "create_organization")

    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        partner.create()

    assert len(simulator.organizations) == 1


def test_maintenance_page_instead_of_the_call(simulator: Simulator, partner: Partner) -> None:
    simulator.arm("html")

    response = partner.create()

    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert simulator.organizations == []


def test_answer_without_id_of_a_call_that_was_done(simulator: Simulator, partner: Partner) -> None:
    simulator.arm("no_id", "create_organization")

    response = partner.create()

    assert response.json()["name"] == "Happy Taco"
    assert "id" not in response.json()
    assert len(simulator.organizations) == 1


def test_unauthorized_once_leaves_the_session_alive(simulator: Simulator, partner: Partner) -> None:
    simulator.arm("unauthorized", "create_organization")

    assert codes(partner.create()) == ["BDC_1109"]
    assert partner.create().status_code == 200


def test_refused_port_opens_again(simulator: Simulator, partner: Partner) -> None:
    simulator.arm("refuse", seconds=WAIT_SECONDS)

    with pytest.raises(httpx.TransportError):
        partner.create()
    with pytest.raises(httpx.ConnectError):
        partner.create()
    wait_until(lambda: is_reachable(partner))

    assert partner.create().status_code == 200
    assert ("port closed", "refuse 0.2 s") in [(call.operation, call.fault) for call in simulator.calls]


def is_reachable(partner: Partner) -> bool:
    try:
        return partner.http.get("/v3/health").status_code == 200
    except httpx.TransportError:
        return False


def test_refused_port_opens_at_once_when_faults_are_cleared(simulator: Simulator, partner: Partner) -> None:
    simulator.arm("refuse", seconds=600)
    simulator.disarm()

    assert is_reachable(partner)


def test_second_refusal_takes_the_place_of_the_first(simulator: Simulator, partner: Partner) -> None:
    simulator.arm("refuse", seconds=600)
    simulator.arm("refuse", seconds=WAIT_SECONDS)

    wait_until(lambda: is_reachable(partner))


def test_fault_strikes_its_operation_as_often_as_told(simulator: Simulator, partner: Partner) -> None:
    simulator.arm("error_before", "create_organization", times=2)

    assert partner.get(PATH).status_code == 200
    assert [partner.create().status_code for _ in range(3)] == [503, 503, 200]
    assert [fault.hits for fault in simulator.faults] == [2]


def test_fault_without_times_stays_until_it_is_removed(simulator: Simulator, partner: Partner) -> None:
    simulator.arm("error_before", times=None)

    assert {partner.get(PATH).status_code for _ in range(3)} == {503}
    simulator.disarm()
    assert partner.get(PATH).status_code == 200


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_every_operation_can_be_struck(simulator: Simulator, partner: Partner, route: Route) -> None:
    simulator.arm("error_before", route.operation)
    path = route.path.replace("{", "").replace("}", "")

    assert partner.http.request(route.method, path).status_code == 503


@pytest.mark.parametrize(
    "options",
    [{"kind": "nonsense"}, {"times": -1}, {"seconds": "soon"}, {"operation": "dance"}, {"color": "red"}],
)
def test_wrong_fault_is_refused(simulator: Simulator, options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        simulator.arm(**{"kind": "delay", **options})  # type: ignore[arg-type]

    assert simulator.faults == []


@pytest.mark.parametrize(
    ("word", "made"),
    [("lose-reply", 1), ("cut-before", 0), ("error-500", 0), ("error-500-after", 1), ("html", 0),
     ("no-id", 1), ("truncate", 1), ("unauthorized", 0)],
)  # fmt: skip
def test_magic_fault_strikes_once_for_a_name(
    simulator: Simulator, partner: Partner, word: str, made: int
) -> None:
    name = f"Taco [{word.upper()}] North"

    assert not is_clean_create(partner, name)
    assert len(simulator.organizations) == made
    assert is_clean_create(partner, name)
    assert not is_clean_create(partner, name + "west")


def is_clean_create(partner: Partner, name: str) -> bool:
    try:
        response = partner.create(name)
        return response.status_code == 200 and "id" in response.json()
    except (httpx.TransportError, ValueError):
        return False


def test_magic_fault_strikes_the_operation_it_names(simulator: Simulator, partner: Partner) -> None:
    organization_id = partner.create("Taco [lose-reply:create_user] [no-id:login_as_user]").json()["id"]

    with pytest.raises(httpx.RemoteProtocolError):
        partner.create_user(organization_id)
    user_id = simulator.users[0].id
    body = {"userId": user_id, "organizationId": organization_id}

    assert "sessionId" not in partner.post("/v3/partner/login-as-user", body).json()
    assert "sessionId" in partner.post("/v3/partner/login-as-user", body).json()
