"""The static files as browsers get them: compressed, and with a hash of what they hold in their names."""

import fcntl
from pathlib import Path

from django.conf import settings
from django.core.management import call_command


def collect() -> None:
    """As the web server starts, so that none is older than its code; one process at a time."""
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with root.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        call_command("collectstatic", interactive=False, verbosity=0)
