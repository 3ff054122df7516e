"""Make the virtual environment, once, and carry on inside it. Standard library only."""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import NoReturn

from portal.launcher.child import spawn
from portal.launcher.environment import ROOT, EnvironmentProblem

DISTRIBUTION = "bill-onboarding-portal"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed-locks"
LOCKS = {"up": ROOT / "requirements.lock", "test": ROOT / "tests" / "requirements.lock"}
LAUNCHED_AT = "PORTAL_LAUNCHED_AT"


def enter(command: str) -> None:
    """Return inside a Python that has what `up` or `test` needs, restarting into it if this one has not."""
    os.environ.setdefault(LAUNCHED_AT, str(time.time()))
    if is_installed_here():
        return
    try:
        install(command)
    except EnvironmentProblem as error:
        sys.exit(f"portal: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    if not runs_in_venv():
        restart_in_venv()


def enter_for_django() -> None:
    """Return inside a Python that has Django, restarting into .venv if this one has not."""
    if importlib.util.find_spec("django") is not None:
        return
    if not STAMP.exists() or runs_in_venv():
        sys.exit("portal: Django is not installed here; `python3 manage.py up` installs all that is needed.")
    restart_in_venv()


def is_installed_here() -> bool:
    """Whether this Python belongs to a virtual environment into which the project was installed."""
    if sys.prefix == sys.base_prefix:
        return False
    # Looked up in site-packages alone: an egg-info folder beside manage.py belongs to any Python.
    places = [sysconfig.get_path("purelib")]
    return any(importlib.metadata.distributions(name=DISTRIBUTION, path=places))


def runs_in_venv() -> bool:
    """Whether this is the Python of .venv already."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def restart_in_venv() -> NoReturn:
    """Become the Python of .venv: same process, same arguments."""
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), str(ROOT / "manage.py"), *sys.argv[1:]])


def fingerprint(command: str) -> str:
    """One line that changes when the lock of `command` does."""
    return f"{command} {hashlib.sha256(LOCKS[command].read_bytes()).hexdigest()}"


def is_ready(command: str) -> bool:
    """Whether .venv holds exactly what the lock says now."""
    return PYTHON.exists() and STAMP.exists() and fingerprint(command) in STAMP.read_text().splitlines()


def install(command: str) -> None:
    """Make .venv and install the lock into it, unless that was done; of two at once, one waits."""
    if is_ready(command):
        return
    if not os.access(VENV if VENV.exists() else ROOT, os.W_OK):
        raise EnvironmentProblem(
            f"Cannot write to {VENV}: install into a virtual environment of your own instead."
        )
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if is_ready(command):
            return
        make_venv()
        lock = LOCKS[command]
        print(f"Installing {lock.relative_to(ROOT)} (the first time this takes a minute)", flush=True)
        STAMP.unlink(missing_ok=True)
        install_lock(lock)
        # The lock of the tests holds everything of the other one too.
        done = ("up", "test") if command == "test" else ("up",)
        STAMP.write_text("".join(f"{fingerprint(name)}\n" for name in done))
    finally:
        os.close(folder)


def make_venv() -> None:
    """Create .venv, or complete one that a start which was interrupted left without pip."""
    if not PYTHON.exists():
        print(f"Making the virtual environment {VENV}", flush=True)
        argv = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    elif run([str(PYTHON), "-m", "pip", "--version"])[0]:
        argv = [str(PYTHON), "-m", "ensurepip"]
    else:
        return
    code, output = run(argv)
    if code:
        raise EnvironmentProblem(
            f"`{' '.join(argv)}` failed ({last_line(output)});"
            " on Debian and Ubuntu it needs the package python3-venv."
        )


def install_lock(lock: Path) -> None:
    """Install exactly the files whose hashes the lock names."""
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    code, output = run([*pip, "--require-hashes", "-r", str(lock)])
    if code:
        raise EnvironmentProblem(
            f"pip could not install {lock.relative_to(ROOT)}: {last_line(output, 'ERROR')}"
        )


def run(argv: list[str]) -> tuple[int, str]:
    """Exit code and output of a command that dies with this one."""
    child = spawn(argv, cwd=ROOT, output=subprocess.PIPE)  # type: ignore[arg-type]
    output, _ = child.communicate()
    return child.returncode, output.decode(errors="replace")


def last_line(output: str, marked: str = "") -> str:
    """The line that says most: the last one with the mark, else the last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if marked in line), lines[-1] if lines else "no output")
