"""Statements that a database session knows by name: PostgreSQL reads and plans them once instead of each time.

Psycopg does this for statements that travel one by one; these travel several in one message, as text.
"""

import re
from dataclasses import dataclass, field
from itertools import count
from typing import Any

# What is used once in the life of a session is not worth a name.
NAMED_FROM_USE = 2
MARK = re.compile(r"%%|%s")
TABLE = re.compile(r'(?:INSERT INTO|UPDATE|FROM) "?(\w+)')


@dataclass
class Statements:
    """What one database session was asked before, and the names that it knows. SQL has `%s` for each value."""

    uses: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    numbers: Any = field(default_factory=count)

    def message(self, asked: list[str]) -> "Message":
        """These statements as they are to be sent, those known by name as calls of it."""
        fresh: dict[str, str] = {}
        parts: list[tuple[str, bool]] = []
        for sql in asked:
            name = self.names.get(sql) or fresh.get(sql)
            if name is None and self.uses.get(sql, 0) + 1 >= NAMED_FROM_USE:
                fresh[sql] = name = self._name(sql)
                parts.append((f'PREPARE "{name}" AS {_numbered(sql)}', False))
            self.uses[sql] = self.uses.get(sql, 0) + 1
            parts.append((_call(name, sql) if name else sql, True))
        return Message(parts, fresh)

    def learned(self, message: "Message") -> None:
        """The message was carried out. PostgreSQL keeps the names, whatever becomes of the transaction."""
        self.names |= message.fresh

    def _name(self, sql: str) -> str:
        """Never used again: a message that fails may have made it or not. Its table is in it, for whoever watches."""
        table = TABLE.search(sql)
        return f"{sql.split(maxsplit=1)[0].lower()} {table[1] if table else ''} {next(self.numbers)}"


@dataclass(frozen=True)
class Message:
    """Texts in their order, each with whether its result is one that was asked for; and the names that it makes."""

    parts: list[tuple[str, bool]]
    fresh: dict[str, str]


def _numbered(sql: str) -> str:
    numbers = count(1)
    return MARK.sub(lambda mark: f"${next(numbers)}" if mark[0] == "%s" else mark[0], sql)


def _call(name: str, sql: str) -> str:
    values = ", ".join(mark for mark in MARK.findall(sql) if mark == "%s")
    return f'EXECUTE "{name}"({values})' if values else f'EXECUTE "{name}"'


def statements_of(session: Any) -> Statements:
    """Those of this connection of psycopg; they end with it."""
    known: Statements | None = getattr(session, "statements", None)
    if known is None:
        known = session.statements = Statements()
    return known
