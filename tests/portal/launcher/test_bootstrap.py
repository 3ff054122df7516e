import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from portal.launcher import bootstrap
from portal.launcher.environment import ROOT

INSTALL = "from portal.launcher.bootstrap import install; install('up')"
# What runs before anything is installed.
EARLY = ("bootstrap", "child", "environment", "sockets")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "portal" / "launcher").mkdir(parents=True)
    for name in EARLY:
        shutil.copy(ROOT / "portal" / "launcher" / f"{name}.py", tmp_path / "portal" / "launcher")
    (tmp_path / "tests").mkdir()
    (tmp_path / "requirements.lock").touch()
    return tmp_path


def installing(tree: Path) -> subprocess.Popen[str]:
    # -S: no site-packages, so that anything but the standard library is missing.
    return subprocess.Popen(
        [sys.executable, "-S", "-c", INSTALL],
        cwd=tree,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_two_starts_at_once_install_once_and_a_third_not_at_all(tree: Path) -> None:
    both = "".join(child.communicate()[0] for child in [installing(tree), installing(tree)])
    third = installing(tree).communicate()[0]

    assert both.count("Making the virtual environment") == both.count("Installing requirements.lock") == 1
    assert len(both.splitlines()) == 2
    assert third == ""


def test_failed_install_is_one_line_and_is_tried_again(tree: Path) -> None:
    (tree / "requirements.lock").write_text("nothing-of-that-name\n")  # no hash, so it is refused unasked

    for _ in range(2):
        child = installing(tree)
        output = child.communicate()[0]
        assert child.returncode != 0
        assert "pip could not install requirements.lock: ERROR: " in output.splitlines()[-1]


def test_environment_left_without_pip_is_completed(tree: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tree / ".venv"], check=True)

    child = installing(tree)

    assert child.communicate()[0].splitlines() == [
        "Installing requirements.lock (the first time this takes a minute)"
    ]
    assert child.returncode == 0


def test_changed_lock_is_not_ready(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "LOCKS", {"up": tree / "requirements.lock"})
    monkeypatch.setattr(bootstrap, "STAMP", tree / "stamp")
    monkeypatch.setattr(bootstrap, "PYTHON", Path(sys.executable))
    assert not bootstrap.is_ready("up")

    (tree / "stamp").write_text(bootstrap.fingerprint("up"))
    assert bootstrap.is_ready("up")

    (tree / "requirements.lock").write_text("changed\n")
    assert not bootstrap.is_ready("up")


def test_old_python_can_read_the_line_that_refuses_it() -> None:
    ast.parse((ROOT / "manage.py").read_text(), feature_version=(3, 6))


def test_last_line_prefers_the_marked_one() -> None:
    assert bootstrap.last_line("a\nERROR: b\n\nhint\n", "ERROR") == "ERROR: b"
    assert bootstrap.last_line("a\nb\n", "ERROR") == "b"
    assert bootstrap.last_line("") == "no output"
