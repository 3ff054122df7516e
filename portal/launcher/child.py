"""Child processes that cannot outlive the launcher, however it ends. Standard library only."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

# Loaded before any fork: between fork and exec only what is already in memory may be used.
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


def spawn(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
    errors: IO[bytes] | None = None,
    death_signal: int = signal.SIGKILL,
    become: Callable[[], None] | None = None,
    foreground: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a child; it leads a group of its own, out of reach of the terminal, unless `foreground`."""
    launcher = os.getpid()

    def isolate() -> None:
        if become is not None:
            become()
        if sys.platform == "linux":
            # Only now: taking another identity clears it.
            LIBC.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(death_signal))
            if os.getppid() != launcher:
                os._exit(1)

    return subprocess.Popen(
        argv,
        cwd=cwd,
        env=environment,
        stdin=None if foreground else subprocess.DEVNULL,
        stdout=output,
        stderr=errors if errors is not None or output is None else subprocess.STDOUT,
        start_new_session=not foreground,
        preexec_fn=isolate,  # safe: the launcher has a single thread
    )
