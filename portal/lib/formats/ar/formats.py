"""Django has no DATETIME_FORMAT for Arabic and falls back to English: this is its date and its time together."""

DATETIME_FORMAT = "j F، Y، g:i A"
