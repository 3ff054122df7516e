"""An executor of its own process, which is killed for real: `python -m tests.crashes.executor`.

Each line of the standard input names a step and a moment. A fork drives the step and kills itself at that moment, or
never; the answer is the fork's exit status. Forks are cheap, so every moment can be had.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID


@dataclass
class Executors:
    """The parent of the forks, as a test knows it."""

    program: "subprocess.Popen[str]"
    bill_url: str

    def drive(self, tenant_id: UUID, step_id: UUID, now: datetime, at: int = -1) -> int:
        """Have a fork drive this step and die at this moment; its exit status, negative for a signal."""
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        ahead = (now - datetime.now(UTC)).total_seconds()
        order = {
            "tenant": str(tenant_id),
            "step": str(step_id),
            "at": at,
            "ahead": ahead,
            "bill": self.bill_url,
        }
        self.program.stdin.write(json.dumps(order) + "\n")
        self.program.stdin.flush()
        return int(self.program.stdout.readline())


@contextmanager
def executors(environment: dict[str, str], bill_url: str) -> Iterator[Executors]:
    """Start the parent, and stop it."""
    command = [sys.executable, "-m", "tests.crashes.executor"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        yield Executors(program, bill_url)


def main() -> None:
    """Fork for each order."""
    import django

    django.setup()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _drive(json.loads(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _drive(order: dict[str, Any]) -> None:
    from django.conf import settings

    from onboarding.services.advance import advance_step
    from portal.lib import clock
    from tests.crashes.injuries import KillForReal
    from tests.crashes.watching import Watch, watching

    settings.BILL_URLS = {**settings.BILL_URLS, "simulator": order["bill"]}
    with clock.moved(timedelta(seconds=order["ahead"])), watching(Watch(KillForReal(), order["at"])):
        advance_step(tenant_id=UUID(order["tenant"]), step_id=UUID(order["step"]))


if __name__ == "__main__":
    main()
