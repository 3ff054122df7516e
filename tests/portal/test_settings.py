"""A missing or malformed setting ends the start, with one line that names it and gives no secret away."""

import base64
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from portal.launcher.environment import ROOT

KEY = base64.b64encode(bytes(range(32))).decode()
GOOD = {
    "PORTAL_SECRET_KEY": "s" * 50,
    "PORTAL_ENCRYPTION_KEYS": KEY,
    "PORTAL_INDEX_KEY": KEY,
    "PORTAL_DATABASE_URL": "postgresql://portal_app:hidden-word@db.example/portal",
    "PORTAL_BROKER_URL": "redis://broker.example:6379/0",
}
BAD = [
    ("PORTAL_SECRET_KEY", None),
    ("PORTAL_ENCRYPTION_KEYS", None),
    ("PORTAL_INDEX_KEY", None),
    ("PORTAL_DATABASE_URL", None),
    ("PORTAL_BROKER_URL", None),
    ("PORTAL_SECRET_KEY", "hidden-word"),
    ("PORTAL_ENCRYPTION_KEYS", "hidden-word"),
    ("PORTAL_ENCRYPTION_KEYS", f"{KEY},hidden-word"),
    ("PORTAL_ENCRYPTION_KEYS", base64.b64encode(b"hidden-word").decode()),
    ("PORTAL_INDEX_KEY", "hidden-word"),
    ("PORTAL_DATABASE_URL", "postgresql://portal_app:hidden-word@db:port:port/x y z"),
    ("PORTAL_DATABASE_URL", "hidden-word"),
    ("PORTAL_DATABASE_OWNER_URL", "hidden-word"),
    ("PORTAL_BROKER_URL", "http://user:hidden-word@broker"),
    ("PORTAL_PUBLIC_URL", "portal.example"),
    ("PORTAL_PUBLIC_URL", "ftp://portal.example"),
    ("PORTAL_TRUSTED_PROXIES", "10.0.0.0/99"),
    ("PORTAL_TRUSTED_PROXIES", "proxy.example"),
    ("PORTAL_EMAIL_URL", "hidden-word"),
    ("PORTAL_EMAIL_URL", "pigeon://user:hidden-word@roof"),
    ("BILL_SANDBOX_URL", "https://gateway.example/v3"),
    ("BILL_PRODUCTION_URL", "http://gateway.example/connect"),
    ("BILL_SIMULATOR_URL", "file:///etc/connect"),
]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment with what is needed and nothing else of ours."""
    for name in [name for name in os.environ if name.startswith(("PORTAL_", "BILL_"))]:
        monkeypatch.delenv(name)
    for name, text in {**GOOD, "PORTAL_DATA_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, text)
    return monkeypatch


def read_settings() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "portal" / "settings.py"))


@pytest.mark.parametrize(("name", "text"), BAD)
def test_bad_setting_stops_the_start(environment: pytest.MonkeyPatch, name: str, text: str | None) -> None:
    if text is None:
        environment.delenv(name)
    else:
        environment.setenv(name, text)

    with pytest.raises(SystemExit) as stopped:
        read_settings()

    line = str(stopped.value)
    assert line.startswith(f"portal: {name} ")
    assert "\n" not in line
    assert "hidden-word" not in line
    assert stopped.value.__suppress_context__ or "hidden-word" not in str(stopped.value.__context__)


def test_good_settings_are_read(environment: pytest.MonkeyPatch) -> None:
    other = base64.urlsafe_b64encode(bytes(range(100, 132))).decode()
    environment.setenv("PORTAL_ENCRYPTION_KEYS", f"{other}, {KEY}")
    environment.setenv("PORTAL_TRUSTED_PROXIES", "10.0.0.0/8, ::1/128")
    environment.setenv("PORTAL_PUBLIC_URL", "https://portal.example/")
    environment.setenv("BILL_SANDBOX_URL", "https://gateway.example/connect/")

    found = read_settings()

    assert found["ENCRYPTION_KEYS"] == [bytes(range(100, 132)), bytes(range(32))]
    assert found["PUBLIC_URL"] == "https://portal.example"
    assert found["BILL_URLS"]["sandbox"] == "https://gateway.example/connect"
    assert found["DATABASES"]["default"]["PASSWORD"] == "hidden-word"
    assert found["DEBUG"] is False


def test_database_that_goes_without_a_word_is_given_up(environment: pytest.MonkeyPatch) -> None:
    assert read_settings()["DATABASES"]["default"]["OPTIONS"]["keepalives_idle"] == "10"

    environment.setenv(
        "PORTAL_DATABASE_URL", "postgresql://db.example/portal?keepalives_idle=99&sslmode=require"
    )
    options = read_settings()["DATABASES"]["default"]["OPTIONS"]

    assert options["keepalives_idle"] == "99"
    assert options["sslmode"] == "require"
    assert options["tcp_user_timeout"] == "30000"


def test_https_hardens_cookies_and_transport(environment: pytest.MonkeyPatch) -> None:
    plain = read_settings()
    environment.setenv("PORTAL_PUBLIC_URL", "https://portal.example")
    found = read_settings()

    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"):
        assert (plain[name], found[name]) == (False, True)
    assert found["SECURE_HSTS_SECONDS"] >= 31_536_000


def test_forwarded_scheme_counts_only_behind_a_proxy(environment: pytest.MonkeyPatch) -> None:
    assert "SECURE_PROXY_SSL_HEADER" not in read_settings()

    environment.setenv("PORTAL_TRUSTED_PROXIES", "10.0.0.0/8")

    assert read_settings()["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def test_command_ends_with_the_one_line(tmp_path: Path) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    values = {**GOOD, "PORTAL_DATA_DIR": str(tmp_path), "PORTAL_INDEX_KEY": "hidden-word"}

    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "check"],
        env={**kept, **values},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "portal: PORTAL_INDEX_KEY is malformed: each key must be 32 bytes in base64 (not base64)"
    ]
