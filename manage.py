#!/usr/bin/env python3
"""`up` runs the portal, `test` tests it; everything else is a Django command."""

import os
import sys


def main():  # type: () -> None
    if not (3, 11) <= sys.version_info[:2] < (3, 15):
        sys.exit("portal: Python 3.11 to 3.14 is needed; this is Python {}.{}.".format(*sys.version_info))
    # Imported here because an older Python could not even read these modules, and until the
    # virtual environment is entered there is nothing but the standard library.
    from portal.launcher import bootstrap

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command in ("up", "test"):
        bootstrap.enter(command)
        from portal.launcher import gates, up

        sys.exit((up if command == "up" else gates).main(sys.argv[2:]))
    if command == "bill_simulator":
        from onboarding.simulator.__main__ import main as simulate

        sys.exit(simulate(sys.argv[2:]))
    bootstrap.enter_for_django()
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        reason = str(error).splitlines()[0]
        sys.exit("portal: The database does not answer ({}). Is `manage.py up` running?".format(reason))


if __name__ == "__main__":
    main()
