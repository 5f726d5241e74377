"""Runs one statement for many rows, by way of the database's driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Table, Update, bindparam, insert

Statement = Insert | Update | Delete


def run(connection: Connection, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run a statement for each row; each row has a value for each parameter of the statement.

    SQLAlchemy would look at each value of each row, which takes as long as SQLite takes to store it.
    No column here needs that: their values are numbers, texts and bytes. ``statement`` is one of
    the constants of this package: it is put together once for as long as the process lives.
    """
    if rows:
        text, names = _compiled(statement, connection.dialect)
        connection.exec_driver_sql(text, list(map(itemgetter(*names), rows)) if names else list(rows))


def filling(table: Table, *generated: str) -> Insert:
    """The statement that inserts a row with all columns but those that the database fills."""
    return insert(table).values({c.name: bindparam(c.name) for c in table.c if c.name not in generated})


@cache
def _compiled(statement: Statement, dialect: Dialect) -> tuple[str, Sequence[str]]:
    """The text of a statement, and its parameters in order, none where the driver goes by name."""
    compiled = statement.compile(dialect=dialect)
    return str(compiled), compiled.positiontup or ()
