from typing import Any

import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.partner import Partner, codes


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
