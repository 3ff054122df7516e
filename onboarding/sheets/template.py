"""The file to begin with: the columns, one client as an example, and in a workbook a word about each column."""

import io

from django import forms
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from onboarding.forms import STEP_FORMS
from onboarding.sheets.columns import ACCEPTANCE, COLUMNS, GRANT, USER, Column
from onboarding.sheets.sheet import MOST_ROWS, column_letters
from onboarding.sheets.write import Kind, table

_DATE = "Such as 1985-01-31 or 01/31/1985."
_BLOCKS = (
    (USER, "Leave all three columns of the administrator empty to stop before step 3."),
    (
        ACCEPTANCE,
        "Leave all three columns about BILL's terms empty to stop before step 3, until they are accepted.",
    ),
    (GRANT, "Leave all four columns about the permission empty to stop before step 5."),
)


def template(kind: Kind) -> bytes:
    """As CSV or as a workbook."""
    if kind == "csv":
        return table("csv", [[column.label for column in COLUMNS], [column.example for column in COLUMNS]])
    content = io.BytesIO()
    with Workbook(content) as book:
        sheet = book.add_worksheet("Clients")
        lists = book.add_worksheet("Choices")
        lists.hide()
        sheet.freeze_panes(1, 1)
        styles = {needed: book.add_format({"bold": needed, "bottom": 1}) for needed in (True, False)}
        # As text: a spreadsheet would take the zeros from ZIP codes and tax ids.
        as_text = book.add_format({"num_format": "@"})
        for n, column in enumerate(COLUMNS):
            _column(sheet, n, column, styles[column.is_required], as_text)
            _choices(sheet, lists, n, column)
    return content.getvalue()


def _column(sheet: Worksheet, n: int, column: Column, head: Format, as_text: Format) -> None:
    sheet.set_column(n, n, max(16, len(column.label) + 2), as_text)
    sheet.write_string(0, n, column.label, head)
    sheet.write_string(1, n, column.example, as_text)
    sheet.write_comment(0, n, about(column), {"x_scale": 2})


def _choices(sheet: Worksheet, lists: Worksheet, n: int, column: Column) -> None:
    """A list to choose from. On a sheet of its own: a comma in a choice would cut it in two."""
    labels = _labels(column)
    if not labels:
        return
    for row, label in enumerate(labels):
        lists.write_string(row, n, label)
    letters = column_letters(n)
    source = f"=Choices!${letters}$1:${letters}${len(labels)}"
    sheet.data_validation(1, n, MOST_ROWS, n, {"validate": "list", "source": source, "error_type": "warning"})


def _labels(column: Column) -> list[str]:
    asked = STEP_FORMS[column.step].base_fields[column.field]
    if isinstance(asked, forms.BooleanField):
        return ["yes", "no"]
    if isinstance(asked, forms.ChoiceField):
        return [str(label) for value, label in asked.widget.choices if value]
    return []


def about(column: Column) -> str:
    """A word about a column: whether it is needed, what belongs there, and what comes with it."""
    asked = STEP_FORMS[column.step].base_fields[column.field]
    words = ["Needed." if column.is_required else "Optional."]
    if asked.help_text:
        words.append(str(asked.help_text))
    if isinstance(asked, forms.DateField):
        words.append(_DATE)
    words += [text for block, text in _BLOCKS if column.key in block]
    return " ".join(words)
