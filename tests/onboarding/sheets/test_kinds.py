"""Files of other kinds: each is told what it is and what to do."""

import io
import struct
import zipfile

import pytest

from onboarding.sheets import package, texts, workbook
from tests.onboarding.sheets.files import SHEET, TOP, raw_workbook, text_row, why_not

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)


def packed(*names: str, **contents: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
        for name, text in contents.items():
            archive.writestr(name, text)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (OLE, "old .xls format"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"GIF89a", "picture"),
        (b"\x1f\x8b\x08\x00", "archive"),
        (b"{\\rtf1", "text document"),
        (b"  <html><table>", "web page"),
        (b'<?xml version="1.0"?><Workbook>', "web page or XML"),
        (packed(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "OpenDocument"),
        (packed("Index/Document.iwa"), "Numbers"),
        (packed("xl/workbook.bin"), ".xlsb"),
        (packed("xl/workbook.xml", "xl/vbaProject.bin"), "macros"),
        (packed("word/document.xml"), "not a workbook"),
        (packed(), "not a workbook"),
        (packed("xl/workbook.xml"), "damaged"),
        (b"PK\x03\x04 and nothing more", "damaged"),
        (raw_workbook(TOP + text_row(2, "Rice"))[:-300], "damaged"),
    ],
)
def test_kind_that_is_not_read_has_its_own_word(content: bytes, part: str) -> None:
    assert part in why_not(content, "clients.xlsx")


def test_name_does_not_decide() -> None:
    assert why_not(raw_workbook(TOP + text_row(2, "Rice")), "clients.csv") == ""
    assert "no workbook, whatever its name says" in why_not(b"Company name,City\na,b\n", "clients.xlsx")


def test_workbook_with_a_locked_part_is_refused() -> None:
    content = bytearray(packed("xl/workbook.xml"))
    content[6] |= 1
    directory = content.index(b"PK\x01\x02")
    content[directory + 8] |= 1

    assert "password" in why_not(bytes(content))


def test_workbook_that_declares_a_huge_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 10_000)

    assert "unpacks to more" in why_not(raw_workbook(TOP, xl__media=b"0" * 20_000))


def test_workbook_that_lies_about_its_size_gets_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytearray(raw_workbook("", xl__worksheets__sheet1=SHEET.format(TOP + "<row>" * 100_000)))
    where = content.rindex(b"xl/worksheets/sheet1.xml") - 46
    content[where + 24 : where + 28] = struct.pack("<I", 100)

    assert "damaged" in why_not(bytes(content))


def test_parts_are_counted_while_they_unpack(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = f"<sst><si><t>{'x' * 200_000}</t></si></sst>"
    monkeypatch.setattr(texts, "_MOST_UNPACKED", 100_000)
    assert why_not(raw_workbook(TOP, xl__sharedStrings=shared)) == package.TOO_LARGE
