"""Makes the tables of the index in a PostgreSQL schema, and updates older ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

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
# With such a share of new rows, another plan of a query may be the quicker one; PostgreSQL itself waits for as many.
_LARGE_SHARE = 0.1
# Whoever is not the owner may not do it, and each attempt would be a line in the log of the server.
_OWN_TABLES = (
    "SELECT relname::text, reltuples::float8 FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
    " AND relname = ANY (?) AND pg_has_role(relowner, 'USAGE')"
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


def look_at_grown_tables(session: Session, grown: Mapping[str, int]) -> None:
    """Update the statistics of tables if what they got is a large share of their rows.

    PostgreSQL also notes which of their rows everybody sees, so that it need not read these to count them. It does all
    that by itself, but up to two minutes later; until then queries read too much. A table that belongs to another user
    is left to it, and so is one that it works on right now: to wait for that may take hours.
    """
    found = session.execute(_OWN_TABLES, (list(grown),)).fetchall()
    # A table that was never looked at has -1 rows.
    if worth := [name for name, rows in found if grown[name] >= rows * _LARGE_SHARE]:
        session.execute(f"VACUUM (ANALYZE, SKIP_LOCKED, TRUNCATE FALSE) {', '.join(worth)}")


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
