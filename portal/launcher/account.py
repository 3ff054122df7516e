"""PostgreSQL refuses to run as root, so root hands it another identity."""

import ctypes
import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portal.launcher.child import LIBC
from portal.launcher.environment import EnvironmentProblem

CLONE_NEWUSER = 0x10000000


@dataclass(frozen=True)
class Account:
    """Who a server runs as: `become` is called in the child, the ids are the owner of its files outside."""

    uid: int
    gid: int
    become: Callable[[], None] | None = None


def server_account(program: Path, data_dir: Path) -> Account:
    """An identity that PostgreSQL accepts and that reaches its files. Raises EnvironmentProblem."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if sys.platform == "linux" and can_run(program, data_dir, enter_user_namespace):
        return Account(0, 0, enter_user_namespace)
    nobody = pwd.getpwnam("nobody")

    def become_nobody() -> None:
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)

    # The folder stays closed to everyone else, and what is in it has modes of its own.
    os.chown(data_dir, 0, nobody.pw_gid)
    os.chmod(data_dir, 0o710)
    if can_run(program, data_dir, become_nobody):
        return Account(nobody.pw_uid, nobody.pw_gid, become_nobody)
    raise EnvironmentProblem(
        "The embedded PostgreSQL does not run as root here: start as an ordinary user,"
        " or set PORTAL_DATABASE_URL and PORTAL_DATABASE_OWNER_URL to a server of yours."
    )


def enter_user_namespace() -> None:
    """In a child of root: an ordinary account to itself, root to the files, with no rights beyond that."""
    # initdb looks its account up by number, so it has to be one that exists.
    account = next(entry for entry in pwd.getpwall() if entry.pw_uid != 0)
    if LIBC.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/gid_map").write_text(f"{account.pw_gid} 0 1")
    Path("/proc/self/uid_map").write_text(f"{account.pw_uid} 0 1")


def can_run(program: Path, data_dir: Path, become: Callable[[], None]) -> bool:
    """Whether the program starts under that identity, from inside the data directory."""
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", 'cd "$1" && exec "$0" --version', program, data_dir],
            preexec_fn=become,
            capture_output=True,
        )
    except (OSError, subprocess.SubprocessError):  # what `become` raises arrives as the second
        return False
    return done.returncode == 0


def give(path: Path, account: Account) -> None:
    """Hand a folder and all below it to the account, when it belongs to another."""
    if path.exists() and path.stat().st_uid != account.uid:
        for folder, _, files in os.walk(path):
            for name in [folder, *(os.path.join(folder, file) for file in files)]:
                os.chown(name, account.uid, account.gid, follow_symlinks=False)
