"""The texts of a workbook, as far as a cell can hold them."""

import re
import zipfile

from onboarding.sheets.package import TOO_LARGE, Attributes, parse
from onboarding.sheets.sheet import LONGEST_CELL, Unreadable

# They are kept in memory.
_MOST_UNPACKED = 80 * 1024 * 1024
_MOST_TEXTS = 3_000_000
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LONGEST_ESCAPE = 14  # two of them are one character


def shared_texts(archive: zipfile.ZipFile, part: str) -> list[str]:
    """The texts that cells point to by their number."""
    reader = _Shared()
    if part in archive.namelist():
        for _ in parse(archive, part, reader, _MOST_UNPACKED):
            pass
    return reader.found


class Text:
    """One text, in pieces. What is longer than a cell may be keeps a length that says so, and no more."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.room = (LONGEST_CELL + 1) * _LONGEST_ESCAPE

    def add(self, piece: str) -> None:
        if self.room > 0:
            self.pieces.append(piece[: self.room])
            self.room -= len(piece)

    def whole(self) -> str:
        return "".join(self.pieces)


class TextReader:
    """Text in runs; how it is pronounced (rPh) is no part of it."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.content = Text()
        self.is_in, self.is_hint = False, False

    def start(self, name: str, _attributes: Attributes) -> None:
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
        return unescape(self.content.whole())[: LONGEST_CELL + 1]


class _Shared(TextReader):
    """The texts of all items."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "si":
            self.begin()
        else:
            super().start(name, attributes)

    def end(self, name: str) -> None:
        if name != "si":
            super().end(name)
        elif len(self.found) < _MOST_TEXTS:
            self.found.append(self.text())
        else:
            raise Unreadable(TOO_LARGE)


def unescape(text: str) -> str:
    """Characters that XML cannot hold are written as _x0007_; half a character is none."""
    if "_x" not in text:
        return text
    found = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
