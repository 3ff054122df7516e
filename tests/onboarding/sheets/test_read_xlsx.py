"""Workbooks as spreadsheets write them, and as nobody should."""

import io
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest

from onboarding.sheets.read import read_sheet
from onboarding.sheets.sheet import LONGEST_CELL
from tests.onboarding.sheets.files import SHEET, TOP, lines, raw_workbook, text_row, why_not, words, workbook

HEADER = ["Company name", "City", "ZIP code"]


def cell_of(value: Any, form: str = "General") -> str:
    """How one value of openpyxl is read."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Company name", "What"])
    sheet["A2"], sheet["B2"] = "Rice", value
    sheet["B2"].number_format = form
    content = io.BytesIO()
    book.save(content)
    return lines(content.getvalue(), "a.xlsx")[0].cells[1]


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        ("02134", "@", "02134"),
        (2134, "General", "2134"),
        (2134, "00000", "02134"),
        (21341234, "00000-0000", "02134-1234"),
        (98765432, r"00\-0000000", "09-8765432"),
        (123456789, '000"-"00"-"0000', "123-45-6789"),
        (4085550132, "0", "4085550132"),
        (4085550132.0, "#,##0.00", "4085550132"),
        (0.5, "General", "0.5"),
        (1e20, "General", "1e+20"),
        (True, "General", "TRUE"),
        (date(1985, 1, 31), "yyyy-mm-dd", "1985-01-31"),
        (date(1985, 1, 31), "m/d/yy", "1985-01-31"),
        (date(1985, 1, 31), "[$-409]d\\-mmm\\-yyyy;@", "1985-01-31"),
        (datetime(2026, 1, 31, 14, 30), "yyyy-mm-dd hh:mm", "2026-01-31 14:30"),
        (5, '"Day "0', "5"),
        (5, '0.00 "d"', "5"),
        ("=1+1", "General", ""),
    ],
)
def test_value_is_read_as_a_person_would_type_it(value: Any, form: str, text: str) -> None:
    assert cell_of(value, form) == text


def test_sheet_is_the_first_one_that_is_visible() -> None:
    content = workbook(HEADER, ["Rice", "San Jose", "95002"], Hidden="hidden", Secret="veryHidden")
    assert read_sheet("a.xlsx", content).note == ""
    assert lines(content)[0].cells == ("Rice", "San Jose", "95002")

    empty_first = workbook(HEADER, ["Rice"], Empty="visible")
    assert "is empty" in why_not(empty_first)


def test_other_sheets_are_mentioned() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(HEADER, ["Rice"])))
    book.create_sheet("Old")
    content = io.BytesIO()
    book.save(content)

    assert read_sheet("a.xlsx", content.getvalue()).note == "Only the first sheet, “Sheet”, was read."


def test_rows_have_the_numbers_that_the_spreadsheet_shows() -> None:
    content = raw_workbook(
        text_row(3, *HEADER) + text_row(7, "Rice") + text_row(8, " ") + text_row(9, "Cake")
    )

    assert [line.number for line in lines(content)] == [7, 9]


def test_cells_are_placed_by_their_column() -> None:
    content = raw_workbook(TOP + '<row r="2"><c r="C2"><v>95002</v></c></row>')

    assert lines(content)[0].cells == ("", "", "95002")


def test_formula_has_the_value_that_was_saved() -> None:
    empty = '<c t="str"><f>""</f><v></v></c>'
    saved = f'<row r="2"><c t="str"><f>A1</f><v>Rice</v></c><c><f>2+3</f><v>5</v></c>{empty}</row>'

    assert lines(raw_workbook(TOP + saved))[0].cells == ("Rice", "5", "")
    assert lines(raw_workbook(TOP + saved))[0].problems == ()


def test_formula_without_a_value_is_named_at_its_cell() -> None:
    content = raw_workbook(
        TOP + '<row r="2"><c r="A2"><f>B2</f></c><c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )

    found = lines(content)[0]

    assert [problem.at for problem in found.problems] == [0, 1]
    assert "never saved" in words(found)[0]
    assert "ends in an error" in words(found)[1]


def test_text_in_runs_is_one_text_without_its_pronunciation() -> None:
    shared = (
        "<sst><si><r><t>Rice </t></r><r><t>Cakes</t></r><rPh><t>raisu</t></rPh></si>"
        "<si><t>Tab_x0009_and _x005F_x0041_</t></si><si/></sst>"
    )
    row = '<row r="2"><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>2</v></c></row>'

    content = raw_workbook(TOP + row, xl__sharedStrings=shared)

    assert lines(content)[0].cells == ("Rice Cakes", "Tab\tand _x0041_", "")


def test_prefixed_names_are_read_too() -> None:
    plain = SHEET.format(TOP + text_row(2, "Rice"))
    sheet = plain.replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")

    assert lines(raw_workbook("", xl__worksheets__sheet1=sheet))[0].cells[0] == "Rice"


def test_cell_far_outside_costs_nothing_and_is_named() -> None:
    far = '<row r="2"><c r="A2" t="inlineStr"><is><t>Rice</t></is></c><c r="XFD2"><v>1</v></c></row>'
    last = '<row r="1048576"><c r="A1048576"><v>5</v></c></row>'

    found = lines(raw_workbook(TOP + far + last))

    assert words(found[0]) == ["There is a value in column XFD, beyond the last one."]
    assert found[1].number == 1_048_576


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        (TOP + '<row r="99999999999"><c><v>1</v></c></row>', "not in order"),
        (TOP + text_row(5, "a") + text_row(4, "b"), "not in order"),
        (TOP + '<row r="2"><c r="AAAAAA2"><v>1</v></c></row>', "damaged"),
        (TOP + '<row r="2"><c t="s"><v>7</v></c></row>', "damaged"),
        (TOP + '<row r="2"><c><v>many</v></c></row>', "damaged"),
        (TOP + '<row r="2"><c><v>5</c></row>', "damaged"),
        (text_row(1, *[f"Column {n}" for n in range(61)]), "more than 60 columns"),
        ("", "empty"),
    ],
)
def test_sheet_that_no_spreadsheet_writes_is_refused(rows: str, part: str) -> None:
    assert part in why_not(raw_workbook(rows))


def test_declared_entities_are_refused() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]>' + SHEET.format(text_row(1, "&c;"))

    assert "damaged" in why_not(raw_workbook("", xl__worksheets__sheet1=bomb))


def test_text_longer_than_a_cell_is_named_without_keeping_it() -> None:
    found = lines(raw_workbook(TOP + text_row(2, "n" * 5_000_000)))

    assert words(found[0]) == ["This cell has more than 4,000 characters; only the first 4,000 were kept."]
    assert len(found[0].cells[0]) == LONGEST_CELL
