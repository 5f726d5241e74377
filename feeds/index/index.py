"""What an index is to those who use it, whichever database it is in."""

from __future__ import annotations

import os
import sqlite3
import threading
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from feeds.errors import IndexFaultError, IndexLostError
from feeds.index.connection_pool import ConnectionPool, close_each, close_with, leave
from feeds.index.sql import Connection
from feeds.index.time_limit import TimeLimit

# What whoever reads an index may meet where it cannot be read.
INDEX_ERRORS = (sqlite3.Error, IndexFaultError)


class LeaderLock(Protocol):
    """A lock that only one process of all that serve an index can hold; it goes with the process, however it ends."""

    def is_held(self) -> bool:
        """Whether this process holds the lock, which it takes where it is free."""

    def close(self) -> None:
        """Give the lock up."""


class Index(ABC):
    """The database of what has been read: a cache that can be made anew. Safe to share between threads."""

    def __init__(self, connections: ConnectionPool[Any]) -> None:
        self._connections = connections
        self._process = os.getpid()
        # One at most, in a list that can be closed when the index is no more.
        self._watching: list[Any] = []
        close_with(self, self._watching)
        self._lock = threading.RLock()

    @abstractmethod
    def open(self) -> None:
        """Open the index, making it where it is missing or of no use. Raises :class:`feeds.errors.StorageError`."""

    @abstractmethod
    def recreate(self) -> None:
        """Put an empty index in place of one that is damaged."""

    @abstractmethod
    def is_there(self) -> bool:
        """Whether the index is still the one that was opened: a cache may be deleted at any time."""

    @abstractmethod
    def reading(self, time_limit: TimeLimit | None = None) -> AbstractContextManager[Connection]:
        """A transaction that sees one state of the index throughout, with as much time as there is patience."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Connection]:
        """The one transaction that may write; committed whole or not at all.

        Raises :class:`feeds.errors.IndexBusyError` after a minute of waiting for another writer.
        """

    @abstractmethod
    def has_changed(self) -> bool:
        """Whether anything was written since the last call, or the index was made anew; quickly told."""

    def sharing(self) -> AbstractContextManager[None]:
        """Have the processes that are forked meanwhile read one state of the index, where the database can do that."""
        return nullcontext()

    @abstractmethod
    def leader_lock(self) -> LeaderLock:
        """The lock of the process that keeps the index fresh."""

    def reconnect(self) -> None:
        """Leave the connections of the process that this one was forked from."""
        if self._process != os.getpid():
            self._process = os.getpid()
            # A thread that was not taken along may have had its turn.
            self._lock = threading.RLock()
            leave(self._watching)
            self._connections.leave()

    def close(self) -> None:
        """Close what is open; what is in use, when it is not any more."""
        with self._lock:
            close_each(self._watching)
            self._connections.close_idle()


def is_damage(error: Exception) -> bool:
    """Whether an error says that the index is broken, and not that it is in use or cannot be reached."""
    if isinstance(error, sqlite3.DatabaseError):
        return not isinstance(error, sqlite3.OperationalError) or str(error).startswith("no such ")
    return isinstance(error, IndexLostError)
