"""One list of what must not be read in logs and excerpts, and the ways to mask it."""

import logging
import re
from collections.abc import Iterable, Mapping

MASK = "*****"

# A key is sensitive when it ends in one of these, however it is spelled (appKey, app_key, X-App-Key).
SENSITIVE_KEYS = (
    "password",
    "passcode",
    "secret",
    "appKey",
    "devKey",
    "apiKey",
    "securityKey",
    "sessionId",
    "token",
    "rememberMeId",
    "authorization",
    "cookie",
    "taxId",
    "ssn",
    "dateOfBirth",
    "birthDate",
    "phoneNumber",
    "phone",
    "email",
    "firstName",
    "lastName",
    "companyOwner",
    "accountNumber",
    "routingNumber",
)

_FOLDED = tuple(key.lower() for key in SENSITIVE_KEYS)
_SPELLED = "|".join(re.sub(r"([A-Z])", r"[_-]?\1", key) for key in SENSITIVE_KEYS)
# Nothing unbounded stands before the key, so a long body is searched in linear time. A value without its
# closing quote is masked too: an answer can be cut anywhere.
_IN_TEXT = re.compile(
    rf"(?P<key>(?:{_SPELLED})(?:\\*[\"']\s{{0,4}}[:=,]|\s{{0,4}}[:=])[\s\[(]{{0,4}}(?:b(?=[\"']))?)"
    r"(?:\"(?:\\.|[^\"\\])*|'(?:\\.|[^'\\])*|\\+[\"'][^\"']*|(?:Bearer |Basic )?[^\s,;&<>(){}\[\]\"']+)",
    re.IGNORECASE | re.DOTALL,
)
_DEEPEST = 20


def is_sensitive(key: str) -> bool:
    """Whether a value under this key must be masked."""
    return "".join(filter(str.isalnum, key)).lower().endswith(_FOLDED)


def redact(value: object, depth: int = 0) -> object:
    """A copy of a JSON value in which everything under a sensitive key is masked."""
    if depth > _DEEPEST:
        return MASK
    if isinstance(value, Mapping):
        return {
            key: MASK if is_sensitive(str(key)) and item not in (None, "") else redact(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(item, depth + 1) for item in value]
    return redact_text(value) if isinstance(value, str) else value


def redact_text(text: str) -> str:
    """The text with every `sensitive key: value` masked, as JSON, as a Python repr or as key=value."""
    return _IN_TEXT.sub(lambda found: found["key"] + MASK, text)


def mask_values(text: str, values: Iterable[str]) -> str:
    """The text without these values; very short ones stay, as masking them would garble everything."""
    for value in sorted({value for value in values if len(value) >= 4}, key=len, reverse=True):
        text = text.replace(value, MASK)
    return text


def sensitive_values(value: object, sensitive: bool = False) -> set[str]:
    """Every text under a sensitive key of a JSON value."""
    if isinstance(value, Mapping):
        return set().union(
            *(sensitive_values(item, sensitive or is_sensitive(str(key))) for key, item in value.items())
        )
    if isinstance(value, list | tuple):
        return set().union(*(sensitive_values(item, sensitive) for item in value))
    return {value} if sensitive and isinstance(value, str) else set()


class RedactionFilter(logging.Filter):
    """Masks sensitive values in a record's message, arguments and traceback; it never drops a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask in place."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            message = f"{record.msg} [arguments that do not fit the message are left out]"
        # The message is formatted here: in "sessionId=%s" the argument alone says nothing of what it is.
        record.msg, record.args = redact_text(message), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact_text(record.exc_text)
        return True
