"""Connections to a file of SQLite."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from feeds.index.sql import placeholders
from feeds.index.sqlite import full_text

WAIT_SECONDS = 60
# A page holds several entries: in smaller ones, each would leave a part unused.
_PAGE_BYTES = 16384
# Each thread of a server has a connection of its own; what they read, the system caches anyway.
_CACHE_KIB = 2000
_STEP_SECONDS = 0.05
_PRAGMAS = (
    "synchronous=NORMAL",
    f"cache_size=-{_CACHE_KIB}",
    "temp_store=MEMORY",
    "journal_size_limit=67108864",
)


class SqliteConnection(sqlite3.Connection):
    """SQLite's own connection, with what the index asks of a database beside statements."""

    full_text = full_text
    # Rows are read as they are asked for.
    stream = sqlite3.Connection.execute

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Add whole rows to a table."""
        if rows:
            self.executemany(f"INSERT INTO {table} VALUES {placeholders(len(rows[0]))}", rows)


def opened(path: Path) -> SqliteConnection:
    """A connection to a file that is there. Transactions are begun by hand."""
    # Without "c" among the rights: who merely reads must not make an empty index in place of a lost one.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=WAIT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        factory=SqliteConnection,
    )
    try:
        _use_log(connection)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _use_log(connection: sqlite3.Connection) -> None:
    """Have readers and a writer work at the same time. SQLite does not wait by itself to change to that."""
    connection.execute(f"PRAGMA page_size={_PAGE_BYTES}")
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                connection.close()
                raise
            time.sleep(_STEP_SECONDS)
        else:
            return
