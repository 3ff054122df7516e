"""The rows that are to be put right, as a file that can be uploaded again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from onboarding.sheets.columns import ONBOARDING, OWN, REPEATS, ROW, WHAT_TO_FIX, folded
from onboarding.sheets.write import Kind, table


@dataclass(frozen=True)
class Broken:
    """One row as it came, what is to be put right, the onboarding that it corrects, and its own id."""

    number: int
    cells: Sequence[str]
    words: Sequence[str]
    onboarding: str = ""
    id: str = ""


def said(header: Sequence[str], problem: Mapping[str, object]) -> str:
    """A problem with the name of its column: there is no cell to stand beside."""
    at = problem["at"]
    name = header[at] if isinstance(at, int) and at < len(header) else ""
    return f"{name}: {problem['words']}" if name else str(problem["words"])


def repair(kind: Kind, header: Sequence[str], rows: Iterable[Broken]) -> bytes:
    """The columns and cells as they came, and after them ours."""
    return table(kind, _rows(header, rows), widths=[22] * len(header) + [14, 14, 8, 60])


def _rows(header: Sequence[str], rows: Iterable[Broken]) -> Iterator[list[str]]:
    theirs = [n for n, name in enumerate(header) if folded(name) not in OWN]
    before = next((n for n, name in enumerate(header) if folded(name) == folded(ONBOARDING.label)), None)
    yield [*(header[n] for n in theirs), ONBOARDING.label, REPEATS.label, ROW, WHAT_TO_FIX]
    for row in rows:
        corrected = row.onboarding or (row.cells[before] if before is not None else "")
        # What stood beyond the last column has no place here; it is said in words.
        cells = [row.cells[n] if n < len(row.cells) else "" for n in theirs]
        beyond = " ".join(cell for cell in row.cells[len(header) :] if cell)
        words = [*row.words, f"Beyond the last column stood: {beyond}"] if beyond else row.words
        yield [*cells, corrected, row.id, str(row.number), " ".join(words)]
