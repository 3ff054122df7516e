"""Which kind of file it is, by what it holds and not by its name; every other kind gets a word of its own."""

import io
import zipfile

from onboarding.sheets.package import DAMAGED, TOO_LARGE
from onboarding.sheets.sheet import Unreadable

SAVE_AS = "Save it as .xlsx or .csv, and upload that."
_STARTS = (
    (b"%PDF", "This is a PDF. Export the table as .xlsx or .csv, and upload that."),
    (b"\x89PNG", "This is a picture. Upload the table itself, as .xlsx or .csv."),
    (b"\xff\xd8\xff", "This is a picture. Upload the table itself, as .xlsx or .csv."),
    (b"GIF8", "This is a picture. Upload the table itself, as .xlsx or .csv."),
    (b"II*\0", "This is a picture. Upload the table itself, as .xlsx or .csv."),
    (b"MM\0*", "This is a picture. Upload the table itself, as .xlsx or .csv."),
    (b"{\\rtf", f"This is a text document. {SAVE_AS}"),
    (b"\x1f\x8b", "This is a compressed archive. Unpack it, and upload the table."),
    (b"7z\xbc\xaf", "This is a compressed archive. Unpack it, and upload the table."),
    (b"Rar!", "This is a compressed archive. Unpack it, and upload the table."),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "This workbook is protected by a password. Remove the password, save it, and upload it again."
_MOST_MEMBERS = 10_000
_ENTRY = b"PK\x01\x02"  # begins a member in the archive's table
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_XML_STARTS = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<meta")


def open_workbook(content: bytes) -> zipfile.ZipFile | None:
    """The archive of an XLSX workbook, None when the content may be text, and Unreadable for any other kind."""
    if content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _archive(content)
    if content.startswith(_OLE):
        # A workbook with a password is wrapped in the old format, and names its wrapping in UTF-16.
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Unreadable(_LOCKED)
        raise Unreadable(f"This is a workbook in the old .xls format. {SAVE_AS}")
    for start, words in _STARTS:
        if content.startswith(start):
            raise Unreadable(words)
    if content[:64].lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_XML_STARTS):
        raise Unreadable(f"This is a web page or XML, whatever its name says. {SAVE_AS}")
    return None


def _archive(content: bytes) -> zipfile.ZipFile:
    if content.count(_ENTRY) > _MOST_MEMBERS:  # before each of them takes its memory
        raise Unreadable(TOO_LARGE)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except Exception as error:  # what a damaged archive raises is an open list
        raise Unreadable(DAMAGED) from error
    members, names = archive.infolist(), set(archive.namelist())
    if any(info.flag_bits & 1 for info in members):
        raise Unreadable(_LOCKED)
    if any(info.compress_type not in _PACKED for info in members):
        raise Unreadable(DAMAGED)
    try:
        mimetype = archive.open("mimetype").read(80) if "mimetype" in names else b""
    except Exception as error:
        raise Unreadable(DAMAGED) from error
    if b"opendocument" in mimetype:
        raise Unreadable(f"This is an OpenDocument file. {SAVE_AS}")
    if any(name.endswith(".iwa") or name == "Index.zip" for name in names):
        raise Unreadable("This is a Numbers file. Export it as Excel (.xlsx) or CSV, and upload that.")
    if "xl/workbook.bin" in names:
        raise Unreadable(f"This is a workbook in the .xlsb format. {SAVE_AS}")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Unreadable("This workbook holds macros. Save it as .xlsx without macros, and upload that.")
    if not any(name.startswith("xl/") for name in names):
        raise Unreadable("This is an archive, not a workbook. Unpack it, and upload the table.")
    return archive
