"""Opens connections to a file of SQLite, and limits what they may take."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from feeds.index.index import SlowPermit, find_step_seconds
from feeds.index.seals import Seals
from feeds.index.sql import placeholders
from feeds.index.sqlite import full_text

WAIT_SECONDS = 60
# A page holds several entries: in smaller pages, each entry would leave a part unused.
_PAGE_BYTES = 16384
# Small, because each thread of a server has a connection of its own, and the system caches the file anyway.
_CACHE_KIB = 2000
_RETRY_SECONDS = 0.05
# SQLite asks whether to go on after this many of its steps: about every tenth of a millisecond.
_STEPS = 10_000
_PRAGMAS = (
    "synchronous=NORMAL",
    f"cache_size=-{_CACHE_KIB}",
    "temp_store=MEMORY",
    "journal_size_limit=67108864",
)


class SqliteConnection(sqlite3.Connection):
    """SQLite's own connection, with the other things that the index asks of one."""

    full_text = full_text
    same_article = "age = base.age AND id = base.id"
    seals: Seals
    # SQLite always reads rows as they are asked for.
    stream = sqlite3.Connection.execute

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Add whole rows to a table."""
        if rows:
            self.executemany(f"INSERT INTO {table} VALUES {placeholders(len(rows[0]))}", rows)


def open_connection(path: Path, seals: Seals, seconds: float = WAIT_SECONDS) -> SqliteConnection:
    """Open a connection to a file that exists. Its transactions are begun by hand.

    It waits ``seconds`` for a file that is locked.
    """
    # Not mode=rwc: a reader must not make an empty index in place of a lost one.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=seconds,
        isolation_level=None,
        check_same_thread=False,
        factory=SqliteConnection,
    )
    connection.seals = seals
    try:
        _use_log(connection, seconds)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


@contextmanager
def limit_time(connection: sqlite3.Connection, permit: SlowPermit) -> Iterator[None]:
    """Interrupt what a connection does in the context when its time is over.

    The statement then raises :class:`sqlite3.OperationalError` with the code ``SQLITE_INTERRUPT``.
    """
    connection.set_progress_handler(permit.must_end, _STEPS)
    # While it waits for a lock, SQLite asks nobody whether to go on.
    connection.execute(f"PRAGMA busy_timeout={find_step_seconds(permit) * 1000:.0f}")
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)
        connection.execute(f"PRAGMA busy_timeout={WAIT_SECONDS * 1000}")


def _use_log(connection: sqlite3.Connection, seconds: float) -> None:
    """Switch to a write-ahead log, so that readers and a writer work at the same time."""
    # SQLite's own timeout does not cover this switch, so wait here.
    connection.execute(f"PRAGMA page_size={_PAGE_BYTES}")
    deadline = time.monotonic() + seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                connection.close()
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return
