"""For any bytes and any text: nothing but an answer, and nothing lost on the way out and back."""

import re
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from onboarding.sheets.columns import guess
from onboarding.sheets.read import read_sheet
from onboarding.sheets.repair import Broken, repair
from onboarding.sheets.sheet import Unreadable
from onboarding.sheets.typed import day
from onboarding.sheets.write import Kind, as_typed, harmless
from tests.onboarding.sheets.files import TOP, raw_workbook, text_row

# Every character but those that no text file holds, with formulas and escapes more often.
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff")
formulas = st.text(st.sampled_from("'=+-@;|\t\r\n ＝\ufeffa"), max_size=12)
# One escape that runs into the next is written by XlsxWriter, and read by Excel, as another text.
ESCAPES = re.compile(r"_x[0-9A-Fa-f]{4}(_x[0-9A-Fa-f]{4}_|[\x00-\x1f])")
SPECIAL = ["=1+1", "'=1+1", "''=x", "'", "+1 415", "-", "@x", "\t=1", "\r\n=2", "_x0041_", "_x005F_y"]
SPECIAL += [
    'say "x"',
    "a\rb",
    "a\r\nb",
    "a,b;c",
    "a;=1",
    "a;'=1",
    "\n=1",
    "a\n'-1",
    "|\t@",
    "＝1",
    "''＠1",
    "\n",
]
cells = st.text(characters, max_size=40).filter(lambda text: not ESCAPES.search(text)) | st.sampled_from(
    SPECIAL
)
rows = st.lists(st.tuples(cells, cells), min_size=1, max_size=6)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@settings(deadline=None)
@given(rows=rows)
def test_cells_come_back_as_they_went(kind: Kind, rows: list[tuple[str, str]]) -> None:
    broken = [Broken(n, row, ["Fix it."]) for n, row in enumerate(rows, start=2)]

    sheet = read_sheet(f"a.{kind}", repair(kind, ("Company name", "City"), broken))

    assert [line.cells[:2] for line in sheet.lines] == rows


@settings(max_examples=1000)
@given(text=cells | formulas)
def test_mark_against_formulas_is_taken_off_again(text: str) -> None:
    assert as_typed(harmless(text)) == text
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r"))


STARTS = [b"", b"Company,City\n", b"PK\x03\x04", b"\xff\xfe", b"\xef\xbb\xbf"]


def walk(name: str, content: bytes) -> None:
    with suppress(Unreadable):
        sheet = read_sheet(name, content)
        guess(sheet.header)
        for line in sheet.lines:
            assert len(line.cells) >= len(sheet.header)


@settings(deadline=None, max_examples=300)
@given(
    content=st.binary(max_size=300),
    start=st.sampled_from(STARTS),
)
@example(content=b'"', start=b"Company,City\n")
@example(content=b"\r\r", start=b"")
def test_bytes_of_any_kind_are_answered(content: bytes, start: bytes) -> None:
    walk("a.csv", start + content)


WHOLE = raw_workbook(
    TOP + text_row(2, "Rice", "San Jose", "95002"), xl__sharedStrings="<sst><si><t>x</t></si></sst>"
)


@settings(deadline=None, max_examples=300)
@given(at=st.integers(0, len(WHOLE) - 1), patch=st.binary(min_size=1, max_size=8))
def test_damaged_workbook_is_answered(at: int, patch: bytes) -> None:
    walk("a.xlsx", WHOLE[:at] + patch + WHOLE[at + len(patch) :])


xml = st.recursive(
    st.sampled_from(["<v>1</v>", "<v>x</v>", "<f/>", "<is><t>a</t></is>", "<t/>", "text", "&amp;"]),
    lambda inner: (
        st.builds(
            "<{0} r='{1}' t='{2}' s='{3}'>{4}</{0}>".format,
            st.sampled_from(["row", "c", "is", "v", "x"]),
            st.sampled_from(["1", "2", "A1", "ZZ9", "-1", ""]),
            st.sampled_from(["s", "n", "b", "e", "d", "str", "inlineStr", ""]),
            st.sampled_from(["0", "7", "-1", "x"]),
            inner,
        )
        | st.lists(inner, max_size=4).map("".join)
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=300)
@given(inside=xml)
def test_rows_of_any_shape_are_answered(inside: str) -> None:
    walk("a.xlsx", raw_workbook(TOP + inside))


@given(text=st.text(st.sampled_from("0123456789/-. :T,JanFebapril"), max_size=20))
def test_dates_of_any_shape_are_answered(text: str) -> None:
    assert isinstance(day(text)[0], str)
