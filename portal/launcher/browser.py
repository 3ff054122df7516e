"""Find a Chromium for the browser tests, or fetch one."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
ASK_PLAYWRIGHT = (
    "from playwright.sync_api import sync_playwright as start\n"
    "with start() as playwright: print(playwright.chromium.executable_path)"
)
INSTALL = ["apt-get", "install", "-y", "-q", "chromium"]


def find() -> str | None:
    """The path of a browser that starts, if there is one."""
    candidates = [os.environ.get("PORTAL_TEST_BROWSER"), *map(shutil.which, NAMES)]
    for path in candidates:
        if path and starts(path):
            return path
    asked = subprocess.run([sys.executable, "-c", ASK_PLAYWRIGHT], capture_output=True, text=True)
    path = asked.stdout.strip()
    return path if path and starts(path) else None


def starts(path: str) -> bool:
    """Whether it runs: on some systems the name is only a stub that wants to install something."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def find_or_install() -> str | None:
    """The path of a browser, installed first where none is found and that is possible."""
    found = find()
    if found:
        return found
    print("No Chromium found; installing one for the browser tests", flush=True)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        if not succeeds(INSTALL, quiet):
            succeeds(["apt-get", "update", "-q"], quiet)
            succeeds(INSTALL, quiet)
    else:
        succeeds([sys.executable, "-m", "playwright", "install", "chromium"], os.environ.copy())
    return find()


def succeeds(argv: list[str], environment: dict[str, str]) -> bool:
    """Run an installer quietly."""
    return subprocess.run(argv, env=environment, capture_output=True).returncode == 0
