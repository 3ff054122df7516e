import base64
import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from portal.launcher import environment
from portal.launcher.environment import EnvironmentProblem

SECRETS = ("PORTAL_SECRET_KEY", "PORTAL_ENCRYPTION_KEYS", "PORTAL_INDEX_KEY")


def test_second_start_keeps_every_value(tmp_path: Path) -> None:
    first = environment.prepare(tmp_path, {})

    assert environment.prepare(tmp_path, {}) == first == environment.load(tmp_path)


def test_secrets_differ_between_installations(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, other = environment.prepare(tmp_path, {}), environment.prepare(tmp_path / "other", {})

    assert all(one[name] != other[name] for name in SECRETS)


def test_keys_are_32_bytes(tmp_path: Path) -> None:
    values = environment.prepare(tmp_path, {})

    assert len(base64.b64decode(values["PORTAL_ENCRYPTION_KEYS"], validate=True)) == 32
    assert len(base64.b64decode(values["PORTAL_INDEX_KEY"], validate=True)) == 32


def test_file_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        environment.prepare(tmp_path, {})
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "env").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["env"]


def test_what_is_set_from_outside_is_not_written(tmp_path: Path) -> None:
    environment.prepare(tmp_path, {"PORTAL_SECRET_KEY": "from-outside"})

    assert "PORTAL_SECRET_KEY" not in environment.load(tmp_path)


def test_what_a_person_added_stays(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("PORTAL_EMAIL_URL=smtp://mail.example:25\n")

    assert environment.prepare(tmp_path, {})["PORTAL_EMAIL_URL"] == "smtp://mail.example:25"


def test_real_variable_wins_and_an_empty_one_does_not(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("# a remark\n\nPORTAL_BIND=file:1\nPORTAL_PUBLIC_URL=http://file\n")
    environ = {"PORTAL_DATA_DIR": str(tmp_path), "PORTAL_BIND": "real:1", "PORTAL_PUBLIC_URL": ""}

    environment.read_environment_file(environ)

    assert environ["PORTAL_BIND"] == "real:1"
    assert environ["PORTAL_PUBLIC_URL"] == "http://file"


def test_value_may_hold_an_equals_sign(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("PORTAL_INDEX_KEY=abc==\n")

    assert environment.load(tmp_path) == {"PORTAL_INDEX_KEY": "abc=="}


def test_malformed_line_is_named_without_its_content(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("PORTAL_BIND=a:1\nsecret without a name\n")

    with pytest.raises(EnvironmentProblem, match="line 2: expected KEY=value") as problem:
        environment.load(tmp_path)
    assert "secret" not in str(problem.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_unreadable_file_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    if content is None:
        (tmp_path / "env").mkdir()
    else:
        (tmp_path / "env").write_bytes(content)

    with pytest.raises(EnvironmentProblem) as problem:
        environment.load(tmp_path)
    assert str(tmp_path / "env") in str(problem.value) and "\n" not in str(problem.value)


def test_lost_keys_beside_a_database_are_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()

    with pytest.raises(EnvironmentProblem, match="PORTAL_ENCRYPTION_KEYS"):
        environment.prepare(tmp_path, {})
    assert not (tmp_path / "env").exists()


def test_public_address_follows_the_port(tmp_path: Path) -> None:
    environment.prepare(tmp_path, {"PORTAL_BIND": "0.0.0.0:8920"})
    assert environment.load(tmp_path)["PORTAL_PUBLIC_URL"] == "http://localhost:8920"

    environment.prepare(tmp_path, {})
    assert environment.load(tmp_path)["PORTAL_PUBLIC_URL"] == "http://localhost:8000"


def test_public_address_given_by_a_person_stays(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("PORTAL_PUBLIC_URL=https://portal.example\n")

    values = environment.prepare(tmp_path, {"PORTAL_BIND": "0.0.0.0:8920"})

    assert values["PORTAL_PUBLIC_URL"] == "https://portal.example"


def test_moved_data_directory_moves_the_sockets_and_keeps_the_passwords(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    before = environment.prepare(tmp_path / "a", {})
    (tmp_path / "a").rename(tmp_path / "b")
    after = environment.prepare(tmp_path / "b", {})

    assert after["PORTAL_DATABASE_URL"] != before["PORTAL_DATABASE_URL"]
    for name in ("PORTAL_DATABASE_URL", "PORTAL_DATABASE_OWNER_URL"):
        assert urlsplit(after[name]).password == urlsplit(before[name]).password


@pytest.mark.parametrize("bind", ["", "8000", "localhost", "localhost:", "localhost:x", "h:99999", "h:1/x"])
def test_malformed_address_blames_the_setting(bind: str) -> None:
    with pytest.raises(EnvironmentProblem, match="PORTAL_BIND must be HOST:PORT"):
        environment.host_and_port("PORTAL_BIND", bind)


def test_ipv6_address_is_understood() -> None:
    assert environment.host_and_port("PORTAL_BIND", "[::1]:8000") == ("::1", 8000)
