"""One line of JSON for each log record, with the request's id and without the links that open something."""

import json
import logging
import re
from datetime import UTC, datetime

from portal.lib.requests import current_request_id

# Whoever reads a link in the log before it is used up could come in with it.
LINK = re.compile(r"(/company/link/)[^/\s?\"']+")


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _without_links(record.getMessage()),
        }
        if request_id := current_request_id.get():
            line["request_id"] = request_id
        if record.exc_info:
            # The redaction filter leaves its own, masked text here.
            line["exception"] = _without_links(record.exc_text or self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def _without_links(text: str) -> str:
    return LINK.sub(r"\1•••", text)
