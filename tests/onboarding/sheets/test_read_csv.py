"""CSV files as programs and people leave them behind."""

import pytest

from onboarding.sheets.read import read_sheet
from onboarding.sheets.sheet import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS
from tests.onboarding.sheets.files import HEADER, lines, why_not, words

ROW = "Rice Cakes,San José,95002"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encoding_with_its_mark_is_taken_without_a_note(encoding: str) -> None:
    sheet = read_sheet("a.csv", f"{HEADER}\r\n{ROW}\r\n".encode(encoding))

    assert sheet.header == ("Company name", "City", "ZIP code")
    assert [line.cells for line in sheet.lines] == [("Rice Cakes", "San José", "95002")]
    assert sheet.note == ""


def test_encoding_of_windows_is_taken_with_a_note() -> None:
    sheet = read_sheet("a.csv", f"{HEADER}\r\n{ROW}\r\n".encode("cp1252"))

    assert next(sheet.lines).cells[1] == "San José"
    assert "Windows-1252" in sheet.note


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (HEADER.encode() + b"\nRice\x81Cakes,San Jos\xe9,95002\n", "encoding of this file is not known"),
        (f"{HEADER}\n{ROW}".encode("utf-16-le"), "encoding without its mark"),
        (b"\xff\xfe\x00\xd8\x00\xd8", "marked as UTF-16, but is not"),
        (b"\xef\xbb\xbfCompany\xff", "marked as UTF-8, but is not"),
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\n\r\n , ,\n", "empty"),
        (HEADER.encode(), "no rows under"),
        (f"{HEADER}\n\n,,\n".encode(), "no rows under"),
        (b"Rice Cakes,tomato@example.com,95002\nA,b@example.com,95003\n", "Row 1 looks like a client"),
        (b"95002,4085550132,12-3456789\n95003,1,2\n", "Row 1 looks like a client"),
        (b"x" * 300 + b",City\na,b\n", "more than 200 characters"),
    ],
)
def test_file_that_cannot_be_taken_says_why(content: bytes, part: str) -> None:
    assert part in why_not(content)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_from_the_header(delimiter: str) -> None:
    content = f'"Name (last, first)"{delimiter}City{delimiter}ZIP code\n"a, b"{delimiter}"c; d"{delimiter}e\n'

    assert lines(content)[0].cells == ("a, b", "c; d", "e")


def test_delimiter_that_the_file_names_is_taken_and_is_no_row() -> None:
    found = lines("sep=;\r\nCompany name;City, state\r\nRice;San Jose, CA\r\n")

    assert (found[0].number, found[0].cells) == (2, ("Rice", "San Jose, CA"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_have_the_numbers_of_a_spreadsheet(end: str) -> None:
    content = end.join(["", HEADER, '"Rice', 'Cakes",b,c', "", "d,e,f", " , ,", "g,h,i", ""])

    found = lines(content)

    assert [line.number for line in found] == [3, 5, 7]
    assert found[0].cells[0].split() == ["Rice", "Cakes"]


def test_quotation_marks_are_read_as_spreadsheets_write_them() -> None:
    assert lines(f'{HEADER}\n"Rice ""R"" Cakes, Inc",b,c\n')[0].cells[0] == 'Rice "R" Cakes, Inc'
    assert lines(f'{HEADER}\n6" Pipes,b,c\n')[0].cells[0] == '6" Pipes'


def test_quotation_mark_that_is_never_closed_is_named_with_its_row() -> None:
    content = f'{HEADER}\na,b,c\n"d,e,f\ng,h,i\n'

    assert "opens in row 3 is never closed" in why_not(content)
    assert "opens in row 3 is never closed" in why_not(f'{HEADER}\na,b,c\n"d' + "x" * 200_000)


def test_quotation_mark_that_swallows_the_next_row_is_a_problem_of_that_row() -> None:
    found = lines(f'{HEADER}\n"a,b,c\nd","e",f\ng,h,i\n')

    assert [line.number for line in found] == [2, 3]
    assert [words(line) for line in lines(f'{HEADER}\n"a,b,c\nd,"e",f,g\nh,i,j\n')] == [
        ["A quotation mark in this row is out of place: it may have run together with the next one."],
        [],
    ]


def test_row_that_is_cut_off_is_named() -> None:
    found = lines(f'{HEADER}\na,b,c\nd,"e')

    assert (found[1].number, found[1].cells[:2]) == (3, ("d", "e"))
    assert words(found[1])[0] == "The file ends in the middle of this row."


def test_row_with_too_few_cells_is_its_own_problem() -> None:
    found = lines(f"{HEADER}\na,b\nc,d,e\n")

    assert words(found[0]) == ["This row has 2 of 3 cells. Check where they belong."]
    assert (found[0].cells, found[1].problems) == (("a", "b", ""), ())


def test_row_with_too_many_cells_keeps_them() -> None:
    found = lines(f"{HEADER}\na,b,c,d\ne,f,g,,\n")

    assert found[0].cells == ("a", "b", "c", "d")
    assert [(p.at, p.words) for p in found[0].problems] == [
        (3, "This cell is in column D, which has no name.")
    ]
    assert (found[1].cells, found[1].problems) == (("e", "f", "g"), ())


def test_cell_under_an_empty_name_is_a_problem() -> None:
    found = lines("Company name,,City\na,b,c\nd,,e\n")

    assert [[p.at for p in line.problems] for line in found] == [[1], []]


def test_character_that_is_no_text_is_shown_and_named() -> None:
    found = lines(f"{HEADER}\na\0b,c,d\n{'e,f,g' * 10},,\n")

    assert found[0].cells[0] == "a\N{REPLACEMENT CHARACTER}b"
    assert found[0].problems[0].at == 0


@pytest.mark.parametrize("cell", ["=1+1", "+1 415 555 0132", "-5", "@name"])
def test_cell_that_looks_like_a_formula_is_text(cell: str) -> None:
    assert lines(f"{HEADER}\n{cell},b,c\n")[0].cells[0] == cell
    assert lines(f"{HEADER}\n'{cell},b,c\n")[0].cells[0] == cell


def test_long_cells_are_named_and_kept_as_far_as_a_form_goes() -> None:
    found = lines(f"{HEADER}\n{'n' * 3000},b,c\n{'n' * (LONGEST_CELL + 1)},b,c\n")

    assert (len(found[0].cells[0]), found[0].problems) == (3000, ())
    assert (len(found[1].cells[0]), words(found[1])) == (
        LONGEST_CELL,
        ["This cell has more than 4,000 characters; only the first 4,000 were kept."],
    )


def test_number_of_rows_and_columns_is_limited() -> None:
    assert len(lines(f"{HEADER}\n" + "a,b,c\n" * MOST_ROWS)) == MOST_ROWS
    assert "more than 100,000 rows" in why_not(f"{HEADER}\n" + "a,b,c\n" * (MOST_ROWS + 1))
    wide = ",".join(f"Column {n}" for n in range(MOST_COLUMNS + 1))
    assert "more than 60 columns" in why_not(f"{wide}\na\n")
