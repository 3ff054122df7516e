import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from onboarding.simulator import Simulator
from onboarding.simulator.route import BASE, Route
from onboarding.simulator.routes import ROUTES
from onboarding.simulator.trouble.faults import KINDS
from onboarding.simulator.trouble.magic import TABLE
from onboarding.simulator.trouble.oddities import INDISPENSABLE, NEW_FIELDS, NEW_WORD, WORD_FIELDS
from tests.onboarding.simulator.partner import Partner, codes

PATH = "/v3/partner/organizations"
WAIT_SECONDS = 0.2
DEFINITION = Path(__file__).parents[2] / "contract" / "openapi.yaml"


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


def test_refusals_at_the_same_time_close_the_port_once(simulator: Simulator, partner: Partner) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda seconds: simulator.arm("refuse", seconds=seconds), [600] * 4))

    assert not is_reachable(partner)
    simulator.disarm()
    assert is_reachable(partner)
    assert [thread for thread in threading.enumerate() if thread.name == "reopen"] == []


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
    url = simulator.api_url.removesuffix(BASE) + route.base + path

    assert partner.http.request(route.method, url).status_code == 503


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "nonsense"},
        {"times": -1},
        {"seconds": "soon"},
        {"operation": "dance"},
        {"color": "red"},
        {"code": "no code"},
        {"code": 1119},
    ],
)
def test_wrong_fault_is_refused(simulator: Simulator, options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        simulator.arm(**{"kind": "delay", **options})  # type: ignore[arg-type]

    assert simulator.faults == []


@pytest.mark.parametrize(
    ("word", "made"),
    [("lose-reply", 1), ("cut-before", 0), ("error-500", 0), ("error-500-after", 1), ("html", 0),
     ("no-id", 1), ("truncate", 1), ("unauthorized", 0), ("reject", 0), ("placeholders", 0)],
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
    organization_id = partner.create("Taco [lose-reply:create_partner_user] [no-id:login_as_user]").json()[
        "id"
    ]

    with pytest.raises(httpx.RemoteProtocolError):
        partner.create_user(organization_id)
    user_id = simulator.users[0].id
    body = {"userId": user_id, "organizationId": organization_id}

    assert "sessionId" not in partner.post("/v3/partner/login-as-user", body).json()
    assert "sessionId" in partner.post("/v3/partner/login-as-user", body).json()


def test_every_fault_has_a_magic_word_and_a_place_in_the_form(control: httpx.Client) -> None:
    page = control.get("/faults", headers={"accept": "text/html"}).text

    assert {value.fault.kind for value in TABLE if value.fault} == set(KINDS)
    assert [kind for kind in KINDS if f'<option value="{kind}"' not in page] == []


def test_rejection_has_the_status_and_code_it_was_given(simulator: Simulator, control: httpx.Client,
                                                        partner: Partner) -> None:  # fmt: skip
    fields = {"kind": "reject", "operation": "create_organization", "status": "409", "code": "BDC_1205"}

    control.post("/faults", data=fields)
    response = partner.create()

    assert (response.status_code, codes(response)) == (409, ["BDC_1205"])
    assert simulator.organizations == []
    assert simulator.calls[-1].fault == "reject 409 BDC_1205"


def test_placeholders_are_left_in_several_messages(simulator: Simulator, partner: Partner) -> None:
    simulator.arm("placeholders", "create_organization")

    response = partner.create()

    assert response.status_code == 400
    assert len(response.json()) == 3
    assert all("${paramName0}" in entry["message"] for entry in response.json())
    assert simulator.organizations == []


def listed(partner: Partner) -> list[str]:
    return [one["name"] for one in partner.get(PATH).json()["results"]]


def test_lag_hides_what_was_made_from_lists_alone(simulator: Simulator, partner: Partner) -> None:
    partner.create("Before")
    simulator.arm("lag", "create_organization", seconds=20)
    organization_id = partner.create_id("Hidden")
    partner.create("After")

    assert partner.create_user(organization_id).status_code == 200
    assert listed(partner) == ["After", "Before"]
    simulator.advance(seconds=21)
    assert listed(partner) == ["After", "Hidden", "Before"]


def test_lag_of_every_create_is_a_setting(simulator: Simulator, partner: Partner) -> None:
    simulator.change_settings(list_lag_seconds=20)
    partner.create("First")
    simulator.advance(seconds=19)
    partner.create("Second")

    assert listed(partner) == []
    simulator.advance(seconds=2)
    assert listed(partner) == ["First"]


def test_what_lags_comes_back_on_its_page(simulator: Simulator, partner: Partner) -> None:
    simulator.arm("lag", "create_organization", times=2, seconds=20)
    for name in "abcd":
        partner.create(name)
    first = partner.get(PATH, max=1).json()

    assert [one["name"] for one in first["results"]] == ["d"]
    simulator.advance(seconds=21)
    rest = partner.get(PATH, max=3, page=first["nextPage"]).json()
    assert [one["name"] for one in rest["results"]] == ["c", "b", "a"]


def test_unknown_fields_are_everywhere_in_the_answer(simulator: Simulator, partner: Partner) -> None:
    simulator.arm("unknown_fields", "create_organization")
    simulator.arm("unknown_fields", "list_partner_organizations")

    made, found = partner.create().json(), partner.get(PATH).json()

    (name,) = NEW_FIELDS
    assert made["name"] == "Happy Taco"
    assert name in made
    assert name in made["address"]
    assert name in found["results"][0]["address"]
    assert name not in partner.get(PATH).json()


def test_nulls_stand_where_the_answer_can_do_without(simulator: Simulator, partner: Partner) -> None:
    simulator.arm("nulls", "create_organization")
    simulator.arm("nulls", "login_as_user")

    made = partner.create(phone="4085550132", taxId="999888777").json()
    user_id = partner.create_user(made["id"]).json()["id"]
    entered = partner.post(
        "/v3/partner/login-as-user", {"userId": user_id, "organizationId": made["id"]}
    ).json()

    assert (made["phone"], made["taxId"]) == (None, None)
    assert made["address"]["city"] == "San Jose"
    assert entered.pop("sessionId")
    assert set(entered.values()) == {None}


def test_unknown_words_stand_for_enums(simulator: Simulator, partner: Partner) -> None:
    simulator.arm("unknown_enum", "create_partner_user")
    simulator.arm("unknown_enum", "initiate_risk_verification")
    organization_id = partner.create_id()

    user = partner.create_user(organization_id).json()
    partner.add_phone(organization_id, user["id"])
    with partner.as_user(organization_id, user["id"]) as client:
        decision = client.post("/v3/risk-verifications").json()["decision"]

    assert (user["role"]["type"], user["firstName"]) == (NEW_WORD, "Ann")
    assert decision == NEW_WORD


def test_odd_answers_are_not_made_of_errors(simulator: Simulator, partner: Partner) -> None:
    for kind in ("unknown_fields", "nulls", "unknown_enum", "lag", "no_id"):
        simulator.arm(kind, "create_organization")

        assert codes(partner.create(name=None)) == ["BDC_1117"]


def required_and_enums(schema: Any, document: Any) -> Iterator[tuple[str, bool]]:
    """(name, whether it is an enum) of what a schema asks for, however deep."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    yield from ((name, False) for name in schema.get("required", ()))
    for name, inner in schema.get("properties", {}).items():
        if "enum" in inner:
            yield name, True
        yield from required_and_enums(inner, document)
    for inner in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from required_and_enums(inner, document)
    if "items" in schema:
        yield from required_and_enums(schema["items"], document)


def test_nulls_and_new_words_keep_to_the_definition() -> None:
    document = yaml.safe_load(DEFINITION.read_text())
    answers = [
        answer["content"]["application/json"]["schema"]
        for path in document["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
        for status, answer in operation["responses"].items()
        if status.startswith("2") and "content" in answer
    ]
    found = {one for schema in answers for one in required_and_enums(schema, document)}

    assert len(answers) > 50
    assert {name for name, is_enum in found if not is_enum} - INDISPENSABLE == set()
    assert {name for name, is_enum in found if is_enum} - WORD_FIELDS == set()


def test_magic_refusal_cuts_the_call_and_closes_the_port(simulator: Simulator, partner: Partner) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        partner.create("Taco [refuse]")
    wait_until(lambda: not simulator._gate.listener.is_open)
    with pytest.raises(httpx.ConnectError):
        partner.create("Taco [refuse]")

    assert simulator.calls[-1].fault == "refuse 10 s"
    simulator.disarm()
    assert is_clean_create(partner, "Taco [refuse]")
    assert len(simulator.organizations) == 1


def test_name_of_another_partners_organization_strikes_nobody_else(
    partner: Partner, other_partner: Partner
) -> None:
    organization_id = partner.create_id("Taco [error-500:login_as_user]")
    body = {"userId": "006", "organizationId": organization_id}

    assert other_partner.post("/v3/partner/login-as-user", body).status_code == 404
    assert partner.post("/v3/partner/login-as-user", body).status_code == 500
