"""As Django's own DATE_FORMAT and TIME_FORMAT for Arabic, together; it has none of its own, and falls back to English."""

DATETIME_FORMAT = "j F، Y، g:i A"  # noqa: RUF001  # the Arabic comma
