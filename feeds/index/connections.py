"""Connections to the file of the index: opened when they are needed, lent to one thread at a time, used again."""

from __future__ import annotations

import sqlite3
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection

WAIT_SECONDS = 60
# A page holds several entries: in smaller ones, each would leave a part unused.
_PAGE_BYTES = 16384
# Each thread of a server has a connection of its own; what they read, the system caches anyway.
_CACHE_KIB = 2000
_MOST_IDLE = 8
_STEP_SECONDS = 0.05
_PRAGMAS = (
    "synchronous=NORMAL",
    f"cache_size=-{_CACHE_KIB}",
    "temp_store=MEMORY",
    "journal_size_limit=67108864",
)

# Connections of the process that this one was forked from: to close them would touch what it does with them.
_inherited: list[Connection] = []


class Connections:
    """Lends connections. ``check`` is called before one is made, and may raise."""

    def __init__(self, path: Path, check: Callable[[], None]) -> None:
        # Without "c" among the rights: who merely reads must not make an empty index in place of a lost one.
        self._uri = f"{path.absolute().as_uri()}?mode=rw"
        self._check = check
        self._idle: list[Connection] = []
        # Raised when the connections are let go: those that were in use then are not kept.
        self._era = 0
        close_with(self, self._idle)

    @contextmanager
    def lent(self) -> Iterator[Connection]:
        """A connection for as long as it is needed; what it has not committed by then is undone."""
        era, pool = self._era, self._idle
        connection = pool.pop() if pool else self.opened()
        sound = True
        try:
            yield connection
        except sqlite3.Error:
            sound = False
            raise
        finally:
            if sound and connection.in_transaction:
                connection.rollback()
            # Where the connections were let go meanwhile, this one may be to a file that is no more.
            if sound and era == self._era and len(pool) < _MOST_IDLE:
                pool.append(connection)
            else:
                connection.close()

    def opened(self) -> Connection:
        """A connection of one's own, to be closed by whoever asked. Transactions are begun by hand."""
        self._check()
        connection = sqlite3.connect(
            self._uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _use_log(connection)
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def let_go(self) -> None:
        """Close the connections; those in use, when they are given back."""
        self._era += 1
        close_each(self._idle)

    def leave(self) -> None:
        """Use no connection of the process that this one was forked from."""
        self._era += 1
        leave(self._idle)


def close_with(owner: object, connections: list[Connection]) -> None:
    """Have connections closed when their owner is no more: Python 3.13 warns of what is left open."""
    weakref.finalize(owner, close_each, connections).atexit = False


def close_each(connections: list[Connection]) -> None:
    """Close connections, and take them off their list."""
    while connections:
        connections.pop().close()


def leave(connections: list[Connection]) -> None:
    """Take connections off their list that are those of the process that this one was forked from."""
    _inherited.extend(connections)
    connections.clear()


def _use_log(connection: Connection) -> None:
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
