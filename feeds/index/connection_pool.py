"""Connections to a database: opened when they are needed, lent to one thread at a time, used again."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

_MOST_IDLE = 8


class Closable(Protocol):
    """What is open until it is closed, with a transaction or without."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was begun and not ended."""

    def rollback(self) -> None:
        """Undo what was not committed."""

    def close(self) -> None:
        """Close it."""


C = TypeVar("C", bound=Closable)
# Connections of the process that this one was forked from: to close them would touch what it does with them.
_inherited: list[Closable] = []


class ConnectionPool(Generic[C]):
    """Lends connections: ``opened`` makes one, ``begin`` begins its transaction, ``errors`` are those after
    which it is of no use."""  # noqa: D205, D209 - one sentence

    def __init__(self, opened: Callable[[], C], begin: Callable[[C], None], errors: type[Exception]) -> None:
        self.opened = opened
        self._begin = begin
        self._errors = errors
        self._idle: list[C] = []
        # Raised when the connections are let go: those that were in use then are not kept.
        self._era = 0
        close_with(self, self._idle)

    @contextmanager
    def lend(self) -> Iterator[C]:
        """A connection within a transaction for as long as it is needed; what it has not committed by then is undone."""
        connection = self._begun()
        era, pool = self._era, self._idle
        sound = True
        try:
            yield connection
        except self._errors:
            sound = False
            raise
        finally:
            if sound and connection.in_transaction:
                connection.rollback()
            # Where the connections were let go meanwhile, this one may be to what is no more.
            if sound and era == self._era and len(pool) < _MOST_IDLE:
                pool.append(connection)
            else:
                connection.close()

    def close_idle(self) -> None:
        """Close the connections; those in use, when they are given back."""
        self._era += 1
        close_each(self._idle)

    def leave(self) -> None:
        """Use no connection of the process that this one was forked from."""
        self._era += 1
        leave(self._idle)

    def _begun(self) -> C:
        """A connection whose transaction has begun: a new one where those that were kept are of no use any more."""
        if self._idle:
            connection = self._idle.pop()
            try:
                self._begin(connection)
            except self._errors:
                connection.close()
                self.close_idle()
            else:
                return connection
        connection = self.opened()
        try:
            self._begin(connection)
        except self._errors:
            connection.close()
            raise
        return connection


def close_with(owner: object, connections: list[C]) -> None:
    """Have connections closed when their owner is no more: Python 3.13 warns of what is left open."""
    weakref.finalize(owner, close_each, connections).atexit = False


def close_each(connections: list[C]) -> None:
    """Close connections, and take them off their list."""
    while connections:
        connections.pop().close()


def leave(connections: list[C]) -> None:
    """Take connections off their list that are those of the process that this one was forked from."""
    _inherited.extend(connections)
    connections.clear()
