"""The texts of a workbook, as far as a cell can hold them."""

import re
import zipfile
from xml.parsers import expat

from onboarding.sheets.package import Attributes, local, parse
from onboarding.sheets.sheet import LONGEST_CELL

_MOST_UNPACKED = 150 * 1024 * 1024  # they are kept in memory
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def shared_texts(archive: zipfile.ZipFile, part: str) -> list[str]:
    """The texts that cells point to by their number."""
    found: list[str] = []
    reader = TextReader()

    def start(name: str, _attributes: Attributes) -> None:
        if local(name) == "si":
            reader.begin()
        else:
            reader.start(local(name))

    def end(name: str) -> None:
        if local(name) == "si":
            found.append(reader.text())
        else:
            reader.end(local(name))

    def handle(parser: expat.XMLParserType) -> None:
        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = reader.data

    if part in archive.namelist():
        for _ in parse(archive, part, handle, _MOST_UNPACKED):
            pass
    return found


class Text:
    """One text, in pieces. What is longer than a cell may be keeps a length that says so, and no more."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.size = 0

    def add(self, piece: str) -> None:
        if self.size <= LONGEST_CELL:
            self.pieces.append(piece)
            self.size += len(piece)

    def whole(self) -> str:
        return "".join(self.pieces)


class TextReader:
    """Text in runs; how it is pronounced (rPh) is no part of it."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.content = Text()
        self.is_in, self.is_hint = False, False

    def start(self, name: str) -> None:
        if name == "rPh":
            self.is_hint = True
        elif name == "t":
            self.is_in = not self.is_hint

    def end(self, name: str) -> None:
        if name == "rPh":
            self.is_hint = False
        elif name == "t":
            self.is_in = False

    def data(self, text: str) -> None:
        if self.is_in:
            self.content.add(text)

    def text(self) -> str:
        return unescape(self.content.whole())


def unescape(text: str) -> str:
    """Characters that XML cannot hold are written as _x0007_; half a character is none."""
    if "_x" not in text:
        return text
    found = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
