"""Rows checked by the wizard's forms, with what people type in cells."""

import pytest

from onboarding.models import Connection
from onboarding.sheets.check import Checked, Checker
from onboarding.sheets.columns import ACCEPTANCE, COLUMNS, GRANT, USER
from onboarding.sheets.sheet import Line, Problem

EXAMPLE = {column.key: column.example for column in COLUMNS}
MAPPING = {column.key: n for n, column in enumerate(COLUMNS)}
PHONE = ("add_risk_phone.phone", "add_risk_phone.phone_type")
ORGANIZATION = "create_organization"


def check(**changes: str) -> Checked:
    """The example with other values; `organization__zip` for the key's long form."""
    values = EXAMPLE | {
        key.replace("organization__", "create_organization."): text for key, text in changes.items()
    }
    return checked(values)


def checked(values: dict[str, str], connection: Connection | None = None) -> Checked:
    line = Line(2, tuple(values.get(column.key, "") for column in COLUMNS))
    return Checker(MAPPING, connection or Connection(industries=[])).check(line)


def without(*keys: str) -> dict[str, str]:
    return {key: text for key, text in EXAMPLE.items() if key not in keys}


def said(found: Checked) -> dict[str, str]:
    return {COLUMNS[p.at].key if p.at is not None else "": p.words for p in found.problems}


def test_example_of_the_template_is_valid() -> None:
    found = checked(EXAMPLE)

    assert (found.problems, found.notes) == ((), ())
    assert list(found.inputs) == [
        "create_organization",
        "create_user",
        "add_risk_phone",
        "start_verification",
    ]
    assert found.inputs["add_risk_phone"] == {"phone": "4085550199", "phone_type": "MOBILE"}
    assert found.inputs["start_verification"]["scope"] == "verification"
    assert found.name == "Rice Cakes Inc"


def test_row_of_an_organization_alone_is_enough() -> None:
    found = checked({key: text for key, text in EXAMPLE.items() if key.startswith(ORGANIZATION)})

    assert (list(found.inputs), found.problems) == ([ORGANIZATION], ())
    assert found.inputs[ORGANIZATION]["country"] == "US"
    assert found.inputs[ORGANIZATION]["account_type"] == "BUSINESS"


def test_user_without_acceptance_has_no_word_about_it() -> None:
    found = checked(without(*ACCEPTANCE, *PHONE, *GRANT))

    assert found.problems == ()
    assert found.inputs["create_user"] == {
        "first_name": "Tomato",
        "last_name": "Soupsmith",
        "email": "tomato@example.com",
    }


@pytest.mark.parametrize("key", [*USER, *ACCEPTANCE, *GRANT])
def test_half_filled_block_is_a_problem_at_the_empty_cell(key: str) -> None:
    assert said(checked(without(key))) == {key: "This is needed, and empty."}


@pytest.mark.parametrize(
    ("left_out", "at", "words"),
    [
        ((*USER, *PHONE, *GRANT), "create_user.accepted_by", "name and e-mail"),
        ((*USER, *ACCEPTANCE, *GRANT), "add_risk_phone.phone", "name and e-mail"),
        (PHONE, "start_verification.scope", "phone"),
    ],
)
def test_later_step_without_the_one_before_is_a_problem(
    left_out: tuple[str, ...], at: str, words: str
) -> None:
    found = said(checked(without(*left_out)))

    assert list(found) == [at]
    assert words in found[at]


def test_phone_type_alone_asks_for_nothing() -> None:
    assert checked(without(*USER, *ACCEPTANCE, "add_risk_phone.phone", *GRANT)).problems == ()


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("zip", "021341234", "02134-1234"),
        ("tax_id", "12345678", "012345678"),
        ("tax_id", "12-3456789", "123456789"),
        ("country", "usa", "US"),
        ("country", "United States", "US"),
        ("state", "ca", "CA"),
        ("phone", "+1 (408) 555-0132", "4085550132"),
        ("tax_id_type", "ssn", "SSN"),
        ("business_category", "limited liability company", "LLC"),
        ("business_category", "Non profit", "NON_PROFIT"),
        ("account_type", "PERSON", "PERSON"),
        ("mailing_same", "TRUE", "on"),
        ("mailing_same", "x", "on"),
        ("price_plan", "price plan 2", "PricePlan2"),
        ("owner_birth", "1985-01-31", "1985-01-31"),
        ("owner_birth", "1985-01-31 00:00:00", "1985-01-31"),
        ("owner_birth", "1/31/1985", "1985-01-31"),
        ("owner_birth", "31 Jan 1985", "1985-01-31"),
        ("owner_birth", "31-Jan-1985", "1985-01-31"),
        ("owner_birth", "January 31, 1985", "1985-01-31"),
        ("owner_birth", "31078", "1985-01-31"),
    ],
)
def test_what_people_type_is_understood(name: str, typed: str, value: str) -> None:
    found = check(**{f"organization__{name}": typed})

    assert found.problems == ()
    assert found.inputs[ORGANIZATION][name] == value


@pytest.mark.parametrize(
    ("name", "typed", "note"),
    [
        ("owner_birth", "3/4/1985", "Owner's date of birth: read as month/day/year."),
        ("tax_id", "12345678", "Tax id: filled up with zeros to nine digits."),
        ("owner_birth", "31078", "Owner's date of birth: a number, read as a date."),
    ],
)
def test_what_could_be_read_in_two_ways_is_noted(name: str, typed: str, note: str) -> None:
    assert check(**{f"organization__{name}": typed}).notes == (note,)
    assert check(organization__owner_birth="4/4/1985").notes == ()


@pytest.mark.parametrize(
    ("state", "typed", "value"),
    [
        ("MA", "2134", "02134"),
        ("ma", "1001", "01001"),
        ("CT", "6103", "06103"),
        ("ME", "4101", "04101"),
        ("NH", "3301", "03301"),
        ("NJ", "7302", "07302"),
        ("RI", "2903", "02903"),
        ("VT", "5401", "05401"),
        ("PR", "907", "00907"),
        ("VI", "802", "00802"),
        ("AE", "9021", "09021"),
    ],
)
def test_zip_code_gets_its_zeros_back_where_they_are_lost(state: str, typed: str, value: str) -> None:
    found = check(organization__state=state, organization__zip=typed)

    assert found.problems == ()
    assert found.inputs[ORGANIZATION]["zip"] == value
    assert found.notes == ("ZIP code: filled up with zeros to five digits.",)


@pytest.mark.parametrize(
    ("state", "typed"),
    [("CA", "9500"), ("NY", "501"), ("MA", "213"), ("MA", "9500"), ("PR", "9500"), ("AP", "9621")],
)
def test_zip_code_that_cannot_have_lost_zeros_is_a_problem(state: str, typed: str) -> None:
    found = check(organization__state=state, organization__zip=typed)

    assert list(said(found)) == [f"{ORGANIZATION}.zip"]
    assert found.notes == ()


def test_mailing_zip_code_goes_by_the_mailing_state() -> None:
    mailing = {
        "create_organization.mailing_line1": "1 Side Street",
        "create_organization.mailing_city": "Boston",
        "create_organization.mailing_state": "MA",
        "create_organization.mailing_zip": "2134",
    }

    assert checked(EXAMPLE | mailing).inputs[ORGANIZATION]["mailing_zip"] == "02134"
    elsewhere = checked(EXAMPLE | mailing | {"create_organization.mailing_state": "CA"})
    assert list(said(elsewhere)) == [f"{ORGANIZATION}.mailing_zip"]


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("name", "", "This is needed, and empty."),
        ("name", "n" * 3000, "Ensure this value has at most 100 characters (it has 3000)."),
        ("zip", "77", "Five digits"),
        ("owner_birth", "31/12/1985", "Enter a date, such as"),
        ("owner_birth", "1985-02-30", "Enter a date, such as"),
        ("owner_birth", "3/4/85", "four digits"),
        ("owner_birth", "3-Apr-85", "four digits"),
        ("country", "Mexico", "Choose one of: United States."),
        ("tax_id", "123", "nine digits"),
        ("mailing_same", "maybe", "Write yes or no."),
        ("phone", "555-0177", "US phone number"),
    ],
)
def test_problem_stands_at_its_cell_without_what_was_typed(name: str, typed: str, words: str) -> None:
    found = said(check(**{f"organization__{name}": typed}))

    assert list(found) == [f"{ORGANIZATION}.{name}"]
    assert words in found[f"{ORGANIZATION}.{name}"]
    assert not typed or typed not in found[f"{ORGANIZATION}.{name}"]


def test_another_mailing_address_needs_no_word_about_the_box() -> None:
    mailing = {
        "create_organization.mailing_same": "",
        "create_organization.mailing_line1": "1 Side Street",
        "create_organization.mailing_city": "Fresno",
        "create_organization.mailing_state": "ca",
        "create_organization.mailing_zip": "93650",
    }

    found = checked(EXAMPLE | mailing)

    assert found.problems == ()
    assert found.inputs[ORGANIZATION]["mailing_same"] == ""
    half = checked(EXAMPLE | mailing | {"create_organization.mailing_city": ""})
    assert list(said(half)) == ["create_organization.mailing_city"]


def test_industry_is_one_of_bills_once_they_are_known() -> None:
    connection = Connection(industries=["Bakeries", *(f"Industry {n}" for n in range(20))])

    good = checked(EXAMPLE | {"create_organization.industry": "bakeries"}, connection)
    bad = checked(EXAMPLE | {"create_organization.industry": "Baking"}, connection)

    assert good.inputs[ORGANIZATION]["industry"] == "Bakeries"
    assert "BILL does not offer this industry" in said(bad)["create_organization.industry"]


def test_problem_of_a_column_that_the_file_has_not_is_one_of_the_row() -> None:
    mapping = {key: n for key, n in MAPPING.items() if key != "create_user.email"}
    line = Line(2, tuple(EXAMPLE.values()), (Problem(None, "Ragged."),))

    found = Checker(mapping, Connection(industries=[])).check(line)

    assert [(p.at, p.words) for p in found.problems] == [
        (None, "Ragged."),
        (None, "Administrator's e-mail: This is needed, and empty."),
    ]


def test_one_row_leaves_nothing_behind_for_the_next() -> None:
    checker = Checker(MAPPING, Connection(industries=[]))
    full = Line(2, tuple(EXAMPLE.values()))
    empty = Line(3, ("Rice",))

    first, broken, again = checker.check(full), checker.check(empty), checker.check(full)

    assert first == again
    assert len(broken.problems) == 6
    assert broken.inputs[ORGANIZATION]["city"] == ""


def test_onboarding_that_a_row_corrects_is_named() -> None:
    found = Checker({**MAPPING, "onboarding": 60}, Connection(industries=[])).check(
        Line(2, (*EXAMPLE.values(), *[""] * (60 - len(COLUMNS)), " 0190 "))
    )

    assert (found.onboarding, found.problems) == ("0190", ())
