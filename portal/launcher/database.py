"""Bring the database up to date and, with --demo, make the demo: a program of its own, one start of Django."""

import os
import sys

import django
from django.core.management import call_command


def main() -> None:
    """What the demo prints is the only output."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    call_command("migrate", database="owner", verbosity=0)
    if "--demo" in sys.argv[1:]:
        call_command("demo")


if __name__ == "__main__":
    main()
