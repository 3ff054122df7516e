"""Django's PostgreSQL backend, saying at each BEGIN which tenant the transaction is for."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from django.apps import apps
from django.db.backends.postgresql import base

from portal.lib import tenancy


class OutsideTransaction(RuntimeError):
    """A tenant's table was asked outside a transaction: row-level security would answer with no rows, silently."""


@cache
def _tenant_tables() -> re.Pattern[str]:
    tables = [
        m._meta.db_table for m in apps.get_models() if any(f.column == "tenant_id" for f in m._meta.fields)
    ]
    return re.compile(r"\b(" + "|".join(map(re.escape, tables)) + r")\b")


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self._refuse_autocommit)

    def _set_autocommit(self, autocommit: bool) -> None:
        """To psycopg a connection is always in autocommit: our BEGIN says in one message what it is for."""
        if autocommit:
            super()._set_autocommit(True)  # type: ignore[misc]  # the stubs leave this hook out
            return
        tenant = tenancy.current.get()
        tell = "; SELECT set_config('app.tenant', %s, true)" if tenant else ""
        try:
            with self.wrap_database_errors, self.connection.cursor() as cursor:
                cursor.execute(f"BEGIN{tell}", [tenant] if tenant else None)
        except Exception:
            # Django has not yet noted that a transaction is open; a connection in that state must not be kept.
            self.close()
            raise

    def _refuse_autocommit(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        if self.alias == "default" and self.get_autocommit() and _tenant_tables().search(str(sql)):
            raise OutsideTransaction("a tenant's table was asked outside a transaction")
        return execute(sql, params, many, context)
