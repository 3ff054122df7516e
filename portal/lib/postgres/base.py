"""Django's PostgreSQL backend, saying at each BEGIN which tenant the transaction is for."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from django.apps import apps
from django.db.backends.postgresql import base

from portal.lib import tenancy

BEGIN_FOR = "BEGIN; SELECT set_config('app.tenant', %s, true)"


class OutsideTransaction(RuntimeError):
    """A tenant's table was asked outside a transaction: row-level security would answer with no rows, silently."""


@cache
def _tenant_tables() -> re.Pattern[str]:
    tables = [
        m._meta.db_table for m in apps.get_models() if any(f.column == "tenant_id" for f in m._meta.fields)
    ]
    return re.compile(r"\b(" + "|".join(map(re.escape, tables)) + r")\b")


class DatabaseWrapper(base.DatabaseWrapper):
    """To psycopg a connection is always in autocommit: BEGIN is ours, and goes with the first statement after it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._begin: tuple[str, list[str]] | None = None
        self.execute_wrappers.append(self._before_each)

    def _set_autocommit(self, autocommit: bool) -> None:
        if autocommit:
            self._begin = None
            super()._set_autocommit(True)  # type: ignore[misc]  # the stubs leave this hook out
            return
        tenant = tenancy.current.get()
        self._begin = (BEGIN_FOR, [tenant]) if tenant else ("BEGIN", [])

    def take_begin(self) -> tuple[str, list[str]] | None:
        """The BEGIN that was not sent yet, for whoever sends it with the next statement."""
        begin, self._begin = self._begin, None
        return begin

    def _before_each(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        if self.alias == "default" and self.get_autocommit() and _tenant_tables().search(str(sql)):
            raise OutsideTransaction("a tenant's table was asked outside a transaction")
        if begin := self.take_begin():
            with self.wrap_database_errors, self.connection.cursor() as cursor:
                cursor.execute(*begin)
        return execute(sql, params, many, context)
