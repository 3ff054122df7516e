"""Where the Unix sockets of the embedded servers live."""

import hashlib
import os
import tempfile
from pathlib import Path

# The kernel's limit for a socket's path is 107 bytes on Linux and 103 on macOS.
LONGEST_PATH = 103
LONGEST_NAME = "/.s.PGSQL.5432"


def socket_directory(data_dir: Path) -> Path:
    """`run/` in the data directory, or a folder under the temporary one when that path is too long."""
    inside = data_dir / "run"
    if len(os.fsencode(inside)) + len(LONGEST_NAME) <= LONGEST_PATH:
        return inside
    return Path(tempfile.gettempdir()) / f"portal-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]}"
