"""Runs statements by way of the database's driver: one for many rows, or one that runs very often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Table, Update, bindparam, insert

_NOTHING: Mapping[str, Any] = {}


def run(connection: Connection, statement: Update | Delete, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run a statement for each row; each row has a value for each parameter of the statement.

    SQLAlchemy would look at each value of each row, which takes as long as SQLite takes to store it.
    No column here needs that: their values are numbers, texts and bytes. ``statement`` is one of
    the constants of this package: it is put together once for as long as the process lives.
    """
    if rows:
        text, names, _ = _compiled(statement, connection.dialect)
        connection.exec_driver_sql(text, list(map(itemgetter(*names), rows)))


def fill(connection: Connection, statement: Insert, rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows with one of the statements of :func:`filling`, their values in the table's order."""
    if rows:
        text, _, _ = _compiled(statement, connection.dialect)
        connection.exec_driver_sql(text, rows)


def fetch(connection: Connection, query: Select[Any], values: Mapping[str, Any] = _NOTHING) -> list[Any]:
    """The rows of a query, one of the constants likewise, with a value for each of its parameters."""
    text, names, constants = _compiled(query, connection.dialect)
    given = {**constants, **values}
    cursor = connection.exec_driver_sql(text, tuple(given[name] for name in names)).cursor
    assert cursor is not None  # noqa: S101 - a query has rows, if only none
    return list(cursor.fetchall())


def filling(table: Table, *generated: str) -> Insert:
    """The statement that inserts a row with all columns but those that the database fills."""
    return insert(table).values({c.name: bindparam(c.name) for c in table.c if c.name not in generated})


@cache
def _compiled(
    statement: Insert | Update | Delete | Select[Any], dialect: Dialect
) -> tuple[str, Sequence[str], Mapping[str, Any]]:
    """The text of a statement, its parameters in order, and the values that it has itself."""
    compiled = statement.compile(dialect=dialect)
    return str(compiled), compiled.positiontup or (), compiled.params
