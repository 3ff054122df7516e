"""The data directory and its `env` file. Standard library only: read before anything is installed."""

import base64
import contextlib
import os
import re
import secrets
import tempfile
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from portal.launcher.sockets import socket_directory

ROOT = Path(__file__).resolve().parents[2]
FILE_NAME = "env"
DEFAULT_BIND = "127.0.0.1:8000"
DEFAULT_SIMULATOR_URL = "http://127.0.0.1:8001/connect"
LOCAL_URL = re.compile(r"(http://localhost:\d+)?")
LINE = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")
HEADER = """\
# Written by `manage.py up`; every manage.py command reads it. Real environment variables win.
# Keep a copy somewhere safe: without the keys below, what is encrypted in the database is lost.
"""


class EnvironmentProblem(Exception):
    """What stands in the way, as one line a person can act on."""


def data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Where this installation keeps its data: PORTAL_DATA_DIR, or .portal/ beside manage.py."""
    return Path(environ.get("PORTAL_DATA_DIR") or ROOT / ".portal").expanduser().absolute()


def load(data_dir: Path) -> dict[str, str]:
    """The values of the env file; nothing when there is no file. Raises EnvironmentProblem."""
    path = data_dir / FILE_NAME
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise EnvironmentProblem(f"Cannot read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise EnvironmentProblem(f"{path} is not UTF-8 text.") from error
    values = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = LINE.fullmatch(line.strip())
        if match is None:
            raise EnvironmentProblem(f"{path}, line {number}: expected KEY=value.")
        values[match[1]] = match[2]
    return values


def read_environment_file(environ: MutableMapping[str, str] = os.environ) -> None:
    """Add the file's values to the environment; a variable that is set and not empty wins."""
    for key, value in load(data_dir(environ)).items():
        if not environ.get(key):
            environ[key] = value


def prepare(data_dir: Path, outside: Mapping[str, str]) -> dict[str, str]:
    """Generate what is neither set from outside nor in the file, write the file, return its values."""
    kept = load(data_dir)
    refuse_lost_keys(data_dir, kept, outside)
    values = kept | secrets_missing_in(kept) | addresses(kept, outside) | embedded_urls(data_dir, kept)
    values = {key: value for key, value in values.items() if key in kept or not outside.get(key)}
    if values != kept:
        write(data_dir, values)
    return values


def refuse_lost_keys(data_dir: Path, kept: Mapping[str, str], outside: Mapping[str, str]) -> None:
    """New keys beside an old database would start well and then fail to read every encrypted field."""
    for key in ("PORTAL_ENCRYPTION_KEYS", "PORTAL_INDEX_KEY"):
        if (data_dir / "postgres").exists() and not kept.get(key) and not outside.get(key):
            raise EnvironmentProblem(
                f"{data_dir / FILE_NAME} has no {key}, but {data_dir / 'postgres'} holds data made with it:"
                " bring the file back, or move that folder away to start afresh."
            )


def secrets_missing_in(kept: Mapping[str, str]) -> dict[str, str]:
    """Fresh secrets, each made once."""
    fresh = {
        "PORTAL_SECRET_KEY": secrets.token_urlsafe(50),
        "PORTAL_ENCRYPTION_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
        "PORTAL_INDEX_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    return {key: value for key, value in fresh.items() if not kept.get(key)}


def addresses(kept: Mapping[str, str], outside: Mapping[str, str]) -> dict[str, str]:
    """Addresses on this machine; the public one follows PORTAL_BIND until a person gives another."""
    bind = outside.get("PORTAL_BIND") or kept.get("PORTAL_BIND") or DEFAULT_BIND
    public_url = kept.get("PORTAL_PUBLIC_URL") or ""
    return {
        "PORTAL_PUBLIC_URL": local_url(bind) if LOCAL_URL.fullmatch(public_url) else public_url,
        "PORTAL_ALLOWED_HOSTS": kept.get("PORTAL_ALLOWED_HOSTS") or "localhost,127.0.0.1,[::1]",
        "BILL_SIMULATOR_URL": kept.get("BILL_SIMULATOR_URL") or DEFAULT_SIMULATOR_URL,
    }


def local_url(bind: str) -> str:
    """By name, not by number: a passkey cannot belong to an IP address."""
    return f"http://localhost:{host_and_port('PORTAL_BIND', bind)[1]}"


def host_and_port(name: str, value: str) -> tuple[str, int]:
    """Split HOST:PORT; `name` is the setting to blame."""
    parts = urlsplit(f"//{value}")
    with contextlib.suppress(ValueError):  # an unreadable port is told below, like a missing one
        if parts.hostname and parts.port and not parts.path:
            return parts.hostname, parts.port
    raise EnvironmentProblem(f"{name} must be HOST:PORT, such as {DEFAULT_BIND}; it is {value!r}.")


def embedded_urls(data_dir: Path, kept: Mapping[str, str]) -> dict[str, str]:
    """URLs of the embedded servers; the sockets may have moved since, the passwords stay."""
    sockets = quote(str(socket_directory(data_dir)))
    urls = {"PORTAL_BROKER_URL": f"redis+socket://{sockets}/valkey.sock"}
    for key, role in (("PORTAL_DATABASE_URL", "portal_app"), ("PORTAL_DATABASE_OWNER_URL", "portal_owner")):
        password = urlsplit(kept.get(key, "")).password or secrets.token_urlsafe(24)
        urls[key] = f"postgresql://{role}:{password}@/portal?host={sockets}"
    return urls


def write(data_dir: Path, values: Mapping[str, str]) -> None:
    """Replace the file in one move: a crash leaves the old one or the new one, never half."""
    descriptor, name = tempfile.mkstemp(dir=data_dir, prefix=".env-")  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(HEADER + "".join(f"{key}={value}\n" for key, value in values.items()))
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, data_dir / FILE_NAME)
    except BaseException:
        os.unlink(name)
        raise
