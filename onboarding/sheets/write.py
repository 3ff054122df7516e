"""Tables as files: no cell of ours is ever taken for a formula, and each comes back as it went."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Literal

from xlsxwriter import Workbook

Kind = Literal["csv", "xlsx"]
CONTENT_TYPES: dict[Kind, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What makes a spreadsheet run a cell of a CSV file as a formula. One that divides cells by semicolons cuts a text at
# them, and at line ends, in spite of its quotation marks: what follows is a cell to it, too.
_FORMULA = "'*[\0-\x08\x0b\x0c\x0e-\x20\xa0\u200b\u3000\ufeff]*[=+\\-@＝＋－＠]"
_STARTS = rf"(?:\A(?={{mark}}(?:{_FORMULA}|'*[\t\r\n]))|(?<=[;|\t\r\n])(?={{mark}}{_FORMULA}))"
_RUNS = re.compile(_STARTS.format(mark=""))
_MARKED = re.compile(_STARTS.format(mark="'") + "'")
_MOST_IN_CELL = 32_767  # what a spreadsheet holds
_NOT_XML = re.compile("[\ufffe\uffff]")


def harmless(text: str) -> str:
    """The text with a mark in front of all that a spreadsheet might run."""
    return _RUNS.sub("'", text)


def as_typed(text: str) -> str:
    """The text without those marks."""
    return _MARKED.sub("", text) if "'" in text else text


def table(kind: Kind, rows: Iterable[Sequence[str]], widths: Sequence[int] = ()) -> bytes:
    """A file with these rows, the first of which names the columns."""
    return _csv(rows) if kind == "csv" else _xlsx(rows, widths)


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
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
                        number, n, _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", cell)[:_MOST_IN_CELL], style
                    )
    return content.getvalue()
