"""Bulk import: a file is received, read, checked, decided on, started, watched, and repaired."""

from onboarding.services.imports.checking import remap
from onboarding.services.imports.duplicates import hold_rows, keep_rows, skip_rows
from onboarding.services.imports.finishing import Progress, finish_settled, left_behind, progress
from onboarding.services.imports.limits import Forecast
from onboarding.services.imports.needs import demand, forecast
from onboarding.services.imports.reading import read_import, read_stuck
from onboarding.services.imports.receiving import earlier_uploads, receive_import, tell
from onboarding.services.imports.repeats import brought_again
from onboarding.services.imports.results import Outcome, outcomes, repair_rows, row_of, rows
from onboarding.services.imports.running import cancel_import, pause_import, resume_import, start_import
from onboarding.services.imports.starting import start_next_row, tenants_with_rows_to_start
from onboarding.services.imports.strays import is_unread

__all__ = [
    "Forecast",
    "Outcome",
    "Progress",
    "brought_again",
    "cancel_import",
    "demand",
    "earlier_uploads",
    "finish_settled",
    "forecast",
    "hold_rows",
    "is_unread",
    "keep_rows",
    "left_behind",
    "outcomes",
    "pause_import",
    "progress",
    "read_import",
    "read_stuck",
    "receive_import",
    "remap",
    "repair_rows",
    "resume_import",
    "row_of",
    "rows",
    "skip_rows",
    "start_import",
    "start_next_row",
    "tell",
    "tenants_with_rows_to_start",
]
