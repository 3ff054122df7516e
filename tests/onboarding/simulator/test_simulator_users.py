from typing import Any

import httpx
import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.partner import Partner, codes

INVITED: dict[str, Any] = {
    "firstName": "Bob",
    "lastName": "Clerk",
    "email": "bob@example.com",
    "acceptTermsOfService": True,
}


def role_id(partner: Partner, organization_id: str, kind: str) -> str:
    roles = partner.get("/v3/partner/roles", organization_id).json()["results"]
    return str(next(role["id"] for role in roles if role["type"] == kind))


def test_user_without_role_is_administrator(partner: Partner) -> None:
    organization_id = partner.create_id()

    user = partner.create_user(organization_id, externalReferenceId="ours-7").json()

    assert user["id"].startswith("006")
    assert user["role"]["type"] == "ADMINISTRATOR"
    assert user["externalReferenceId"] == "ours-7"
    assert "acceptTermsOfService" not in user
    assert partner.get(f"/v3/partner/users/{user['id']}", organization_id).json() == user
    assert partner.get("/v3/partner/users", organization_id).json()["results"] == [user]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"firstName": None}, "BDC_1117"),
        ({"email": "ann"}, "BDC_1119"),
        ({"username": "x" * 41}, "BDC_1119"),
        ({"username": "ann@example.com"}, "BDC_1119"),
        ({"acceptTermsOfService": "true"}, "BDC_1124"),
        ({"acceptTermsOfService": False}, "BDC_1119"),
        ({"roleId": "0po01NOSUCHROLE000xx"}, "BDC_1205"),
    ],
)
def test_wrong_user_is_refused(
    simulator: Simulator, partner: Partner, change: dict[str, Any], code: str
) -> None:
    response = partner.create_user(partner.create_id(), **change)

    assert (response.status_code, codes(response)) == (400, [code])
    assert simulator.users == []


def test_username_is_unique_over_all_organizations_of_the_partner(
    partner: Partner, other_partner: Partner
) -> None:
    partner.create_user(partner.create_id("A"), username="ann1")

    again = partner.create_user(partner.create_id("B"), username="ANN1")
    elsewhere = other_partner.create_user(other_partner.create_id("C"), username="ann1")

    assert (again.status_code, codes(again)) == (422, ["BDC_1119"])
    assert elsewhere.status_code == 200


@pytest.mark.parametrize(("scope", "status"), [("organization", 200), ("everywhere", 422), ("nowhere", 200)])
def test_username_scope_is_a_setting(simulator: Simulator, partner: Partner, scope: str, status: int) -> None:
    simulator.change_settings(username_scope=scope)
    partner.create_user(partner.create_id("A"))

    assert partner.create_user(partner.create_id("B")).status_code == status


@pytest.mark.parametrize(
    ("organization_id", "status", "code"),
    [("", 400, "BDC_1108"), ("006x", 400, "BDC_1123"), ("00801NOSUCHONE0000xx", 404, "BDC_1205")],
)
def test_organization_header_is_checked(
    partner: Partner, organization_id: str, status: int, code: str
) -> None:
    response = partner.get("/v3/partner/users", organization_id)

    assert (response.status_code, codes(response)) == (status, [code])


def test_user_of_another_organization_is_not_found(partner: Partner) -> None:
    user_id = partner.create_user(partner.create_id("A")).json()["id"]

    assert codes(partner.get(f"/v3/partner/users/{user_id}", partner.create_id("B"))) == ["BDC_1205"]


def test_each_organization_has_six_roles_of_its_own(partner: Partner) -> None:
    first, second = (
        partner.get("/v3/partner/roles", partner.create_id(name)).json()["results"] for name in ("A", "B")
    )

    assert {role["type"] for role in first} == {
        "ADMINISTRATOR",
        "ACCOUNTANT",
        "APPROVER",
        "PAYER",
        "CLERK",
        "AUDITOR",
    }
    assert {role["id"] for role in first}.isdisjoint(role["id"] for role in second)
    assert all(role["id"].startswith("0po") for role in first)


def test_role_is_read_by_id(partner: Partner) -> None:
    organization_id = partner.create_id()
    role = partner.get("/v3/partner/roles", organization_id).json()["results"][0]

    assert partner.get(f"/v3/partner/roles/{role['id']}", organization_id).json() == role
    assert codes(partner.get("/v3/partner/roles/0poX", organization_id)) == ["BDC_1205"]


def test_username_and_reference_are_hidden_when_set(simulator: Simulator, partner: Partner) -> None:
    simulator.change_settings(username_shown=False, external_reference_shown=False)

    user = partner.create_user(partner.create_id(), externalReferenceId="ours-7").json()

    assert {"username", "externalReferenceId"}.isdisjoint(user)


def test_partner_changes_a_user(partner: Partner) -> None:
    organization_id = partner.create_id()
    user = partner.create_user(organization_id).json()
    clerk = role_id(partner, organization_id, "CLERK")

    changed = partner.patch(
        f"/v3/partner/users/{user['id']}",
        {"lastName": "Bee", "email": "bee@example.com", "roleId": clerk},
        organization_id,
    )

    assert changed.status_code == 200
    assert changed.json()["role"] == {"id": clerk, "type": "CLERK"}
    assert [changed.json()[name] for name in ("firstName", "lastName", "email")] == [
        "Ann",
        "Bee",
        "bee@example.com",
    ]
    assert partner.get(f"/v3/partner/users/{user['id']}", organization_id).json() == changed.json()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"username": "other"}, "BDC_1119"),
        ({"firstName": ""}, "BDC_1119"),
        ({"email": "ann"}, "BDC_1119"),
        ({"email": None}, "BDC_1124"),
        ({"roleId": "0po01NOSUCHROLE000xx"}, "BDC_1205"),
    ],
)
def test_wrong_change_of_a_user_is_refused(partner: Partner, change: dict[str, Any], code: str) -> None:
    organization_id = partner.create_id()
    user = partner.create_user(organization_id).json()
    path = f"/v3/partner/users/{user['id']}"

    response = partner.patch(path, change, organization_id)

    assert (response.status_code, codes(response)) == (400, [code])
    assert partner.get(path, organization_id).json() == user


def test_archive_and_restore_change_nothing_when_repeated(simulator: Simulator, partner: Partner) -> None:
    organization_id = partner.create_id()
    path = f"/v3/partner/users/{partner.create_user(organization_id).json()['id']}"

    answers = []
    for action in ("archive", "archive", "restore", "restore"):
        simulator.advance(seconds=1)
        answers.append(partner.post(f"{path}/{action}", {}, organization_id).json())

    assert [one["archived"] for one in answers] == [True, True, False, False]
    assert answers[0] == answers[1] != answers[2] == answers[3]


def test_archived_user_is_signed_out_and_cannot_sign_in(simulator: Simulator, partner: Partner) -> None:
    with partner.onboard() as user:
        details = user.get("/v3/login/session").json()
        path = f"/v3/partner/users/{details['userId']}"
        partner.post(path + "/archive", {}, details["organizationId"])
        assert codes(user.get("/v3/login/session")) == ["BDC_1109"]
    as_user = {name: details[name] for name in ("userId", "organizationId")}
    by_password = {
        "devKey": partner.dev_key,
        "username": "ann1",
        "organizationId": details["organizationId"],
        "password": simulator.settings.user_password,
    }

    refused = [
        partner.post("/v3/partner/login-as-user", as_user),
        partner.http.post("/v3/login", json=by_password),
    ]

    assert [(one.status_code, codes(one)) for one in refused] == [(400, ["BDC_1111"])] * 2
    partner.post(path + "/restore", {}, details["organizationId"])
    assert partner.post("/v3/partner/login-as-user", as_user).is_success
    assert partner.http.post("/v3/login", json=by_password).is_success


def test_status_of_signing_in_as_an_archived_user_is_a_setting(
    simulator: Simulator, partner: Partner
) -> None:
    simulator.change_settings(archived_user_status=401)
    organization_id = partner.create_id()
    user_id = partner.create_user(organization_id).json()["id"]
    partner.post(f"/v3/partner/users/{user_id}/archive", {}, organization_id)

    body = {"userId": user_id, "organizationId": organization_id}

    assert partner.post("/v3/partner/login-as-user", body).status_code == 401


@pytest.mark.parametrize("path", ["", "/archive", "/restore"])
def test_user_of_another_partner_is_not_found_for_a_change(
    partner: Partner, other_partner: Partner, path: str
) -> None:
    own, foreign = partner.create_id(), other_partner.create_id()
    user_id = other_partner.create_user(foreign).json()["id"]
    send = partner.post if path else partner.patch

    answers = [send(f"/v3/partner/users/{user_id}{path}", {}, place) for place in (own, foreign)]

    assert [(one.status_code, codes(one)) for one in answers] == [(404, ["BDC_1205"])] * 2


def test_administrator_manages_users_of_the_organization(partner: Partner) -> None:
    with partner.onboard() as admin:
        clerk = next(one["id"] for one in admin.get("/v3/roles").json()["results"] if one["type"] == "CLERK")
        made = admin.post("/v3/users", json=INVITED | {"roleId": clerk}).json()
        path = f"/v3/users/{made['id']}"

        assert made["role"] == {"id": clerk, "type": "CLERK"}
        assert admin.get(path).json() == made
        assert made in admin.get("/v3/users").json()["results"]
        assert admin.patch(path, json={"lastName": "New"}).json()["lastName"] == "New"
        assert codes(admin.patch(path, json={"username": "bob"})) == ["BDC_1119"]
        assert admin.post(path + "/archive").json()["archived"] is True
        assert admin.post(path + "/restore").json()["archived"] is False
        assert admin.get(f"/v3/roles/{clerk}").json()["type"] == "CLERK"


def test_who_is_no_administrator_only_reads_users(partner: Partner) -> None:
    organization_id = partner.create_id()
    clerk = role_id(partner, organization_id, "CLERK")
    user_id = partner.create_user(organization_id, roleId=clerk).json()["id"]

    with partner.as_user(organization_id, user_id) as user:
        path = f"/v3/users/{user_id}"
        assert user.get("/v3/users").is_success
        assert user.get(path).is_success
        refused = [
            user.post("/v3/users", json=INVITED),
            user.patch(path, json={}),
            user.post(path + "/archive"),
            user.post(path + "/restore"),
        ]

    assert [(one.status_code, codes(one)) for one in refused] == [(403, ["BDC_1150"])] * 4


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lastName": None}, "BDC_1117"),
        ({"acceptTermsOfService": False}, "BDC_1119"),
        ({"email": "bob"}, "BDC_1119"),
        ({"roleId": "0po01NOSUCHROLE000xx"}, "BDC_1205"),
    ],
)
def test_wrong_invitation_is_refused(
    simulator: Simulator, partner: Partner, change: dict[str, Any], code: str
) -> None:
    with partner.onboard() as admin:
        response = admin.post("/v3/users", json=INVITED | change)

    assert (response.status_code, codes(response)) == (400, [code])
    assert simulator.texts == []


def test_invited_user_gets_an_email_and_signs_in_with_the_address(
    simulator: Simulator, partner: Partner, control: httpx.Client
) -> None:
    with partner.onboard() as admin:
        organization_id = admin.get("/v3/login/session").json()["organizationId"]
        user_id = admin.post("/v3/users", json=INVITED).json()["id"]
    body = {
        "devKey": partner.dev_key,
        "username": "BOB@example.com",
        "organizationId": organization_id,
        "password": simulator.settings.user_password,
    }

    sent = control.get("/state").json()["texts"]

    assert [(one["kind"], one["email"], one["userId"]) for one in sent] == [
        ("EMAIL", "bob@example.com", user_id)
    ]
    assert control.get("/", headers={"Accept": "text/html"}).text.count("bob@example.com") == 2
    assert partner.http.post("/v3/login", json=body).json()["userId"] == user_id


def test_second_user_with_an_email_is_refused_only_when_set(simulator: Simulator, partner: Partner) -> None:
    with partner.onboard() as admin:
        assert [admin.post("/v3/users", json=INVITED).status_code for _ in range(2)] == [200, 200]
        simulator.change_settings(second_email="refuse")
        assert admin.post("/v3/users", json=INVITED).status_code == 422


def test_users_and_roles_of_another_organization_are_not_found_in_a_session(partner: Partner) -> None:
    other_id = partner.create_id("Other")
    user_id = partner.create_user(other_id, username="bob1").json()["id"]
    role = role_id(partner, other_id, "CLERK")
    with partner.onboard() as admin:
        answers = [
            admin.get(f"/v3/users/{user_id}"),
            admin.patch(f"/v3/users/{user_id}", json={}),
            admin.post(f"/v3/users/{user_id}/archive"),
            admin.get(f"/v3/roles/{role}"),
        ]
        listed = admin.get("/v3/users").json()["results"]

    assert [(one.status_code, codes(one)) for one in answers] == [(404, ["BDC_1205"])] * 4
    assert user_id not in [one["id"] for one in listed]
