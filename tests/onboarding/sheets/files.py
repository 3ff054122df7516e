"""Files as people's programs write them."""

import io
import zipfile
from typing import Any

import openpyxl

from onboarding.sheets.read import read_sheet
from onboarding.sheets.sheet import Line, Unreadable

HEADER = "Company name,City,ZIP code"
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'


def lines(content: bytes | str, name: str = "clients.csv") -> list[Line]:
    return list(read_sheet(name, content.encode() if isinstance(content, str) else content).lines)


def why_not(content: bytes | str, name: str = "clients.csv") -> str:
    """The words about a file that is not taken, however far it was read."""
    try:
        lines(content, name)
    except Unreadable as error:
        return error.words
    return ""


def words(line: Line) -> list[str]:
    return [problem.words for problem in line.problems]


def workbook(*rows: list[Any], **sheets: str) -> bytes:
    """A workbook of openpyxl: the rows in its first sheet; `sheets` are more of them, by state."""
    book = openpyxl.Workbook()
    for title, state in sheets.items():
        book.create_sheet(title, 0).sheet_state = state
    sheet = book.worksheets[-1]
    for row in rows:
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def raw_workbook(rows: str, **parts: str | bytes) -> bytes:
    """The smallest workbook around the XML of its rows; `parts` replace or add others (`__` for `/`)."""
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    link = '<Relationship Id="{}" Type="' + relation + '/{}" Target="{}"/>'
    content: dict[str, str | bytes] = {
        "_rels/.rels": links.format(link.format("r1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns:r="{relation}"><sheets><sheet name="A" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": links.format(
            link.format("r1", "worksheet", "worksheets/sheet1.xml")
            + link.format("r2", "sharedStrings", "/xl/sharedStrings.xml")
        ),
        "xl/worksheets/sheet1.xml": SHEET.format(rows),
    }
    content |= {name.replace("__", "/") + ".xml": text for name, text in parts.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return packed.getvalue()


def text_row(number: int, *cells: str) -> str:
    inside = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells)
    return f'<row r="{number}">{inside}</row>'


TOP = text_row(1, "Company name", "City", "ZIP code")
