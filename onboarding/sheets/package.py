"""The parts of an XLSX file: what points to what, and each part's XML a piece at a time.

Read with the standard library. openpyxl needs three times as long, refuses whole workbooks for their colours, and
cannot tell an empty cell from a formula without a value; calamine lays a grid over the whole sheet, so that one cell
in the last corner ends the process.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from xml.parsers import expat

from onboarding.sheets.sheet import Unreadable

_PIECE = 64 * 1024
_MOST_STRUCTURE = 20 * 1024 * 1024
DAMAGED = "This workbook is damaged or incomplete. Open it in a spreadsheet, save it, and upload it again."
TOO_LARGE = "This workbook unpacks to more than can be taken. Split it into smaller files."

Attributes = dict[str, str]


def parse(
    archive: zipfile.ZipFile, part: str, handle: Callable[[expat.XMLParserType], None], most: int
) -> Iterator[None]:
    """Feed a part to handlers, piece by piece. Real sizes count: what an archive declares is its own word."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    handle(parser)
    size = 0
    try:
        with archive.open(part) as stream:
            while piece := stream.read(_PIECE):
                size += len(piece)
                if size > most:
                    raise Unreadable(TOO_LARGE)
                parser.Parse(piece, False)
                yield
            parser.Parse(b"", True)
            yield
    except (expat.ExpatError, zipfile.BadZipFile, zlib.error, KeyError, ValueError, IndexError) as error:
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
    """A name without its prefix: programs prefix or do not, as they like."""
    return name.rpartition(":")[2]


def elements(archive: zipfile.ZipFile, part: str) -> list[tuple[str, Attributes]]:
    """The elements of a small part, in order, by local names."""
    found: list[tuple[str, Attributes]] = []

    def start(name: str, attributes: Attributes) -> None:
        found.append((local(name), {local(key): value for key, value in attributes.items()}))

    def handle(parser: expat.XMLParserType) -> None:
        parser.StartElementHandler = start

    if part in archive.namelist():
        for _ in parse(archive, part, handle, _MOST_STRUCTURE):
            pass
    return found


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
