"""What is read from a file, whatever its format."""

from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 50 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 60
WIDEST = MOST_COLUMNS + 4  # with what we put beside rows that are to be put right
LONGEST_CELL = 4_000  # longer than anything that a form takes
MOST_IN_ROW = 20_000
KEPT_OF_CELL = 200  # of the cells of a row that is longer than that
# One text can stand in a million cells of a small workbook; each is kept for itself.
MOST_TEXT = 100 * 1024 * 1024
MOST_PROBLEMS = 10  # of one row, as far as its shape goes


class Unreadable(Exception):  # noqa: N818  a result with words for a person
    """The file as a whole cannot be taken. Raised, too, while its lines are walked."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True)
class Problem:
    """Something to put right, in words that hold no personal data."""

    at: int | None  # the index of the cell; None: the row as a whole
    words: str

    def as_json(self) -> dict[str, int | str | None]:
        return {"at": self.at, "words": self.words}


@dataclass(frozen=True)
class Line:
    """One row, with the number that a spreadsheet shows for it."""

    number: int
    cells: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """The column names, and the rows as they are walked; a note says how the file was understood."""

    header: tuple[str, ...]
    lines: Iterator[Line]
    note: str = ""


def column_letters(index: int) -> str:
    """The name that a spreadsheet shows for a column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
