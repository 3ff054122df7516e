"""Statements that travel to the database together: what costs time there is the way, not the work."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeVar, cast

from django.db import connection, models

from portal.lib.statements import statements_of

M = TypeVar("M", bound=models.Model)
Row = tuple[Any, ...]


@dataclass
class Result:
    """What one statement of a batch came to, once the batch has run."""

    rows: list[Row] = field(default_factory=list)
    count: int = -1


class Batch:
    """Gathers statements for one message, inside the caller's transaction."""

    def __init__(self) -> None:
        self._sql: list[str] = []
        self._params: list[Any] = []
        self._results: list[tuple[Result, Callable[[Result], object] | None]] = []

    def add(
        self, sql: str, params: Iterable[Any] = (), then: Callable[[Result], object] | None = None
    ) -> Result:
        """Have this done with the others. `then` is told of its result when all of them are done."""
        result = Result()
        self._sql.append(sql)
        self._params.extend(params)
        self._results.append((result, then))
        return result

    def update(
        self,
        model: type[models.Model],
        where: Mapping[str, Any],
        fields: Mapping[str, Any],
        then: Callable[[Result], object] | None = None,
    ) -> Result:
        """UPDATE the named columns of the rows that have these values; None is NULL."""
        given = {model._meta.get_field(name): value for name, value in fields.items()}
        columns = ", ".join(f'"{column_of(one)}" = %s' for one in given)
        chosen = {model._meta.get_field(name): value for name, value in where.items()}
        condition = " AND ".join(
            f'"{column_of(one)}" IS NULL' if value is None else f'"{column_of(one)}" = %s'
            for one, value in chosen.items()
        )
        # Names come from our own models, values travel as parameters.
        sql = f'UPDATE "{model._meta.db_table}" SET {columns} WHERE {condition}'  # noqa: S608
        sought = [(one, value) for one, value in chosen.items() if value is not None]
        return self.add(sql, [_prepared(one, value) for one, value in (*given.items(), *sought)], then)

    def insert(self, row: models.Model, *, or_nothing: bool = False) -> Result:
        """INSERT a row that is not there; or nothing, where a unique constraint says that it may not be."""
        sql, params = insertion(row)
        row._state.adding, row._state.db = False, connection.alias
        return self.add(f"INSERT INTO {sql}{' ON CONFLICT DO NOTHING' if or_nothing else ''}", params)

    def run(self) -> None:
        """Do all of them, in their order, in one message."""
        sql, params, results = self._sql, self._params, self._results
        self._sql, self._params, self._results = [], [], []
        if not sql:
            return
        connection.ensure_connection()
        statements = statements_of(connection.connection)
        message = statements.message(sql)
        parts = message.parts
        begin: tuple[str, list[str]] | None = cast(Any, connection).take_begin()
        if begin:
            parts, params = [*((one, False) for one in begin[0].split("; ")), *parts], [*begin[1], *params]
        with connection.cursor() as cursor:
            cursor.execute(";\n".join(text for text, _ in parts), params)
            asked = iter(results)
            for number, (_, is_asked) in enumerate(parts):
                if number and not cursor.nextset():
                    raise RuntimeError("a statement of the batch was two")
                if is_asked:
                    result, _ = next(asked)
                    result.count = cursor.rowcount
                    # `description` would make a column object of each column first.
                    result.rows = cursor.fetchall() if cursor.rownumber is not None else []
        statements.learned(message)
        for result, then in results:
            if then:
                then(result)

    def finish(self) -> None:
        """Run it, and what was added because of what came of it."""
        while self._sql:
            self.run()


def insertion(row: models.Model) -> tuple[str, list[Any]]:
    """`table (columns) VALUES (…)` for this row, and its values."""
    fields = [one for one in row._meta.concrete_fields if not one.generated]
    columns = ", ".join(f'"{one.column}"' for one in fields)
    marks = ", ".join(["%s"] * len(fields))
    values = [one.get_db_prep_save(getattr(row, one.attname), connection) for one in fields]
    return f'"{row._meta.db_table}" ({columns}) VALUES ({marks})', values


def column_of(one: Any) -> str:
    """The name of the field's column."""
    return str(one.column)


def _prepared(one: Any, value: Any) -> Any:
    if isinstance(value, models.Model):
        value = value.pk
    return one.get_db_prep_save(value, connection)


@dataclass(frozen=True)
class Reader(Generic[M]):
    """Makes instances of a model from rows that plain SQL selected with `columns`."""

    model: type[M]
    columns: str
    names: tuple[str, ...]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]

    def one(self, row: Row) -> M:
        values = list(row)
        for place, convert in self.converters:
            values[place] = convert(values[place])
        return self.model.from_db(connection.alias, self.names, values)

    def all(self, rows: Iterable[Row]) -> list[M]:
        return [self.one(row) for row in rows]


def reader(model: type[M]) -> Reader[M]:
    """The reader of this model; `columns` are qualified by its table."""
    return cast(Reader[M], _reader(model))


@cache
def _reader(model: type[models.Model]) -> Reader[Any]:
    fields = model._meta.concrete_fields
    table = model._meta.db_table
    columns = ", ".join(f'"{table}"."{one.column}"' for one in fields)
    converters = [
        (place, _conversion(one, convert))
        for place, one in enumerate(fields)
        for convert in one.get_db_converters(connection)
    ]
    return Reader(model, columns, tuple(one.attname for one in fields), tuple(converters))


def _conversion(one: Any, convert: Callable[..., Any]) -> Callable[[Any], Any]:
    expression = one.cached_col
    return lambda value: convert(value, expression, connection)
