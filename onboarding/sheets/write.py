"""Tables as files: no cell of ours is ever taken for a formula, and each comes back as it went."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Literal

from xlsxwriter import Workbook

from onboarding.sheets.sheet import LONGEST_CELL

Kind = Literal["csv", "xlsx"]
CONTENT_TYPES: dict[Kind, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What makes a spreadsheet run a cell of a CSV file as a formula.
_RUNS = re.compile(r"'*[=+\-@\t\r]")
_MARKED = re.compile(r"'+[=+\-@\t\r]")
_NOT_XML = re.compile("[\ufffe\uffff]")


def harmless(text: str) -> str:
    """The text with a mark in front when a spreadsheet might run it."""
    return f"'{text}" if _RUNS.match(text) else text


def as_typed(text: str) -> str:
    """The text without that mark."""
    return text[1:] if _MARKED.match(text) else text


def table(kind: Kind, rows: Iterable[Sequence[str]], widths: Sequence[int] = ()) -> bytes:
    """A file with these rows, the first of which names the columns."""
    return _csv(rows) if kind == "csv" else _xlsx(rows, widths)


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    # The mark tells Excel that it is UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _xlsx(rows: Iterable[Sequence[str]], widths: Sequence[int]) -> bytes:
    content = io.BytesIO()
    with Workbook(content, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Rows")
        head = book.add_format({"bold": True})
        text = book.add_format({"num_format": "@"})
        # The mark that a spreadsheet itself keeps beside a text.
        marked = book.add_format({"num_format": "@", "quote_prefix": True})
        sheet.freeze_panes(1, 0)
        for n, width in enumerate(widths):
            sheet.set_column(n, n, width, text)
        for number, row in enumerate(rows):
            for n, cell in enumerate(row):
                style = head if number == 0 else marked if _RUNS.match(cell) else text
                if cell:
                    sheet.write_string(
                        number, n, _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", cell)[:LONGEST_CELL], style
                    )
    return content.getvalue()
