"""A file as people upload it becomes column names and rows, or a word about why it cannot."""

import re
from collections.abc import Iterator
from itertools import chain

from onboarding.sheets.columns import OWN, folded
from onboarding.sheets.delimited import read_records, read_text
from onboarding.sheets.kinds import open_workbook
from onboarding.sheets.sheet import (
    KEPT_OF_CELL,
    LONGEST_CELL,
    MOST_BYTES,
    MOST_COLUMNS,
    MOST_IN_ROW,
    MOST_PROBLEMS,
    MOST_ROWS,
    MOST_TEXT,
    WIDEST,
    Line,
    Problem,
    Sheet,
    Unreadable,
    column_letters,
)
from onboarding.sheets.workbook import open_book
from onboarding.sheets.worksheet import read_rows

_EMPTY = "This file is empty."
_TOO_LONG = (
    f"This row has more than {MOST_IN_ROW:,} characters; the first {KEPT_OF_CELL} of each cell were kept."
)
_MORE = "More is to be put right in this row than is listed here."
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def read_sheet(name: str, content: bytes) -> Sheet:
    """The rows are read while they are walked, so that a large file needs little memory."""
    if not content:
        raise Unreadable(_EMPTY)
    if len(content) > MOST_BYTES:
        raise Unreadable(f"This file is larger than {MOST_BYTES // 1024**2} MB. Split it into smaller files.")
    archive = open_workbook(content)
    if archive:
        book = open_book(archive)
        records, note, is_csv = read_rows(book), book.note, False
    else:
        if name.lower().endswith((".xlsx", ".xlsm")):
            raise Unreadable(
                "This is no workbook, whatever its name says. Save it as .xlsx, and upload that."
            )
        text, note = read_text(content)
        records, is_csv = read_records(text), True
    first = next(records, None)
    if first is None:
        raise Unreadable(_EMPTY)
    header = _header(first)
    lines = _shaped(records, header, is_csv=is_csv)
    row = next(lines, None)
    if row is None:
        raise Unreadable("This file has column names, but no rows under them.")
    return Sheet(header, chain([row], lines), note)


def _header(first: Line) -> tuple[str, ...]:
    names = [" ".join(cell.split()) for cell in first.cells]
    while names and not names[-1]:
        names.pop()
    beyond = any("beyond the last" in problem.words for problem in first.problems)
    if beyond or len(names) > WIDEST or sum(folded(name) not in OWN for name in names) > MOST_COLUMNS:
        raise Unreadable(
            f"This file has more than {MOST_COLUMNS} columns. Leave out those that are not needed."
        )
    given = [name for name in names if name]
    if any(len(name) > 200 for name in given):
        raise Unreadable(
            f"Row {first.number} has a column name of more than 200 characters. Is it the right file?"
        )
    numbers = [name for name in given if not any(c.isalpha() for c in name)]
    if not given or len(numbers) * 2 > len(given) or any(_EMAIL.fullmatch(name) for name in given):
        raise Unreadable(
            f"Row {first.number} looks like a client, not like the names of columns."
            " Put the names above the first client; the template shows them."
        )
    return tuple(names)


def _shaped(records: Iterator[Line], header: tuple[str, ...], *, is_csv: bool) -> Iterator[Line]:
    """Each row at least as wide as the header, with what is wrong with its shape."""
    size = 0
    for count, line in enumerate(records, start=1):
        if count > MOST_ROWS:
            raise Unreadable(f"This file has more than {MOST_ROWS:,} rows. Split it into smaller files.")
        shaped = _shape(line, header, is_csv=is_csv)
        size += len("".join(shaped.cells).encode("utf-8", "replace"))
        if size > MOST_TEXT:
            most = f"{MOST_TEXT // 1024**2} MB"
            raise Unreadable(
                f"The rows of this file hold more than {most} of text. Split it into smaller files."
            )
        yield shaped


def _shape(line: Line, header: tuple[str, ...], *, is_csv: bool) -> Line:
    width = len(header)
    cells, problems = list(line.cells[:WIDEST]), list(line.problems)
    if any(cell.strip() for cell in line.cells[WIDEST:]):
        problems.append(Problem(None, f"This row goes on beyond column {column_letters(WIDEST - 1)}."))
    if is_csv and len(line.cells) < width:
        words = f"This row has {len(line.cells)} of {width} cells. Check where they belong."
        problems.append(Problem(None, words))
    for n, cell in enumerate(cells):
        if (n >= width or not header[n]) and cell.strip():
            problems.append(Problem(n, f"This cell is in column {column_letters(n)}, which has no name."))
        if len(cell) > KEPT_OF_CELL and n < width and folded(header[n]) in OWN:
            cells[n] = cell[:KEPT_OF_CELL]  # nobody reads what we wrote there
        elif len(cell) > LONGEST_CELL:
            cells[n] = cell[:LONGEST_CELL]
            words = f"This cell has more than {LONGEST_CELL:,} characters; only the first {LONGEST_CELL:,} were kept."
            problems.append(Problem(n, words))
    if sum(map(len, cells)) > MOST_IN_ROW:
        cells = [cell[:KEPT_OF_CELL] for cell in cells]
        problems.insert(0, Problem(None, _TOO_LONG))
    cells = _trimmed(cells, width) + [""] * (width - len(cells))
    if len(problems) > MOST_PROBLEMS:
        problems[MOST_PROBLEMS - 1 :] = [Problem(None, _MORE)]
    return Line(line.number, tuple(cells), tuple(problems))


def _trimmed(cells: list[str], width: int) -> list[str]:
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    return cells
