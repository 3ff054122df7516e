import json
import re
from typing import Any

import httpx
import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.partner import Partner, codes

HTML = {"accept": "text/html"}
PAGES = ("/", "/faults", "/calls", "/settings")


@pytest.mark.parametrize("path", PAGES)
def test_page_escapes_what_callers_sent(control: httpx.Client, partner: Partner, path: str) -> None:
    with partner.onboard("<script>alert(1)</script>", username='"><b>x') as user:
        user.post("/v3/risk-verifications")
    partner.http.get("/v3/<script>alert(1)</script>")

    page = control.get(path, headers=HTML)

    assert page.status_code == 200
    assert "<script" not in page.text
    assert "<b>x" not in page.text


def test_search_is_shown_back_escaped(control: httpx.Client, partner: Partner) -> None:
    partner.create('Taco "><b>x')

    page = control.get("/", params={"q": '"><b>x'}, headers=HTML)

    assert "1 in all" in page.text
    assert "Taco" in page.text
    assert "<b>x" not in page.text


@pytest.mark.parametrize("path", [*PAGES, "/control.css", "/state", "/nothing"])
def test_every_answer_carries_a_strict_policy(control: httpx.Client, path: str) -> None:
    policy = control.get(path, headers=HTML).headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_secrets_are_shown_nowhere(control: httpx.Client, partner: Partner) -> None:
    with partner.onboard() as user:
        secrets = [partner.session_id, user.headers["sessionId"]]
    partner.create(taxId="999888777", companyOwner={"dateOfBirth": "1985-01-01"})
    secrets += [*partner.login.values(), partner.dev_key, "999888777", "1985-01-01"]
    secrets.remove("partner.one@example.com")

    shown = "".join(control.get(path, headers=HTML).text for path in PAGES)
    shown += control.get("/calls").text + control.get("/state").text

    assert [secret for secret in secrets if secret in shown] == []


def test_secret_in_a_broken_body_is_not_logged(simulator: Simulator, partner: Partner) -> None:
    partner.http.post("/v3/partner/login", content=b'{"password": "canary"')

    assert "canary" not in repr(simulator.calls)
    assert simulator.calls[-1].body == "21 bytes that are not a JSON object"


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example:80"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_request_from_elsewhere_is_refused(
    simulator: Simulator, control: httpx.Client, method: str, headers: dict[str, str]
) -> None:
    path = "/state" if method == "GET" else "/clock"

    response = control.request(method, path, headers=headers, data={"advance_seconds": "60"})

    assert response.status_code == 403
    assert simulator.clock.offset.total_seconds() == 0


def test_form_of_the_page_itself_is_accepted(simulator: Simulator, control: httpx.Client) -> None:
    headers = {"origin": simulator.control_url, "sec-fetch-site": "same-origin"} | HTML

    response = control.post("/clock", data={"advance_seconds": "60", "back": "/calls"}, headers=headers)

    assert (response.status_code, response.headers["location"]) == (303, "/calls")
    assert simulator.clock.offset.total_seconds() == 60


def test_form_never_leads_elsewhere(control: httpx.Client) -> None:
    response = control.post("/clock", data={"advance_seconds": "0", "back": "//evil.example"})

    assert response.headers["location"] == "/"


def test_decision_is_set_by_its_button(simulator: Simulator, control: httpx.Client, partner: Partner) -> None:
    with partner.onboard() as user:
        user.post("/v3/risk-verifications")
    organization_id = simulator.organizations[0].id

    assert f'value="{organization_id}"' in control.get("/", headers=HTML).text
    control.post("/decisions", data={"organizationId": organization_id, "decision": "HOLD"})

    assert simulator.decisions == {organization_id: "HOLD"}


def test_fault_is_armed_listed_and_removed_as_json(control: httpx.Client, partner: Partner) -> None:
    armed = control.post(
        "/faults", json={"operation": "create_organization", "kind": "error_before", "times": 1}
    )

    assert partner.create().status_code == 503
    assert [(one["id"], one["hits"]) for one in control.get("/faults").json()] == [(armed.json()["id"], 1)]
    assert control.delete(f"/faults/{armed.json()['id']}").status_code == 200
    control.post("/faults", json={"kind": "delay"})
    assert control.delete("/faults").json() == {"removed": 1}
    assert control.get("/faults").json() == []


def test_fault_form_arms_with_the_defaults_for_empty_fields(
    simulator: Simulator, control: httpx.Client
) -> None:
    fields = {
        "kind": "hang",
        "operation": "*",
        "times": "0",
        "status": "",
        "seconds": "",
        "committed": "false",
    }

    control.post("/faults", data=fields)

    fault = simulator.faults[0]
    assert (fault.times, fault.seconds, fault.committed) == (None, 60, False)


def test_settings_form_saves_every_field_it_shows(simulator: Simulator, control: httpx.Client) -> None:
    before = control.get("/settings").json()
    sent = {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in before.items()
    }

    control.post("/settings", data=sent | {"create_status": "201", "times_shown": "false"})

    assert vars(simulator.settings) == before | {"create_status": 201, "times_shown": False}


@pytest.mark.parametrize(
    "change",
    [
        {"create_status": 700},
        {"nonsense": 1},
        {"times_shown": 1},
        {"decision_seconds": "nan"},
        {"tax_id_shown": "x"},
    ],
)
def test_wrong_setting_is_refused_with_a_sentence(
    simulator: Simulator, control: httpx.Client, change: dict[str, Any]
) -> None:
    before = simulator.settings

    response = control.put("/settings", json={"idle_minutes": 1} | change)

    assert response.status_code == 400
    assert response.json()["error"]
    assert simulator.settings == before


def test_partner_is_added_by_its_form(control: httpx.Client, partner: Partner) -> None:
    account = {"username": "new@example.com", "password": "p", "appKey": "A", "devKey": "D"}

    assert control.post("/partners", data=account).status_code == 303
    assert control.post("/partners", json=account).status_code == 400

    del account["devKey"]
    assert partner.http.post("/v3/partner/login", json=account).status_code == 200


def test_state_tells_counts_and_lists(control: httpx.Client, partner: Partner) -> None:
    with partner.onboard() as user:
        user.post("/v3/risk-verifications")

    state = control.get("/state").json()

    assert {name: state["counts"][name] for name in ("organization", "user", "phone")} == {
        "organization": 1,
        "user": 1,
        "phone": 1,
    }
    assert state["decisions"][0]["decision"] == "IN_PROGRESS"
    assert state["users"][0]["organizationId"] == state["organizations"][0]["id"]


def test_call_log_tells_what_was_asked_and_answered(simulator: Simulator, partner: Partner) -> None:
    partner.create(name=None, taxId="999888777")

    call = simulator.calls[-1]

    assert (call.operation, call.status, call.codes) == ("create_organization", 400, ("BDC_1117",))
    assert json.loads(call.body)["taxId"] == "•••"
    assert call.latency_ms > 0


def test_call_log_keeps_the_last_five_hundred(
    simulator: Simulator, control: httpx.Client, partner: Partner
) -> None:
    for _ in range(560):
        partner.http.get("/v3/health")

    assert len(simulator.calls) == 500
    assert simulator.world.store.count("call") < 560
    assert re.search("56[0-9] calls", control.get("/calls", headers=HTML).text)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"{}", "text/plain"),
        (b"[" * 50_000, "application/json"),
    ],
)
def test_body_the_control_page_cannot_read(control: httpx.Client, content: bytes, kind: str) -> None:
    response = control.post("/clock", content=content, headers={"content-type": kind})

    assert (response.status_code, list(response.json())) == (400, ["error"])


@pytest.mark.parametrize("seconds", [-1, "x", None, True, 1e99])
def test_clock_moves_only_forward_and_not_out_of_time(
    simulator: Simulator, control: httpx.Client, seconds: object
) -> None:
    assert control.post("/clock", json={"advance_seconds": seconds}).status_code == 400
    assert simulator.clock.offset.total_seconds() == 0


def test_page_for_a_browser_tells_what_did_not_work(control: httpx.Client) -> None:
    response = control.post("/clock", data={"advance_seconds": "x"}, headers=HTML)

    assert response.status_code == 400
    assert "must be a number" in response.text


def test_control_page_knows_nothing_of_bill(control: httpx.Client, partner: Partner) -> None:
    assert control.get("/connect/v3/health").status_code == 404
    assert codes(partner.http.get("/state")) == ["BDC_1121"]
