"""Everything the simulator knows, in one SQLite file that survives SIGKILL."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from onboarding.simulator.wire.messages import Json

IN_MEMORY = ":memory:"
FILE_NAME = "bill.sqlite3"
SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    label TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS records_of_partner ON records (kind, partner_id, seq);
CREATE INDEX IF NOT EXISTS records_of_organization ON records (kind, organization_id, seq);
CREATE INDEX IF NOT EXISTS records_in_order ON records (kind, seq);
DROP INDEX IF EXISTS records_by_label;
CREATE INDEX IF NOT EXISTS records_labelled ON records (kind, label, seq);
CREATE INDEX IF NOT EXISTS records_labelled_within ON records (kind, organization_id, label, seq);
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
COLUMNS = "seq, id, kind, partner_id, organization_id, label, body"
CHUNK = 200
LAST = 1 << 62


class StoreError(Exception):
    """The data folder cannot be used; the message is one line for the operator."""


@dataclass(frozen=True)
class Record:
    """One thing at BILL; `label` is what it is looked up by besides its id, such as a username."""

    seq: int
    id: str
    kind: str
    partner_id: str
    organization_id: str
    label: str
    body: Json


def read_row(row: tuple[int, str, str, str, str, str, str]) -> Record:
    return Record(*row[:6], body=json.loads(row[6]))


class Store:
    def __init__(self, path: Path | str = IN_MEMORY) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = connect(path)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one thread at a time; nested use is a savepoint."""
        with self._lock:
            depth = self._depth
            self._connection.execute("BEGIN IMMEDIATE" if depth == 0 else f"SAVEPOINT level_{depth}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth = depth
                self._undo(depth)
                raise
            self._depth = depth
            try:
                self._connection.execute("COMMIT" if depth == 0 else f"RELEASE level_{depth}")
            except sqlite3.Error:
                self._undo(depth)
                raise

    def _undo(self, depth: int) -> None:
        if depth:
            self._connection.execute(f"ROLLBACK TO level_{depth}")
            self._connection.execute(f"RELEASE level_{depth}")
        elif self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def add(
        self,
        kind: str,
        identifier: str,
        body: Json,
        *,
        partner: str = "",
        organization: str = "",
        label: str = "",
    ) -> Record:
        values = (identifier, kind, partner, organization, label, json.dumps(body))
        with self._lock:
            cursor = self._connection.execute(
                "INSERT INTO records (id, kind, partner_id, organization_id, label, body)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                values,
            )
        return Record(cursor.lastrowid or 0, identifier, kind, partner, organization, label, body)

    def replace(self, identifier: str, body: Json, *, label: str | None = None) -> None:
        """Write the body anew, and the label where it changes too."""
        with self._lock:
            self._connection.execute(
                "UPDATE records SET body = ?, label = coalesce(?, label) WHERE id = ?",
                (json.dumps(body), label, identifier),
            )

    def remove(self, identifier: str) -> bool:
        with self._lock:
            return self._connection.execute("DELETE FROM records WHERE id = ?", (identifier,)).rowcount > 0

    def remove_older(self, kind: str, seq: int) -> None:
        with self._lock:
            self._connection.execute("DELETE FROM records WHERE kind = ? AND seq < ?", (kind, seq))

    def get(self, kind: str, identifier: str) -> Record | None:
        rows = self._select("id = ? AND kind = ?", (identifier, kind), "seq", 1)
        return rows[0] if rows else None

    def count(self, kind: str) -> int:
        with self._lock:
            found = self._connection.execute("SELECT count(*) FROM records WHERE kind = ?", (kind,))
            return int(found.fetchone()[0])

    def all(
        self,
        kind: str,
        *,
        partner: str | None = None,
        organization: str | None = None,
        label: str | None = None,
        descending: bool = False,
        limit: int = -1,
    ) -> list[Record]:
        where, values = conditions(kind, partner, organization, label)
        return self._select(where, values, "seq DESC" if descending else "seq", limit)

    def stream(
        self,
        kind: str,
        *,
        partner: str | None = None,
        organization: str | None = None,
        label: str | None = None,
        descending: bool = False,
        beyond: int | None = None,
        chunk: int = CHUNK,
        containing: str = "",
    ) -> Iterator[Record]:
        """Records in the order of their creation, read in chunks, starting behind `beyond`."""
        where, values = conditions(kind, partner, organization, label)
        if containing:
            where, values = where + " AND instr(label, ?) > 0", (*values, containing)
        where += " AND seq < ?" if descending else " AND seq > ?"
        place = beyond if beyond is not None else (LAST if descending else 0)
        while True:
            order = "seq DESC" if descending else "seq"
            rows = self._select(where, (*values, place), order, chunk)
            yield from rows
            if len(rows) < chunk:
                return
            place = rows[-1].seq

    def note(self, name: str) -> str | None:
        with self._lock:
            row = self._connection.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def write_note(self, name: str, value: str) -> None:
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))

    def _select(self, where: str, values: tuple[str | int, ...], order: str, limit: int) -> list[Record]:
        query = f"SELECT {COLUMNS} FROM records WHERE {where} ORDER BY {order} LIMIT ?"
        with self._lock:
            return [read_row(row) for row in self._connection.execute(query, (*values, limit))]


def conditions(
    kind: str, partner: str | None, organization: str | None, label: str | None
) -> tuple[str, tuple[str | int, ...]]:
    asked = {"partner_id": partner, "organization_id": organization, "label": label}
    given = {column: value for column, value in asked.items() if value is not None}
    return " AND ".join(["kind = ?", *(f"{column} = ?" for column in given)]), (kind, *given.values())


def open_store(folder: Path | None) -> Store:
    """The store in this folder, or one in memory."""
    if folder is None:
        return Store()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Store(folder / FILE_NAME)
    except OSError as error:
        raise StoreError(f"the data folder {folder} cannot be written: {error.strerror}") from error
    except sqlite3.OperationalError as error:
        reason = "another simulator uses it" if "locked" in str(error) else str(error)
        raise StoreError(f"the data folder {folder} cannot be used: {reason}") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{folder / FILE_NAME} is not a data file of the simulator: {error}") from error


def connect(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=1, isolation_level=None, check_same_thread=False)
    try:
        # Exclusive keeps a second simulator off the same folder. NORMAL in WAL mode loses nothing when the
        # process is killed: the log is written before the answer is; only a power cut could lose the tail.
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
            connection.execute(f"PRAGMA {pragma}")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, SCHEMA_VERSION):
            raise StoreError(f"{path} was written by another version of the simulator (layout {version})")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
        connection.executescript(SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection
