"""The parts of an XLSX file: what points to what, and each part's XML a piece at a time.

Read with the standard library. openpyxl needs three times as long, refuses whole workbooks for their colours, and
cannot tell an empty cell from a formula without a value; calamine lays a grid over the whole sheet, so that one cell
in the last corner ends the process.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from typing import Protocol
from xml.parsers import expat

from onboarding.sheets.sheet import Unreadable

_PIECE = 64 * 1024
_MOST_STRUCTURE = 10 * 1024 * 1024
_DEEPEST = 32
_MOST_NAMES = 1_000  # of elements and attributes: the parser keeps each different one
# A tag or comment that has not ended is looked through again with every piece.
_LONGEST_TOKEN = 1024 * 1024
_MOST_ELEMENTS = 100_000  # a spreadsheet itself takes 65,490 cell styles
# What is looked at in the small parts: the rest of them is not kept.
_LOOKED_AT = {
    "Relationship": ("Id", "Type", "Target", "TargetMode"),
    "workbookPr": ("date1904",),
    "sheet": ("name", "id", "state"),
    "numFmt": ("numFmtId", "formatCode"),
    "xf": ("numFmtId",),
    "cellXfs": (),
    "cellStyleXfs": (),
    "cellStyles": (),
}
DAMAGED = "This workbook is damaged or incomplete. Open it in a spreadsheet, save it, and upload it again."
TOO_LARGE = "This workbook unpacks to more than can be taken. Split it into smaller files."

Attributes = dict[str, str]


class Reader(Protocol):
    """What becomes of the elements of a part, by their local names: programs prefix or do not, as they like."""

    def start(self, name: str, attributes: Attributes) -> None: ...
    def end(self, name: str) -> None: ...
    def data(self, text: str) -> None: ...


class _Parser:
    """Hands the elements to a reader, and refuses what no spreadsheet writes and what would grow without bound."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.depth, self.fed = reader, 0, 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = _refuse
        self.parser.StartElementHandler, self.parser.EndElementHandler = self.start, self.end
        self.parser.CharacterDataHandler = reader.data

    def start(self, name: str, attributes: Attributes) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Unreadable(DAMAGED)
        self.reader.start(local(name), attributes)

    def end(self, name: str) -> None:
        self.depth -= 1
        self.reader.end(local(name))

    def feed(self, piece: bytes) -> None:
        self.fed += len(piece)
        self.parser.Parse(piece, not piece)
        unfinished = self.fed - self.parser.CurrentByteIndex
        if unfinished > _LONGEST_TOKEN or len(self.parser.intern) > _MOST_NAMES:
            raise Unreadable(DAMAGED)


def parse(archive: zipfile.ZipFile, part: str, reader: Reader, most: int) -> Iterator[None]:
    """Feed a part to a reader, piece by piece. Real sizes count: what an archive declares is its own word."""
    parser = _Parser(reader)
    try:
        with archive.open(part) as stream:
            while piece := stream.read(_PIECE):
                if parser.fed + len(piece) > most:
                    raise Unreadable(TOO_LARGE)
                parser.feed(piece)
                yield
            parser.feed(b"")
            yield
    except (expat.ExpatError, zipfile.BadZipFile, zlib.error, LookupError, ValueError) as error:
        raise Unreadable(DAMAGED) from error
    except (
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
    ) as error:  # cut short, or packed in an unusual way
        raise Unreadable(DAMAGED) from error


def _refuse(*_declared: object) -> None:
    # No spreadsheet writes one, and its entities can grow without bound.
    raise Unreadable(DAMAGED)


def local(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2]


class _Elements:
    """The elements that are looked at, in order, with those attributes of theirs that are."""

    def __init__(self) -> None:
        self.found: list[tuple[str, Attributes]] = []

    def start(self, name: str, attributes: Attributes) -> None:
        looked_at = _LOOKED_AT.get(name)
        if looked_at is None:
            return
        if len(self.found) >= _MOST_ELEMENTS:
            raise Unreadable(TOO_LARGE)
        given = {local(key): value for key, value in attributes.items()}
        self.found.append((name, {key: given[key] for key in looked_at if key in given}))

    def end(self, name: str) -> None: ...
    def data(self, text: str) -> None: ...


def elements(archive: zipfile.ZipFile, part: str) -> list[tuple[str, Attributes]]:
    """What is looked at in a small part."""
    reader = _Elements()
    if part in archive.namelist():
        for _ in parse(archive, part, reader, _MOST_STRUCTURE):
            pass
    return reader.found


def related(archive: zipfile.ZipFile, part: str) -> dict[str, list[tuple[str, str]]]:
    """What a part points to: (id, path) by kind."""
    folder, name = posixpath.split(part)
    found: dict[str, list[tuple[str, str]]] = {}
    for element, a in elements(archive, posixpath.join(folder, "_rels", f"{name}.rels")):
        if element == "Relationship" and a.get("TargetMode") != "External":
            path = posixpath.normpath(posixpath.join("/", folder, a.get("Target", ""))).lstrip("/")
            kind = a.get("Type", "").rpartition("/")[2]
            found.setdefault(kind, []).append((a.get("Id", ""), path))
    return found
