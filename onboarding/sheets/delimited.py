"""CSV as it is found in the world: any of four delimiters, any line ending, and the encodings of spreadsheets."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress

from onboarding.sheets.sheet import Line, Problem, Unreadable
from onboarding.sheets.write import as_typed

DELIMITERS = ",;\t|"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_LONGEST_RECORD = 1_000_000  # each of its characters could be a cell
_NO_TEXT = "This cell holds a character that is no text; it is shown as \N{REPLACEMENT CHARACTER}."
_SAVE_AS_UTF8 = "Save it as “CSV UTF-8” or as .xlsx, and upload that."


def read_text(content: bytes) -> tuple[str, str]:
    """The text, and a note when its encoding had to be inferred."""
    for mark, encoding, its_name in _MARKS:
        if content.startswith(mark):
            try:
                return content.decode(encoding), ""
            except UnicodeDecodeError as error:
                raise Unreadable(f"This file is marked as {its_name}, but is not. {_SAVE_AS_UTF8}") from error
    if content.count(0) > len(content) / 10:
        raise Unreadable(f"This is no text file, or one in an encoding without its mark. {_SAVE_AS_UTF8}")
    with suppress(UnicodeDecodeError):
        return content.decode("utf-8"), ""
    try:
        # Fails for the five bytes that Windows-1252 leaves open: then it is something else.
        return content.decode(
            "cp1252"
        ), "Read as Windows-1252, because it is not UTF-8. Check letters with accents."
    except UnicodeDecodeError as error:
        raise Unreadable(f"The encoding of this file is not known. {_SAVE_AS_UTF8}") from error


def read_records(text: str) -> Iterator[Line]:
    """Each record that is not empty. What cannot be told apart makes the file unreadable, with the row's number."""
    lines = _Lines(text)
    delimiter = lines.sep or _delimiter(text)
    # Not strict: a quotation mark inside a cell stays a character; what may have run together is found below.
    reader = csv.reader(lines, delimiter=delimiter)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            is_open = any('"' in line for line in lines.taken)
            raise Unreadable(_unclosed(number) if is_open else _too_long(number)) from error
        if cells is None:
            return
        taken = lines.take()
        if any(cell.strip() for cell in cells):
            yield _line(number, cells, taken, delimiter, is_last=lines.ended)


def _line(number: int, cells: list[str], taken: list[str], delimiter: str, is_last: bool) -> Line:
    problems: tuple[Problem, ...] = ()
    if len(taken) > 1 or is_last:
        problems = _quotes(number, taken, delimiter)
    if "\0" in "".join(taken):
        spoiled = [n for n, cell in enumerate(cells) if "\0" in cell]
        problems += tuple(Problem(n, _NO_TEXT) for n in spoiled)
        cells = [cell.replace("\0", "\N{REPLACEMENT CHARACTER}") for cell in cells]
    return Line(number, tuple(map(as_typed, cells)), problems)


def _quotes(number: int, taken: list[str], delimiter: str) -> tuple[Problem, ...]:
    """A quotation mark that is not closed swallows what follows it."""
    try:
        list(csv.reader(taken, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" not in str(error):
            together = (
                "A quotation mark in this row is out of place: it may have run together with the next one."
            )
            return (Problem(None, together),) if len(taken) > 1 else ()
        if len(taken) > 1:
            raise Unreadable(_unclosed(number)) from error
        return (Problem(None, "The file ends in the middle of this row."),)
    return ()


def _unclosed(number: int) -> str:
    return (
        f"A quotation mark that opens in row {number} is never closed, so the rows after it cannot be told apart."
        " Close it, and upload the file again."
    )


def _too_long(number: int) -> str:
    return f"Row {number} is too long for a row of a table. Is it the right file?"


class _Lines:
    """The lines of a text with their ends, as the CSV reader takes them; it remembers those of the record at hand."""

    def __init__(self, text: str) -> None:
        self.stream = io.StringIO(text, newline="")
        self.taken: list[str] = []
        self.size, self.read, self.length = len(text), 0, 0
        named = re.match(r"sep=(.)[\r\n]", text, re.IGNORECASE)
        self.sep = named[1] if named else ""
        if self.sep:  # a word to the spreadsheet, which does not show it as a row
            self.size -= len(self.stream.readline())

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self.stream)
        self.read += len(line)
        self.taken.append(line)
        self.length += len(line)
        if self.length > _LONGEST_RECORD:
            raise csv.Error("too long")
        return line

    def take(self) -> list[str]:
        """The lines of the record that was read."""
        taken, self.taken, self.length = self.taken, [], 0
        return taken

    @property
    def ended(self) -> bool:
        return self.read >= self.size


def _delimiter(text: str) -> str:
    """The one that cuts the first line with words into the most cells."""
    lines = list(io.StringIO(text.lstrip()[:100_000], newline=""))

    def cells(delimiter: str) -> int:
        try:
            return len(next(csv.reader(lines, delimiter=delimiter), []))
        except csv.Error:
            return 0

    return max(DELIMITERS, key=cells)
