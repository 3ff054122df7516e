import re
from typing import Any

import httpx
import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.partner import ORGANIZATION, Partner, codes


def plan_path(organization_id: str) -> str:
    return f"/v3/partner/organizations/{organization_id}/price-plan"


def test_organization_is_answered_with_what_was_sent(partner: Partner) -> None:
    sent: dict[str, Any] = {
        "companyOwner": {"name": "Ann", "dateOfBirth": "1985-01-01"},
        "taxId": "999888777",
        "taxIdType": "EIN",
    }

    made = partner.create(**sent).json()

    assert re.fullmatch("008[0-9]{2}[A-Z0-9]{13}[a-z]{2}", made["id"])
    assert made["archived"] is False
    assert made["companyOwner"] == sent["companyOwner"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", made["createdTime"])


@pytest.mark.parametrize("same", ["true", True])
def test_mailing_address_is_copied_when_the_same(partner: Partner, same: object) -> None:
    made = partner.create(processingOptions={"mailingAddressSameAsPhysical": same}).json()

    assert made["mailingAddress"] == ORGANIZATION["address"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": ""}, ["BDC_1117"]),
        ({"name": "x" * 101}, ["BDC_1119"]),
        ({"name": 5}, ["BDC_1124"]),
        ({"address": "1 Main St"}, ["BDC_1124"]),
        ({"address": {}}, ["BDC_1117"] * 4),
        ({"address": ORGANIZATION["address"] | {"country": "USA"}}, ["BDC_1119"]),
        ({"name": None, "address": None}, ["BDC_1117"] * 2),
        ({"taxId": "99-9888777"}, ["BDC_1119"]),
        ({"taxIdType": "VAT"}, ["BDC_1119"]),
        ({"companyOwner": {"dateOfBirth": "1985-02-30"}}, ["BDC_1119"]),
        ({"processingOptions": {"mailingAddressSameAsPhysical": "yes"}}, ["BDC_1119"]),
        ({"industry": "x" * 501}, ["BDC_1119"]),
    ],
)
def test_wrong_organization_is_refused(
    simulator: Simulator, partner: Partner, change: dict[str, Any], expected: list[str]
) -> None:
    response = partner.create(**change)

    assert (response.status_code, codes(response)) == (400, expected)
    assert simulator.organizations == []


def test_problem_names_the_field(partner: Partner) -> None:
    entry = partner.create(address=ORGANIZATION["address"] | {"city": None}).json()[0]

    assert entry["message"] == "Missing required data for: address.city."


def test_placeholder_stays_unfilled_when_set(simulator: Simulator, partner: Partner) -> None:
    simulator.change_settings(placeholders_filled=False)

    assert "${paramName0}" in partner.create(name=None).json()[0]["message"]


def test_same_organization_twice_makes_two(simulator: Simulator, partner: Partner) -> None:
    assert partner.create_id() != partner.create_id()
    assert len(simulator.organizations) == 2


def test_partners_do_not_see_each_others_organizations(partner: Partner, other_partner: Partner) -> None:
    organization_id = partner.create_id()

    assert other_partner.get("/v3/partner/organizations").json()["results"] == []
    assert codes(other_partner.get("/v3/partner/users", organization_id)) == ["BDC_1205"]


def test_administrator_reads_and_changes_the_organization(partner: Partner) -> None:
    with partner.onboard() as user:
        path = "/v3/organizations/" + user.get("/v3/login/session").json()["organizationId"]
        changed = user.patch(path, json={"phone": "4085550199"})

        assert changed.status_code == 200
        assert user.get(path).json()["phone"] == "4085550199"
        assert user.get(path).json()["name"] == "Happy Taco"
        assert codes(user.patch(path, json={"name": ""})) == ["BDC_1119"]


def test_renamed_organization_is_found_by_its_new_name(partner: Partner, control: httpx.Client) -> None:
    with partner.onboard() as user:
        organization_id = user.get("/v3/login/session").json()["organizationId"]
        user.patch(f"/v3/organizations/{organization_id}", json={"name": "Sad Burger"})

    assert "Sad Burger" in control.get("/", params={"q": "burger"}).text
    assert "Sad Burger" not in control.get("/", params={"q": "taco"}).text


def test_other_organization_of_the_same_partner_is_not_found_in_a_session(partner: Partner) -> None:
    other_id = partner.create_id("Other")
    with partner.onboard() as user:
        assert codes(user.get(f"/v3/organizations/{other_id}")) == ["BDC_1205"]


def test_partner_session_reads_an_organization_only_when_set(simulator: Simulator, partner: Partner) -> None:
    path = f"/v3/organizations/{partner.create_id()}"

    assert partner.get(path).status_code == 401
    simulator.change_settings(partner_session_reads_organizations=True)
    assert partner.get(path).json()["name"] == "Happy Taco"


def test_user_who_is_no_administrator_is_forbidden(partner: Partner) -> None:
    organization_id = partner.create_id()
    roles = partner.get("/v3/partner/roles", organization_id).json()["results"]
    clerk = next(role["id"] for role in roles if role["type"] == "CLERK")
    user_id = partner.create_user(organization_id, roleId=clerk).json()["id"]

    with partner.as_user(organization_id, user_id) as user:
        assert user.get(f"/v3/organizations/{organization_id}").status_code == 403
        assert user.post("/v3/risk-verifications").status_code == 403


def test_industries_are_listed_in_an_organization_session(partner: Partner) -> None:
    with partner.onboard() as user:
        assert "Restaurant Caterer or Bar" in user.get("/v3/organizations/industries").json()["results"]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [("stars", "**** ****"), ("last four", "*****8777"), ("full", "999888777"), ("omitted", None)],
)
def test_tax_id_is_shown_as_set(
    simulator: Simulator, partner: Partner, shown: str, expected: str | None
) -> None:
    simulator.change_settings(tax_id_shown=shown)

    assert partner.create(taxId="999888777").json().get("taxId") == expected


def test_create_status_and_times_follow_the_settings(simulator: Simulator, partner: Partner) -> None:
    simulator.change_settings(create_status=201, times_shown=False)

    response = partner.create()

    assert response.status_code == 201
    assert "createdTime" not in response.json()


def test_unknown_field_is_refused_only_when_set(simulator: Simulator, partner: Partner) -> None:
    assert partner.create(nmae="x").status_code == 200
    simulator.change_settings(unknown_fields="refuse")

    assert codes(partner.create(nmae="x")) == ["BDC_1119"]


@pytest.mark.parametrize(("shape", "first"), [("texts", "A"), ("objects with a name", {"name": "A"})])
def test_industries_have_the_shape_of_the_setting(
    simulator: Simulator, partner: Partner, shape: str, first: object
) -> None:
    simulator.change_settings(industries="A,B", industry_shape=shape)

    with partner.onboard() as user:
        assert user.get("/v3/organizations/industries").json()["results"][0] == first


def test_partner_sets_the_price_plan_and_the_organization_reads_it(partner: Partner) -> None:
    with partner.onboard() as user:
        organization_id = user.get("/v3/login/session").json()["organizationId"]
        path = f"/v3/organizations/{organization_id}/price-plan"
        first = user.get(path).json()
        changed = partner.patch(plan_path(organization_id), {"pricePlan": "PricePlan3"})

        assert (first["pricePlan"], changed.status_code) == ("PricePlan1", 200)
        assert user.get(path).json() == {
            "pricePlan": "PricePlan3",
            "planTerms": {"tier": 3, "quantity": 1, "price": 79.0},
        }
        assert "pricePlan" not in user.get(f"/v3/organizations/{organization_id}").json()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "BDC_1117"),
        ({"pricePlan": "PricePlan6"}, "BDC_1119"),
        ({"pricePlan": 1}, "BDC_1124"),
        ({"plan": "PricePlan1"}, "BDC_1117"),
    ],
)
def test_wrong_price_plan_is_refused(partner: Partner, body: dict[str, Any], code: str) -> None:
    response = partner.patch(plan_path(partner.create_id()), body)

    assert (response.status_code, codes(response)) == (400, [code])


def test_price_plan_of_another_partners_organization_is_not_found(
    partner: Partner, other_partner: Partner
) -> None:
    response = partner.patch(plan_path(other_partner.create_id()), {"pricePlan": "PricePlan2"})

    assert (response.status_code, codes(response)) == (404, ["BDC_1205"])


def test_price_plan_has_the_names_and_shape_of_the_settings(simulator: Simulator, partner: Partner) -> None:
    simulator.change_settings(price_plan_field="plan", first_price_plan="PricePlan2", plan_terms_shape="list")
    with partner.onboard() as user:
        organization_id = user.get("/v3/login/session").json()["organizationId"]
        path = f"/v3/organizations/{organization_id}/price-plan"
        before = user.get(path).json()
        partner.patch(plan_path(organization_id), {"plan": "PricePlan5"})

        assert before["plan"] == "PricePlan2"
        assert [one["tier"] for one in user.get(path).json()["planTerms"]] == [5]


def test_price_plan_is_read_by_administrators_and_by_the_partner_only_when_set(
    simulator: Simulator, partner: Partner
) -> None:
    organization_id = partner.create_id()
    roles = partner.get("/v3/partner/roles", organization_id).json()["results"]
    clerk = next(role["id"] for role in roles if role["type"] == "CLERK")
    user_id = partner.create_user(organization_id, roleId=clerk).json()["id"]
    path = f"/v3/organizations/{organization_id}/price-plan"

    with partner.as_user(organization_id, user_id) as user:
        assert codes(user.get(path)) == ["BDC_1150"]
    assert partner.get(path).status_code == 401
    simulator.change_settings(partner_session_reads_organizations=True)
    assert partner.get(path).json()["pricePlan"] == "PricePlan1"
