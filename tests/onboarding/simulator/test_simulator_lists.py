from typing import Any

import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.partner import Partner, codes

PATH = "/v3/partner/organizations"


def names(partner: Partner, **query: str | int) -> list[str]:
    return [found["name"] for found in partner.get(PATH, **query).json()["results"]]


def create_named(partner: Partner, *wanted: str) -> None:
    for name in wanted:
        partner.create(name)


@pytest.mark.parametrize("sort", ["", "createdTime:asc", "name:asc", "name:desc"])
def test_pages_hold_everything_once_and_lead_back(partner: Partner, sort: str) -> None:
    create_named(partner, *"badce")
    query: dict[str, str | int] = {"max": 2, "sort": sort}

    first = partner.get(PATH, **query).json()
    second = partner.get(PATH, **query, page=first["nextPage"]).json()
    third = partner.get(PATH, **query, page=second["nextPage"]).json()
    back = partner.get(PATH, **query, page=second["prevPage"]).json()

    seen = [found["name"] for page in (first, second, third) for found in page["results"]]
    assert sorted(seen) == list("abcde")
    assert seen == {"": list("ecdab"), "createdTime:asc": list("badce")}.get(
        sort, sorted("abcde", reverse="desc" in sort)
    )
    assert "nextPage" not in third
    assert back["results"] == first["results"]
    assert "prevPage" not in first


def test_twenty_is_the_default_and_a_hundred_the_most(simulator: Simulator, partner: Partner) -> None:
    create_named(partner, *(f"T{number}" for number in range(21)))

    assert len(names(partner)) == 20
    assert len(names(partner, max=100)) == 21
    assert codes(partner.get(PATH, max=101)) == ["BDC_1129"]
    simulator.change_settings(max_over_100="cap")
    assert len(names(partner, max=101)) == 21


def test_organization_made_while_paging_moves_nothing(partner: Partner) -> None:
    create_named(partner, "a", "b", "c")
    first = partner.get(PATH, max=2).json()
    create_named(partner, "d")

    assert names(partner, max=2, page=first["nextPage"]) == ["a"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ('name:eq:"Happy, Taco"', ["Happy, Taco"]),
        ("name:sw:hap", ["Happy, Taco", "Happy Two"]),
        ('name:in:"Sad,Happy Two"', ["Happy Two", "Sad"]),
        ('name:nin:"Sad,Happy Two"', ["Happy, Taco"]),
        ("name:ne:Sad", ["Happy, Taco", "Happy Two"]),
        ("archived:eq:false,name:eq:Sad", ["Sad"]),
        ("archived:eq:true", []),
        ('createdTime:gte:"2020-01-01T00:00:00.000Z"', ["Happy, Taco", "Happy Two", "Sad"]),
        ('createdTime:lt:"2020-01-01T00:00:00.000+00:00"', []),
    ],
)
def test_filters(partner: Partner, filters: str, expected: list[str]) -> None:
    create_named(partner, "Happy, Taco", "Happy Two", "Sad")

    assert sorted(names(partner, filters=filters)) == sorted(expected)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"max": "0"}, "BDC_1129"),
        ({"max": "x"}, "BDC_1129"),
        ({"max": ""}, "BDC_1129"),
        ({"max": "-1"}, "BDC_1129"),
        ({"max": "1.5"}, "BDC_1129"),
        ({"max": ["1", "2"]}, "BDC_1129"),
        ({"filters": "color:eq:red"}, "BDC_1130"),
        ({"filters": "name:like:red"}, "BDC_1131"),
        ({"filters": "name"}, "BDC_1129"),
        ({"filters": 'name:eq:"red'}, "BDC_1129"),
        ({"filters": "createdTime:gt:yesterday"}, "BDC_1129"),
        ({"sort": "color:asc"}, "BDC_1130"),
        ({"sort": "name:up"}, "BDC_1129"),
        ({"page": "bm9uc2Vuc2U="}, "BDC_1129"),
    ],
)
def test_wrong_query_is_refused(partner: Partner, query: dict[str, Any], code: str) -> None:
    response = partner.get(PATH, **query)

    assert (response.status_code, codes(response)) == (400, [code])


def test_page_goes_only_with_its_own_filters(partner: Partner) -> None:
    create_named(partner, "a", "b")
    page = partner.get(PATH, max=1).json()["nextPage"]

    assert codes(partner.get(PATH, max=1, page=page, filters="name:eq:a")) == ["BDC_1129"]


def test_page_alone_goes_on_with_its_own_filters_and_sort(partner: Partner) -> None:
    create_named(partner, "b1", "a1", "b3", "b2")
    first = partner.get(PATH, max=2, filters="name:sw:b", sort="name:asc").json()

    assert [one["name"] for one in first["results"]] == ["b1", "b2"]
    assert names(partner, max=2, page=first["nextPage"]) == ["b3"]


def test_filter_finds_names_with_quotes_and_usernames_in_any_case(partner: Partner) -> None:
    organization_id = partner.create_id('The "Best" Taco')
    partner.create_user(organization_id, username="Ann1")

    assert names(partner, filters=r'name:eq:"The \"Best\" Taco"') == ['The "Best" Taco']
    found = partner.get("/v3/partner/users", organization_id, filters="username:eq:ANN1").json()["results"]
    assert [one["username"] for one in found] == ["Ann1"]


def test_absent_pages_are_null_when_set(simulator: Simulator, partner: Partner) -> None:
    simulator.change_settings(last_page="null", list_order="oldest first")

    assert partner.get(PATH).json() == {"results": [], "nextPage": None, "prevPage": None}
