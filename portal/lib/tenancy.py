"""The tenant of the current unit of work. The database backend tells it to PostgreSQL at every BEGIN."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import connection, transaction

current: ContextVar[str] = ContextVar("tenant", default="")


class AnotherTenant(RuntimeError):
    """Work for one tenant tried to become work for another."""


def _tell(tenant: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, true)", [tenant])


@contextmanager
def bound(tenant: UUID | str) -> Iterator[None]:
    """Remember the tenant without opening a transaction: each one opened inside is told."""
    token = current.set(str(tenant or ""))
    try:
        yield
    finally:
        current.reset(token)


@contextmanager
def acting_for(tenant: UUID | str) -> Iterator[None]:
    """One transaction as this tenant; inside a transaction of the same tenant it joins that one."""
    outer, inner = current.get(), str(tenant)
    if outer and outer != inner:
        raise AnotherTenant("already acting for another tenant")
    if connection.in_atomic_block and outer == inner:
        yield
        return
    joined = connection.in_atomic_block  # a transaction of no tenant is open already: in tests
    with bound(inner), transaction.atomic():
        if joined:
            _tell(inner)
        yield
        # A savepoint that is rolled back restores the setting by itself.
        if joined and not connection.needs_rollback:
            _tell(outer)
