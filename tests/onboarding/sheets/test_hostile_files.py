"""Small files that unpack, multiply or never end: each is answered, and takes little memory."""

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from onboarding.sheets import package, read
from onboarding.sheets.read import read_sheet
from onboarding.sheets.sheet import (
    KEPT_OF_CELL,
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_IN_ROW,
    MOST_PROBLEMS,
    WIDEST,
    column_letters,
)
from onboarding.sheets.write import Kind, table
from tests.onboarding.sheets.files import HEADER, SHEET, TOP, lines, raw_workbook, text_row, why_not, words

RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DATES = '<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>'
ONE_TEXT = "<sst><si><t>Rice</t></si></sst>"


@contextmanager
def peak_below(megabytes: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * 1024**2
    finally:
        tracemalloc.stop()


def linked(rows: str, *links: tuple[str, str], book: str = "", **parts: str) -> bytes:
    """A workbook whose own part points to these others: (kind, target)."""
    target = '<Relationship Id="r{}" Type="{}/{}" Target="{}"/>'
    every = [("worksheet", "worksheets/sheet1.xml"), *links]
    rels = "".join(target.format(n, RELATION, *link) for n, link in enumerate(every, start=1))
    parts["xl___rels__workbook.xml.rels"] = f"<Relationships>{rels}</Relationships>"
    sheets = '<sheets><sheet name="A" r:id="r1"/></sheets>'
    parts["xl__workbook"] = f'<workbook xmlns:r="{RELATION}">{book}{sheets}</workbook>'
    content = raw_workbook(rows, **parts)
    return _renamed(content, "xl/_rels/workbook.xml.rels.xml", "xl/_rels/workbook.xml.rels")


def _renamed(content: bytes, was: str, name: str, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w", how) as new:
        found = {info.filename: old.read(info) for info in old.infolist()}
        found[name] = found.pop(was)
        for each, text in found.items():
            new.writestr(each, text)
    return packed.getvalue()


def dated(serial: str, book: str = "") -> str:
    rows = TOP + f'<row r="2"><c s="0"><v>{serial}</v></c></row>'
    return lines(linked(rows, ("styles", "styles.xml"), book=book, xl__styles=DATES))[0].cells[0]


@pytest.mark.parametrize("inside", ["<!--{}-->", '<row r="2" x="{}"/>', "<?x {}?>"])
def test_token_that_does_not_end_is_refused(inside: str) -> None:
    assert "damaged" in why_not(raw_workbook(TOP + inside.format("A" * 3_000_000)))
    assert len(lines(raw_workbook(TOP + inside.format("A" * 500_000) + text_row(3, "Rice")))) == 1


def test_elements_inside_elements_without_end_are_refused() -> None:
    content = raw_workbook(TOP + "<q>" * 300_000 + "</q>" * 300_000)

    with peak_below(10):
        assert "damaged" in why_not(content)


def test_names_without_end_are_refused() -> None:
    content = raw_workbook(TOP + "".join(f"<n{n}/>" for n in range(100_000)))

    with peak_below(10):
        assert "damaged" in why_not(content)


def test_settings_without_end_are_not_kept() -> None:
    content = linked(TOP + text_row(2, "Rice"), book="<a/>" * 300_000)

    with peak_below(10):
        assert lines(content)[0].cells[0] == "Rice"


def test_settings_that_are_kept_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "_MOST_ELEMENTS", 10)
    styles = f"<styleSheet><cellXfs>{'<xf/>' * 10}</cellXfs></styleSheet>"

    content = linked(TOP + text_row(2, "Rice"), ("styles", "styles.xml"), xl__styles=styles)

    assert "unpacks to more" in why_not(content)


def test_part_is_read_once_however_often_it_is_named() -> None:
    links = [("sharedStrings", "texts.xml")] * 60
    cell = '<row r="2"><c t="s"><v>{}</v></c></row>'

    assert lines(linked(TOP + cell.format(0), *links, xl__texts=ONE_TEXT))[0].cells[0] == "Rice"
    assert "damaged" in why_not(linked(TOP + cell.format(1), *links, xl__texts=ONE_TEXT))


def test_text_before_the_first_one_is_refused() -> None:
    cell = '<row r="2"><c t="s"><v>-1</v></c></row>'

    assert "damaged" in why_not(raw_workbook(TOP + cell, xl__sharedStrings=ONE_TEXT))


def amplified(rows: int, length: int) -> bytes:
    """One text, which stands in every cell."""
    names = text_row(1, *[f"Column {n}" for n in range(MOST_COLUMNS)])
    row = "<row>" + '<c t="s"><v>0</v></c>' * MOST_COLUMNS + "</row>"
    return raw_workbook(names + row * rows, xl__sharedStrings=f"<sst><si><t>{'A' * length}</t></si></sst>")


def test_text_in_every_cell_is_not_kept_for_each() -> None:
    content = amplified(rows=120, length=32_767)
    assert len(content) < 5_000

    with peak_below(10):
        found = lines(content)

    assert len(found) == 120
    assert max(sum(map(len, line.cells)) for line in found) == MOST_COLUMNS * KEPT_OF_CELL < MOST_IN_ROW
    assert "more than 20,000 characters; the first 200 of each cell were kept" in words(found[0])[0]
    assert len(found[0].problems) == MOST_PROBLEMS


def test_text_of_a_whole_file_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MOST_TEXT", 3 * 1024**2)

    assert lines(amplified(rows=200, length=200))
    assert "more than 3 MB of text. Split it" in why_not(amplified(rows=300, length=200))


def test_problems_of_a_row_are_limited_and_say_so() -> None:
    content = raw_workbook(TOP + f'<row r="2">{"<c><f/></c>" * 50_000}</row>')

    with peak_below(10):
        found = lines(content)[0]

    assert len(found.problems) == MOST_PROBLEMS
    assert words(found)[-1] == "More is to be put right in this row than is listed here."


@pytest.mark.parametrize(
    ("serial", "book", "text"),
    [
        ("2958465", '<workbookPr date1904="1"/>', "2958465"),
        ("2958465.999999999", "", "2958466"),
        ("2958465", "", "9999-12-31"),
        ("1e300", "", "1e+300"),
    ],
)
def test_day_beyond_the_calendar_is_a_number(serial: str, book: str, text: str) -> None:
    assert dated(serial, book) == text


@pytest.mark.parametrize("number", ["nan", "inf", "1e999"])
def test_number_that_is_none_is_refused(number: str) -> None:
    assert "damaged" in why_not(raw_workbook(TOP + f'<row r="2"><c><v>{number}</v></c></row>'))


def test_style_that_is_no_number_is_refused() -> None:
    styles = DATES.replace("14", "x")

    assert "damaged" in why_not(linked(TOP + text_row(2, "Rice"), ("styles", "a.xml"), xl__a=styles))


def test_format_longer_than_a_spreadsheet_takes_is_none() -> None:
    formats = f'<numFmts><numFmt numFmtId="200" formatCode="{"0" * 200_000}x"/></numFmts>'
    styles = f'<styleSheet>{formats}<cellXfs><xf numFmtId="200"/></cellXfs></styleSheet>'
    rows = TOP + '<row r="2"><c s="0"><v>5</v></c></row>'

    assert lines(linked(rows, ("styles", "a.xml"), xl__a=styles))[0].cells[0] == "5"


@pytest.mark.parametrize("how", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_archive_packed_in_another_way_is_refused(how: int) -> None:
    content = _renamed(raw_workbook(TOP), "xl/workbook.xml", "xl/workbook.xml", how)

    assert "damaged" in why_not(content)


def test_archive_of_countless_members_is_refused_unopened() -> None:
    with peak_below(10):
        assert "unpacks to more" in why_not(b"PK\x03\x04" + b"PK\x01\x02" * 20_000)


def test_encoding_that_nobody_knows_is_refused() -> None:
    sheet = '<?xml version="1.0" encoding="no-such"?>' + SHEET.format(TOP)

    assert "damaged" in why_not(raw_workbook("", xl__worksheets__sheet1=sheet))


def test_text_of_escapes_alone_is_kept_whole() -> None:
    shared = f"<sst><si><t>{'_x0041_' * LONGEST_CELL}</t></si><si><t>{'_x0041_' * 5_000}</t></si></sst>"
    row = '<row r="2"><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'

    found = lines(raw_workbook(TOP + row, xl__sharedStrings=shared))[0]

    assert found.cells[:2] == ("A" * LONGEST_CELL, "A" * LONGEST_CELL)
    assert [problem.at for problem in found.problems] == [1]


def test_name_of_a_sheet_is_as_long_as_a_spreadsheet_allows() -> None:
    more = f'<sheets><sheet name="{"A" * 5_000}" r:id="r1"/></sheets>'

    assert read_sheet("a.xlsx", linked(TOP + text_row(2, "Rice"), book=more)).note.count("A") == 31


def test_row_of_countless_cells_is_cut_and_named() -> None:
    found = lines(f"{HEADER}\n" + "x," * 50_000 + "\n")[0]

    assert len(found.cells) == WIDEST
    assert words(found)[0] == f"This row goes on beyond column {column_letters(WIDEST - 1)}."
    assert len(found.problems) == MOST_PROBLEMS


def test_row_that_is_longer_than_any_is_refused() -> None:
    assert "Row 2 is too long" in why_not(f"{HEADER}\n" + "x," * 600_000 + "\n")
    assert "Row 2 is too long" in why_not(f"{HEADER}\n" + "x" * 200_000 + "\n")


@pytest.mark.parametrize("name", ["Row", "What to fix", "", "Onboarding"])
def test_columns_of_ours_do_not_make_a_file_wider(name: str) -> None:
    assert "more than 60 columns" in why_not(f"Company name,{f'{name},' * 80}City\na\n")


def test_what_we_wrote_beside_a_row_is_no_problem_of_it() -> None:
    found = lines(f"Company name,What to fix\nRice,{'n' * 10_000}\n")[0]

    assert (found.problems, len(found.cells[1])) == ((), KEPT_OF_CELL)


HIDDEN = [
    "\n=1",
    "\r\n=1",
    "＝1+1",
    "＠x",
    "a;=1+1",
    "a;'=1",
    "a\n=1",
    "a|@x",
    "\ufeff=1",
    " =1",
    "; ;-1",
    "''\n'+1",
]


@pytest.mark.parametrize("text", HIDDEN)
@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_no_program_finds_a_formula_in_what_is_downloaded(text: str, delimiter: str) -> None:
    content = table("csv", [["Company name", "City"], ["Rice", text]]).decode("utf-8-sig")

    # As a program reads it that cuts at this character and at line ends, whatever stands in quotation marks.
    cut = [cell for line in content.splitlines() for cell in line.split(delimiter)]
    cells = [cell for row in csv.reader(io.StringIO(content), delimiter=delimiter) for cell in row] + cut

    assert not [cell for cell in cells if cell.strip(' "\ufeff\r\n').startswith(tuple("=+-@＝＋－＠"))]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("text", HIDDEN)
def test_what_is_marked_comes_back_as_it_was(kind: Kind, text: str) -> None:
    content = table(kind, [["Company name", "City"], ["Rice", text]])

    assert lines(content, f"a.{kind}")[0].cells == ("Rice", text)
