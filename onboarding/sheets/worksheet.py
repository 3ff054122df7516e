"""The rows of one worksheet, with numbers and dates as the texts that a person would type."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import isfinite

from onboarding.sheets.package import Attributes, parse
from onboarding.sheets.sheet import (
    LONGEST_CELL,
    MOST_PROBLEMS,
    WIDEST,
    Line,
    Problem,
    Unreadable,
    column_letters,
)
from onboarding.sheets.texts import Text, TextReader, unescape
from onboarding.sheets.workbook import MOST_UNPACKED, Book

LAST_ROW = 1_048_576
_NOT_CALCULATED = (
    "This cell holds a formula whose value was never saved."
    " Open the file in a spreadsheet and save it, or type the value."
)
_ERROR = "The formula in this cell ends in an error. Type the value."


def read_rows(book: Book) -> Iterator[Line]:
    """Each row that is not empty."""
    reader = _Rows(book)
    for _ in parse(book.archive, book.part, reader, MOST_UNPACKED):
        rows, reader.rows = reader.rows, []
        yield from rows


class _Rows:
    """Handlers for the elements of a worksheet; finished rows are collected until somebody takes them."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.rows: list[Line] = []
        self.number, self.column = 0, 0
        self.cells: dict[int, str] = {}
        self.problems: list[Problem] = []
        self.type, self.style = "", 0
        self.value: Text | None = None
        self.is_value, self.is_formula = False, False
        self.inline = TextReader()

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._begin_cell(attributes)
        elif name == "v":
            self.value, self.is_value = Text(), True
        elif name == "row":
            self._begin_row(attributes)
        elif name == "f":
            self.is_formula = True
        else:
            self.inline.start(name, attributes)

    def end(self, name: str) -> None:
        if name == "v":
            self.is_value = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        else:
            self.inline.end(name)

    def data(self, text: str) -> None:
        if self.is_value and self.value is not None:
            self.value.add(text)
        else:
            self.inline.data(text)

    def _begin_row(self, attributes: Attributes) -> None:
        number = int(attributes.get("r", self.number + 1))
        if not self.number < number <= LAST_ROW:
            raise Unreadable(
                "The rows of this workbook are not in order. Save it in a spreadsheet, and upload it again."
            )
        self.number, self.column = number, -1
        self.cells, self.problems = {}, []

    def _begin_cell(self, attributes: Attributes) -> None:
        where = attributes.get("r")
        self.column = _column(where) if where else self.column + 1
        self.type, self.style = attributes.get("t", "n"), int(attributes.get("s", 0))
        self.value, self.is_formula = None, False
        self.inline.begin()

    def _end_cell(self) -> None:
        text = self._text()[: LONGEST_CELL + 1]
        if self.column < WIDEST:
            self.cells[self.column] = text
        elif text.strip():
            self._say(None, f"There is a value in column {column_letters(self.column)}, beyond the last one.")

    def _say(self, at: int | None, words: str) -> None:
        if len(self.problems) <= MOST_PROBLEMS:  # one more than are kept, so that it is seen
            self.problems.append(Problem(at, words))

    def _text(self) -> str:
        raw = self.value.whole() if self.value else ""
        if self.type == "inlineStr":
            return self.inline.text()
        if not raw and self.type != "str":
            if self.is_formula:
                self._say(self.column, _NOT_CALCULATED)
            return ""
        if self.type == "s":
            return self._shared(int(raw))
        if self.type == "str":
            return unescape(raw)
        if self.type == "b":
            return "TRUE" if raw.strip() == "1" else "FALSE"
        if self.type == "e":
            self._say(self.column, _ERROR)
            return raw
        if self.type == "d":
            return raw.removesuffix("Z").removesuffix("T00:00:00")
        return number_text(raw, self._show(), is_1904=self.book.is_1904)

    def _shared(self, number: int) -> str:
        if number < 0:
            raise IndexError(number)
        return self.book.texts[number]

    def _show(self) -> str:
        return self.book.shows[self.style] if 0 <= self.style < len(self.book.shows) else ""

    def _end_row(self) -> None:
        width = max(self.cells, default=-1) + 1
        cells = tuple(self.cells.get(n, "") for n in range(width))
        if any(cell.strip() for cell in cells) or self.problems:
            self.rows.append(Line(self.number, cells, tuple(self.problems)))


def _column(where: str) -> int:
    index = 0
    for letter in where.rstrip("0123456789").upper():
        index = index * 26 + ord(letter) - 64
    if not 1 <= index <= 16_384:
        raise ValueError(where)
    return index - 1


def number_text(raw: str, show: str, *, is_1904: bool = False) -> str:
    """A number as people would type what their spreadsheet shows."""
    if not show and raw.isdecimal():
        return raw
    number = float(raw)
    if not isfinite(number):
        raise ValueError(raw)
    if show == "date":
        return _moment(number, is_1904) or _plain(number)
    text = _plain(number)
    if show and text.isdecimal():
        return _masked(text, show)
    return text


def _plain(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}"


def _masked(digits: str, mask: str) -> str:
    """The digits in a mask such as 00000 or 00-0000000, filled up from the left."""
    places = mask.count("0")
    if len(digits) > places:
        return digits
    left = iter(digits.zfill(places))
    return "".join(next(left) if sign == "0" else sign for sign in mask).strip()


def _moment(serial: float, is_1904: bool) -> str:
    if not 0 <= serial < 2_958_466:  # the year 10000
        return ""
    # The spreadsheet's calendar has a 29 February 1900, which never was.
    start = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30 if serial >= 60 else 31)  # noqa: DTZ001
    try:
        moment = start + timedelta(seconds=round(serial * 86_400))
    except OverflowError:  # rounded up to that year, or counted from 1904
        return ""
    if serial < 1:
        return f"{moment:%H:%M}"
    return f"{moment:%Y-%m-%d %H:%M}" if moment.hour or moment.minute else f"{moment:%Y-%m-%d}"
