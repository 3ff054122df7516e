"""Headers of people's own files, recognised or asked about."""

import pytest

from onboarding.forms import STEP_FORMS
from onboarding.sheets.columns import BY_KEY, COLUMNS, ONBOARDING, folded, guess, missing

REQUIRED = [column.label for column in COLUMNS if column.is_required]


def test_every_field_that_an_onboarding_runs_by_has_a_column() -> None:
    fields = {f"{step}.{name}" for step, form in STEP_FORMS.items() for name in form.base_fields}

    assert {column.key for column in COLUMNS} == {
        key for key in fields if not key.startswith("login_as_user.") and not key.endswith(".by_admin")
    }


def test_required_columns_are_the_fields_that_the_form_needs() -> None:
    form = STEP_FORMS["create_organization"]
    needed = {f"create_organization.{name}" for name, asked in form.base_fields.items() if asked.required}
    chosen = {"create_organization.country", "create_organization.account_type"}

    assert {column.key for column in COLUMNS if column.is_required} == needed - chosen


def test_names_lead_to_one_column_each() -> None:
    seen: dict[str, str] = {}
    for column in COLUMNS:
        for name in map(folded, {column.label, *column.aliases}):
            assert seen.setdefault(name, column.key) == column.key


def test_header_of_the_template_is_recognised_as_a_whole() -> None:
    found = guess([column.label for column in COLUMNS])

    assert found.mapping == {column.key: n for n, column in enumerate(COLUMNS)}
    assert (found.questions, found.unknown, missing(found.mapping)) == ({}, [], [])


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("COMPANY_NAME", "create_organization.name"),
        ("  zip-code ", "create_organization.zip"),
        ("Postal Code", "create_organization.zip"),
        ("EIN", "create_organization.tax_id"),
        ("Federal Tax ID", "create_organization.tax_id"),
        ("Email", "create_user.email"),
        ("E-Mail Address", "create_user.email"),
        ("Phone", "create_organization.phone"),
        ("Mobile phone", "add_risk_phone.phone"),
        ("create_user.first_name", "create_user.first_name"),
        ("Onboarding", ONBOARDING.key),
    ],
)
def test_name_that_people_use_is_recognised(name: str, key: str) -> None:
    assert guess(["Notes", name]).mapping == {key: 1}


def test_label_of_ours_wins_over_another_name() -> None:
    found = guess(["Legal name", "Company name"])

    assert found.mapping == {"create_organization.name": 1}
    assert (found.questions, found.unknown) == ({}, [0])


@pytest.mark.parametrize("names", [["Phone", "phone"], ["Legal name", "Business name"], ["City", "CITY"]])
def test_two_headers_for_one_column_are_a_question(names: list[str]) -> None:
    found = guess(names)

    assert found.mapping == {}
    assert list(found.questions.values()) == [[0, 1]]


def test_columns_of_ours_are_read_over_and_unknown_ones_named() -> None:
    found = guess(["Company name", "Row", "What to fix", "Notes", ""])

    assert (found.mapping, found.unknown) == ({"create_organization.name": 0}, [3])


def test_missing_columns_are_named() -> None:
    assert [column.label for column in missing({})] == REQUIRED
    complete = guess(REQUIRED).mapping

    assert missing(complete) == []
    half = complete | {"create_user.email": 9, "start_verification.scope": 10}
    assert [column.label for column in missing(half)] == [
        BY_KEY[key].label
        for key in (
            "create_user.first_name",
            "create_user.last_name",
            "start_verification.given_by",
            "start_verification.given_on",
            "start_verification.given_how",
        )
    ]
