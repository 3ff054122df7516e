"""What people type into cells, as the forms take it: choices by their words, dates in the ways dates are written."""

import re
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError

_TICKED = {"yes", "y", "true", "x", "1", "on", "✓", "✔"}
_EMPTY_BOX = {"no", "n", "false", "0", "off", "-"}
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_AMERICAN = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_SHORT_YEAR = re.compile(r"\d{1,2}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{2}")
_SERIAL = re.compile(r"\d{4,5}(?:\.0+)?")
_NAMED = ("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b %d %Y", "%B %d %Y", "%d%b%Y")
_MONTH_FIRST = "read as month/day/year"
# The only ZIP codes from which a spreadsheet takes zeros away: how those of each state begin.
_ZEROS = {
    "AE": ("09",),
    "CT": ("06",),
    "MA": ("01", "02", "055"),
    "ME": ("039", "04"),
    "NH": ("03",),
    "NJ": ("07", "08"),
    "PR": ("006", "007", "009"),
    "RI": ("028", "029"),
    "VI": ("008",),
    "VT": ("05",),
}


def box(text: str) -> str:
    """A tick or none, as a form sends it."""
    word = text.casefold()
    if word not in _TICKED and word not in _EMPTY_BOX:
        raise ValidationError("Write yes or no.")
    return "on" if word in _TICKED else ""


def choices_by_words(choices: list[tuple[str, str]]) -> dict[str, str]:
    """Each value by its own name and by its label, whatever the case."""
    known = {plain(value): value for value, _ in choices}
    for value, label in choices:
        known.setdefault(plain(label), value)
        short = re.sub(r"\(.*\)|:.*", "", label)
        known.setdefault(plain(short), value)
    return known


def plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def day(text: str) -> tuple[str, str]:
    """An ISO date and a note when it could be read in two ways; what is no date stays as it is."""
    if found := _ISO.fullmatch(text):
        return _iso(text, *map(int, found.groups())), ""
    if found := _AMERICAN.fullmatch(text):
        month, of_month, year = map(int, found.groups())
        is_doubtful = month <= 12 and of_month <= 12 and month != of_month
        return _iso(text, year, month, of_month), _MONTH_FIRST if is_doubtful else ""
    if _SHORT_YEAR.fullmatch(text):
        raise ValidationError("Write the year with four digits, such as 1985-01-31.")
    if _SERIAL.fullmatch(text) and 60 < float(text) < 60_000:
        # How a spreadsheet counts days, when a column of dates lost its format.
        return (date(1899, 12, 30) + timedelta(days=int(float(text)))).isoformat(), "a number, read as a date"
    words = re.sub(r"[\s,.]+", " ", text).strip()
    for form in _NAMED:
        try:
            return datetime.strptime(words, form).date().isoformat(), ""  # noqa: DTZ007
        except ValueError:
            continue
    return text, ""


def _iso(text: str, year: int, month: int, of_month: int) -> str:
    try:
        return date(year, month, of_month).isoformat()
    except ValueError:
        return text


def tax_id(text: str) -> tuple[str, str]:
    """Spreadsheets take zeros away from the front of a number."""
    return (
        (text.zfill(9), "filled up with zeros to nine digits")
        if re.fullmatch(r"\d{7,8}", text)
        else (text, "")
    )


def zip_code(text: str, state: str) -> tuple[str, str]:
    """With the zeros that it lost, where the ZIP codes of its state begin with them."""
    if re.fullmatch(r"\d{3,4}", text) and text.zfill(5).startswith(_ZEROS.get(state.upper(), ())):
        return text.zfill(5), "filled up with zeros to five digits"
    return (f"{text[:5]}-{text[5:]}", "") if re.fullmatch(r"\d{9}", text) else (text, "")


def country(text: str) -> tuple[str, str]:
    return ("US", "") if plain(text) in ("us", "usa", "unitedstates", "unitedstatesofamerica") else (text, "")
