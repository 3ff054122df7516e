"""The static files as browsers get them: compressed, and with a hash of what they hold in their names."""

import fcntl
import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect() -> None:
    """As the web server starts, so that none is older than its code; one process at a time, and only what is new.

    What is there already is not written again: another process may be reading it.
    """
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    collected, now = root.with_suffix(".sha256"), _fingerprint()
    with root.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if collected.exists() and collected.read_text() == now:
            return
        call_command("collectstatic", interactive=False, verbosity=0)
        collected.write_text(now)


def _fingerprint() -> str:
    """Of all there is to collect."""
    found = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            with storage.open(path) as file:
                found.update(f"{path}\0{hashlib.sha256(file.read()).hexdigest()}\n".encode())
    return found.hexdigest()
