"""An XLSX workbook around its rows: which sheet, the texts, and how numbers are shown."""

import re
import zipfile
from dataclasses import dataclass

from onboarding.sheets.package import DAMAGED, TOO_LARGE, Attributes, elements, related
from onboarding.sheets.sheet import Unreadable
from onboarding.sheets.texts import shared_texts

MOST_UNPACKED = 300 * 1024 * 1024  # 100,000 rows of 34 columns take 210 MB
_LONGEST_FORMAT = 255  # what a spreadsheet itself takes
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}


@dataclass(frozen=True)
class Book:
    """What reading the rows of one sheet needs."""

    archive: zipfile.ZipFile
    part: str
    texts: list[str]
    shows: list[str]  # for each style: "date", a mask such as 00000, or nothing
    is_1904: bool
    note: str


def open_book(archive: zipfile.ZipFile) -> Book:
    """The first visible sheet of a workbook."""
    if sum(info.file_size for info in archive.infolist()) > MOST_UNPACKED:
        raise Unreadable(TOO_LARGE)
    start = related(archive, "").get("officeDocument", [("", "xl/workbook.xml")])[0][1]
    book = elements(archive, start)
    parts = related(archive, start)
    targets = dict(parts.get("worksheet", []))
    sheets = [
        (a.get("name", ""), targets[a["id"]])
        for name, a in book
        if name == "sheet" and a.get("id") in targets and a.get("state", "visible") == "visible"
    ]
    if not sheets:
        raise Unreadable("This workbook has no visible sheet." if book else DAMAGED)
    note = f"Only the first sheet, “{sheets[0][0][:31]}”, was read." if len(sheets) > 1 else ""
    # One part of each kind, as spreadsheets have it: a file could name the same one a thousand times.
    texts = [text for _, part in parts.get("sharedStrings", [])[:1] for text in shared_texts(archive, part)]
    styles = [show for _, part in parts.get("styles", [])[:1] for show in _styles(archive, part)]
    is_1904 = any(name == "workbookPr" and a.get("date1904") in ("1", "true") for name, a in book)
    return Book(archive, sheets[0][1], texts, styles, is_1904, note)


def _styles(archive: zipfile.ZipFile, part: str) -> list[str]:
    try:
        return _shows(elements(archive, part))
    except ValueError as error:
        raise Unreadable(DAMAGED) from error


def _shows(styles: list[tuple[str, Attributes]]) -> list[str]:
    """For each cell style how its numbers are shown."""
    codes: dict[int, str] = {}
    found: list[str] = []
    is_cell_style = False
    for name, a in styles:
        if name == "numFmt":
            codes[int(a.get("numFmtId", "0"))] = a.get("formatCode", "")
        elif name in ("cellXfs", "cellStyleXfs", "cellStyles"):
            is_cell_style = name == "cellXfs"
        elif name == "xf" and is_cell_style:
            number = int(a.get("numFmtId", "0"))
            found.append("date" if number in _DATE_FORMATS else _show(codes.get(number, "")))
    return found


def _show(code: str) -> str:
    if len(code) > _LONGEST_FORMAT:
        return ""
    code = re.sub(r'\\(.)|"([^"]*)"', lambda m: m[1] or m[2] or "", code.split(";")[0])
    if re.fullmatch(r"[0 ()-]+", code) and code.count("0") > 1:
        return code
    without_colour = re.sub(r"\[[^\]]*\]", "", code)
    return (
        "date"
        if re.search(r"[dmyhs]", without_colour, re.IGNORECASE) and "0" not in without_colour.split(".")[0]
        else ""
    )
