"""Connections to a database: opened when needed, lent to one thread, reused."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

_MOST_IDLE = 8


class Closable(Protocol):
    """A connection, inside a transaction or not."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction has begun and has not ended."""

    def rollback(self) -> None:
        """Roll back whatever is uncommitted."""

    def close(self) -> None:
        """Close the connection."""


C = TypeVar("C", bound=Closable)
# Connections of the parent of a forked process. To close them here would disturb the parent, which
# uses the same sockets and files; so they are kept, for garbage collection would close them too.
_inherited: list[Closable] = []


class ConnectionPool(Generic[C]):
    """Lends connections. ``errors`` are those after which a connection is of no use.

    ``open_connection`` gets the seconds that it may wait.
    """

    def __init__(self, open_connection: Callable[[float], C], errors: type[Exception]) -> None:
        self._open_connection = open_connection
        self._errors = errors
        self._idle: list[C] = []
        # Counts how often the connections were dropped: one that was lent before is not kept.
        self._era = 0
        close_with(self, self._idle)

    @contextmanager
    def lend(self, begin: Callable[[C], None], seconds: float) -> Iterator[C]:
        """Lend a connection inside a transaction; roll back the uncommitted at the end.

        ``begin`` begins the transaction. To open a connection may take ``seconds``.
        """
        connection = self._take(begin, seconds)
        era, pool = self._era, self._idle
        try:
            yield connection
            if connection.in_transaction:
                connection.rollback()
        except BaseException:
            # A statement may be unfinished, and would keep the state that it reads. Or the database hangs.
            connection.close()
            raise
        # If the connections were dropped meanwhile, this one may lead to a database that is gone.
        if era == self._era and len(pool) < _MOST_IDLE:
            pool.append(connection)
        else:
            connection.close()

    def close_idle(self) -> None:
        """Close the idle connections now, and the lent ones when they come back."""
        self._era += 1
        close_each(self._idle)

    def abandon(self) -> None:
        """Use no connection of the process that this one was forked from."""
        self._era += 1
        abandon(self._idle)

    def _take(self, begin: Callable[[C], None], seconds: float) -> C:
        """Return an idle connection whose transaction has begun; if that fails, a new one."""
        if self._idle:
            connection = self._idle.pop()
            deadline = time.monotonic() + seconds
            try:
                begin(connection)
            except self._errors:
                connection.close()
                self.close_idle()
                if time.monotonic() > deadline:
                    # The database says nothing, so it would say nothing to a new connection either.
                    raise
            else:
                return connection
        connection = self._open_connection(seconds)
        try:
            begin(connection)
        except self._errors:
            connection.close()
            raise
        return connection


def close_with(owner: object, connections: list[C]) -> None:
    """Close connections when their owner is garbage; Python 3.13 warns otherwise."""
    weakref.finalize(owner, close_each, connections).atexit = False


def close_each(connections: list[C]) -> None:
    """Close connections and remove them from their list."""
    while connections:
        connections.pop().close()


def abandon(connections: list[C]) -> None:
    """Remove the parent process's connections from their list without closing them."""
    _inherited.extend(connections)
    connections.clear()
