from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.partner import ORGANIZATION, Partner, codes


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"password": "wrong"}, 401, "BDC_1101"),
        ({"username": "nobody@example.com"}, 401, "BDC_1101"),
        ({"appKey": "wrong"}, 401, "BDC_1102"),
        ({"appKey": "SIM-APP-KEY-TWO"}, 401, "BDC_1101"),
        ({"password": None}, 400, "BDC_1117"),
        ({"password": 7}, 400, "BDC_1124"),
    ],
)
def test_partner_login_refused(partner: Partner, change: dict[str, object], status: int, code: str) -> None:
    response = partner.http.post("/v3/partner/login", json=partner.login | change)

    assert (response.status_code, codes(response)) == (status, [code])


def test_error_has_all_fields_of_the_documented_array(partner: Partner) -> None:
    partner.session_id = "gone"

    entry = partner.get("/v3/partner/organizations").json()[0]

    assert entry.pop("timestamp").endswith("+00:00")
    assert entry == {
        "code": "BDC_1109",
        "severity": "ERROR",
        "category": "DOWNSTREAM",
        "message": "Session is invalid.  Please log in.",
        "params": {},
    }


def test_session_lives_while_it_is_used(simulator: Simulator, partner: Partner) -> None:
    for _ in range(3):
        simulator.advance(minutes=34)
        assert partner.get("/v3/partner/organizations").status_code == 200


def test_refused_call_keeps_the_session_alive(simulator: Simulator, partner: Partner) -> None:
    simulator.advance(minutes=34)
    assert partner.post("/v3/partner/organizations", {}).status_code == 400
    simulator.advance(minutes=34)

    assert partner.get("/v3/partner/organizations").status_code == 200


def test_session_ends_after_idle_time(simulator: Simulator, partner: Partner) -> None:
    simulator.advance(minutes=36)

    response = partner.create()

    assert (response.status_code, codes(response)) == (401, ["BDC_1109"])
    assert simulator.organizations == []


def test_keys_and_sessions_of_different_kinds_do_not_mix(partner: Partner) -> None:
    with partner.onboard() as user:
        partner_id, user_session = partner.session_id, user.headers["sessionId"]
        app, dev = {"appKey": partner.login["appKey"]}, {"devKey": partner.dev_key}
        attempts = [
            ("/v3/login/session", {"sessionId": partner_id} | dev, "BDC_1109"),
            ("/v3/login/session", {"sessionId": user_session} | app, "BDC_1102"),
            ("/v3/partner/organizations", {"sessionId": user_session} | app, "BDC_1109"),
            ("/v3/partner/organizations", {"sessionId": partner_id} | dev, "BDC_1102"),
            ("/v3/partner/organizations", {"sessionId": partner_id}, "BDC_1102"),
            ("/v3/partner/organizations", app, "BDC_1109"),
            ("/v3/partner/organizations", {"sessionId": partner_id, "appKey": "SIM-APP-KEY-TWO"}, "BDC_1109"),
        ]
        for path, headers, code in attempts:
            response = partner.http.get(path, headers=headers)
            assert (response.status_code, codes(response)) == (401, [code])


def test_logout_ends_only_the_session_in_the_header(partner: Partner) -> None:
    with partner.onboard() as user:
        assert user.post("/v3/logout").status_code == 200
        assert codes(user.get("/v3/login/session")) == ["BDC_1109"]

    assert partner.post("/v3/logout", {}).status_code == 200
    assert codes(partner.get("/v3/partner/organizations")) == ["BDC_1109"]


def test_child_session_outlives_the_partner_session_unless_set_otherwise(
    simulator: Simulator, partner: Partner
) -> None:
    with partner.onboard() as user:
        partner.post("/v3/logout", {})
        assert user.get("/v3/login/session").status_code == 200

        simulator.change_settings(child_survives_partner=False)
        assert codes(user.get("/v3/login/session")) == ["BDC_1109"]


def test_login_as_user_of_a_foreign_organization_is_not_found(
    partner: Partner, other_partner: Partner
) -> None:
    organization_id = other_partner.create_id()
    user_id = other_partner.create_user(organization_id).json()["id"]

    response = partner.post(
        "/v3/partner/login-as-user", {"userId": user_id, "organizationId": organization_id}
    )

    assert (response.status_code, codes(response)) == (404, ["BDC_1205"])


def test_login_as_user_wants_device_and_remember_me_together(partner: Partner) -> None:
    organization_id = partner.create_id()
    user_id = partner.create_user(organization_id).json()["id"]
    body = {"userId": user_id, "organizationId": organization_id, "device": "laptop"}

    assert codes(partner.post("/v3/partner/login-as-user", body)) == ["BDC_1117"]


def test_user_signs_in_with_the_password_of_the_setting(partner: Partner) -> None:
    organization_id = partner.create_id()
    user_id = partner.create_user(organization_id).json()["id"]
    body = {"devKey": partner.dev_key, "username": "ANN1", "organizationId": organization_id}

    wrong = partner.http.post("/v3/login", json=body | {"password": "wrong"})
    right = partner.http.post("/v3/login", json=body | {"password": "simulator-user"})

    assert codes(wrong) == ["BDC_1101"]
    assert right.json()["userId"] == user_id


def login_body(partner: Partner, **fields: str) -> dict[str, str]:
    organization_id = partner.create_id()
    partner.create_user(organization_id)
    return {"devKey": partner.dev_key, "username": "ann1", "organizationId": organization_id} | fields


@pytest.mark.parametrize(
    ("secret", "status", "code"),
    [
        ({"consoleApiToken": "simulator-console"}, 200, ""),
        ({"consoleApiToken": "wrong"}, 401, "BDC_1101"),
        ({"consoleApiToken": "simulator-console", "password": "wrong"}, 401, "BDC_1101"),
        ({"consoleApiToken": "simulator-user"}, 401, "BDC_1101"),
        ({}, 400, "BDC_1117"),
    ],
)
def test_console_api_token_takes_the_place_of_the_password(
    partner: Partner, secret: dict[str, str], status: int, code: str
) -> None:
    response = partner.http.post("/v3/login", json=login_body(partner, **secret))

    assert response.status_code == status
    assert not code or codes(response) == [code]


def test_value_of_the_console_api_token_is_a_setting(simulator: Simulator, partner: Partner) -> None:
    simulator.change_settings(console_api_token="other")

    assert partner.http.post("/v3/login", json=login_body(partner, consoleApiToken="other")).is_success


def test_login_wants_device_and_remember_me_together(partner: Partner) -> None:
    body = login_body(partner, password="simulator-user", device="laptop")

    assert codes(partner.http.post("/v3/login", json=body)) == ["BDC_1117"]


def test_login_is_refused_for_an_organization_of_another_partner(
    partner: Partner, other_partner: Partner
) -> None:
    body = login_body(partner, password="simulator-user") | {"devKey": other_partner.dev_key}

    response = partner.http.post("/v3/login", json=body)

    assert (response.status_code, codes(response)) == (400, ["BDC_1123"])


def test_session_details_tell_user_and_missing_trust(partner: Partner) -> None:
    with partner.onboard() as user:
        details = user.get("/v3/login/session").json()

    assert details["userId"].startswith("006")
    assert details["mfaStatus"] == "SETUP"


def test_health_needs_no_session(partner: Partner) -> None:
    assert partner.http.get("/v3/health").json()["name"]


def test_session_never_shows_its_id_in_repr(simulator: Simulator, partner: Partner) -> None:
    assert partner.session_id not in repr(simulator.sessions)


def test_many_calls_at_once_are_all_kept(simulator: Simulator, partner: Partner) -> None:
    def create(number: int) -> httpx.Response:
        return partner.post("/v3/partner/organizations", ORGANIZATION | {"name": f"Taco {number}"})

    with ThreadPoolExecutor(8) as pool:
        ids = {response.json()["id"] for response in pool.map(create, range(40))}

    assert ids == {organization.id for organization in simulator.organizations}
