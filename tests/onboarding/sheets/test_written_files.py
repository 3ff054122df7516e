"""What people download: the template, and the rows to put right."""

import io

import openpyxl
import pytest

from onboarding.models import Connection
from onboarding.sheets.check import Checker
from onboarding.sheets.columns import COLUMNS, guess, missing
from onboarding.sheets.read import read_sheet
from onboarding.sheets.repair import Broken, repair, said
from onboarding.sheets.sheet import MOST_COLUMNS
from onboarding.sheets.template import about, template
from onboarding.sheets.write import Kind

KINDS: list[Kind] = ["csv", "xlsx"]


@pytest.mark.parametrize("kind", KINDS)
def test_template_is_an_import_file_with_one_valid_client(kind: Kind) -> None:
    sheet = read_sheet(f"template.{kind}", template(kind))
    found = guess(sheet.header)
    rows = list(sheet.lines)

    assert (found.unknown, found.questions, missing(found.mapping), sheet.note) == ([], {}, [], "")
    assert len(rows) == 1
    assert Checker(found.mapping, Connection(industries=[])).check(rows[0]).problems == ()


def test_workbook_of_the_template_explains_and_offers_choices() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template("xlsx")))
    sheet = book["Clients"]
    notes = {cell.value: cell.comment.text for cell in sheet[1]}
    offered = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    lists = book["Choices"]

    assert all(about(column) in notes[column.label] for column in COLUMNS)
    assert lists.sheet_state == "hidden"
    how = next(n for n, column in enumerate(COLUMNS) if column.key == "create_user.accepted_how")
    letters = sheet.cell(2, how + 1).column_letter
    assert offered[f"{letters}2"] == f"Choices!${letters}$1:${letters}$4"
    assert lists[f"{letters}1"].value == "in a signed document"


@pytest.mark.parametrize("kind", KINDS)
def test_rows_to_put_right_come_back_by_themselves(kind: Kind) -> None:
    header = ("Firm", "Zip", "", "Notes")
    broken = [
        Broken(3, ("Rice", "x", "", "=1+1"), ["Zip: Five digits."], "0190"),
        Broken(17, ("+1 Cakes", "95002", "", ""), ["City is missing.", "Twice."], id="0191"),
    ]

    sheet = read_sheet(f"repair.{kind}", repair(kind, header, broken))
    found = guess(sheet.header)

    assert sheet.header == ("Firm", "Zip", "", "Notes", "Onboarding", "Portal row", "Row", "What to fix")
    ours = {"onboarding": 4, "repeats": 5}
    assert found.mapping == {"create_organization.name": 0, "create_organization.zip": 1, **ours}
    assert found.unknown == [3]
    assert [line.cells for line in sheet.lines] == [
        ("Rice", "x", "", "=1+1", "0190", "", "3", "Zip: Five digits."),
        ("+1 Cakes", "95002", "", "", "", "0191", "17", "City is missing. Twice."),
    ]


def test_rows_to_put_right_for_the_second_time_have_our_columns_once() -> None:
    header = ("Company", "Onboarding", "Portal row", "Row", "What to fix")

    sheet = read_sheet(
        "a.csv",
        repair("csv", header, [Broken(2, ("Rice", "0190", "0191", "17", "Old."), ["New."], id="0192")]),
    )

    assert sheet.header == header
    assert next(sheet.lines).cells == ("Rice", "0190", "0192", "2", "New.")


def test_what_stood_beyond_the_last_column_is_not_lost() -> None:
    sheet = read_sheet(
        "a.csv", repair("csv", ("Company",), [Broken(2, ("Rice", "", "Cakes"), ["Too wide."])])
    )

    assert next(sheet.lines).cells[-1] == "Too wide. Beyond the last column stood: Cakes"


def test_formula_is_never_written_as_one() -> None:
    rows = [Broken(2, (sign + "cmd|' /C calc'!A0",), []) for sign in "=+-@\t\r"]

    text = repair("csv", ("Company",), rows).decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(repair("xlsx", ("Company",), rows)))
    cells = [row[0] for row in book.worksheets[0].iter_rows(min_row=2)]

    assert all(line.lstrip('"').startswith("'") for line in text.split("\r\n")[1:-1])
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells)


def test_problem_is_said_with_the_name_of_its_column() -> None:
    header = ("Company", "")

    assert said(header, {"at": 0, "words": "Is empty."}) == "Company: Is empty."
    assert [said(header, {"at": at, "words": "Is empty."}) for at in (1, 7, None)] == ["Is empty."] * 3


@pytest.mark.parametrize("kind", KINDS)
def test_file_of_the_most_columns_comes_back_with_ours_beside_them(kind: Kind) -> None:
    header = [f"Column {n}" for n in range(MOST_COLUMNS)]

    sheet = read_sheet("a", repair(kind, header, [Broken(2, ["x"] * MOST_COLUMNS, ["Fix it."])]))

    assert len(sheet.header) == MOST_COLUMNS + 4
    assert next(sheet.lines).cells[-1] == "Fix it."
