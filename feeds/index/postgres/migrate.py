"""Makes the tables of the index in a PostgreSQL schema, and updates older ones."""

from __future__ import annotations

import re
from collections.abc import Sequence

from feeds.errors import StorageError
from feeds.index import sql
from feeds.index.migrations import MIGRATIONS, VERSION, Migration
from feeds.index.postgres.session import Session

# The words of SQLite and those of PostgreSQL. Text sorts by its code points, as in SQLite, whatever
# the language of the database.
_DIALECT = (
    (r"\bINTEGER\b", "BIGINT"),
    (r"\bBLOB\b", "BYTEA"),
    (r"\bTEXT\b", 'TEXT COLLATE "C"'),
    (r"\) WITHOUT ROWID", ")"),
)
_TABLE = re.compile(r"CREATE TABLE (\w+)")


def read_version(session: Session, schema: str, place: str) -> int | None:
    """Return the version of the tables, None if there are none.

    Raise :class:`StorageError` if they belong to another program or to a newer version.
    """
    rows = session.execute("SELECT tablename FROM pg_tables WHERE schemaname = ?", (schema,))
    tables = {name for (name,) in rows}
    if not tables:
        return None
    known = sql.get_meta(session, "version") if {"meta", "files", "articles"} <= tables else None
    if known is None:
        raise StorageError(
            f'{place}: the schema "{schema}" has tables of another program. Choose another index.schema.'
        )
    if int(known) > VERSION:
        raise StorageError(
            f'{place}: the index in the schema "{schema}" is of version {known}, and this feeds knows {VERSION} at most.'
            " Use the newer feeds here too, or choose another index.schema."
        )
    return int(known)


def migrate_tables(session: Session, schema: str, known: int | None, owner: str) -> None:
    """Run the migrations that tables of a version lack, in the caller's transaction.

    New tables become those of the site ``owner``.
    """
    if known is None:
        _make_schema(session, schema)
    done = 0 if known is None else known - (VERSION - len(MIGRATIONS))
    for migration in MIGRATIONS[done:]:
        for statement in _split_statements(migration):
            session.execute(statement)
    if known is None:
        sql.begin_index(session, VERSION)
        sql.set_meta(session, "owner", owner)
    else:
        sql.set_meta(session, "version", str(VERSION))


def drop_tables(session: Session) -> None:
    """Drop our tables and no others."""
    session.execute(f"DROP TABLE IF EXISTS {', '.join(_list_tables())}")


def analyse_tables(session: Session) -> None:
    """Update the statistics of the tables.

    PostgreSQL does so by itself, but a minute later; until then its plans read too much.
    """
    session.execute(f"ANALYZE {', '.join(_list_tables())}")


def _list_tables() -> list[str]:
    """Return the names of our tables."""
    found = (
        _TABLE.findall(statement) for migration in MIGRATIONS for statement in _split_statements(migration)
    )
    return [name for names in found for name in names]


def _make_schema(session: Session, schema: str) -> None:
    """Make the schema if it is missing; to make one takes a right, to use one not."""
    if session.execute("SELECT 1 FROM pg_namespace WHERE nspname = ?", (schema,)).fetchone() is None:
        session.execute(f'CREATE SCHEMA "{schema}"')


def _split_statements(migration: Migration) -> Sequence[str]:
    return [_translate(statement) for statement in (*migration.both, *migration.postgres)]


def _translate(statement: str) -> str:
    for ours, theirs in _DIALECT:
        statement = re.sub(ours, theirs, statement)
    return statement
