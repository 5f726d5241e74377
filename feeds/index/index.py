"""The interface of an index, whatever database it is, and limits on its reads."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any, Protocol

import msgspec

from feeds.errors import (
    FeedsError,
    IndexDamagedError,
    IndexLostError,
    IndexUnavailableError,
    TimeLimitError,
)
from feeds.index.connection_pool import ConnectionPool, abandon, close_each, close_with
from feeds.index.seals import Seals
from feeds.index.sql import Connection, get_meta, set_meta

# What SQLite says of a file whose tables or texts are not ours.
_DAMAGE = ("no such ", "Could not decode")
# The fingerprint of work in an index that the next sync must build again.
DOUBTED = "doubted"
# How long a reader without a time limit waits for a database that says nothing; a request does so not much longer
# than its limit.
_STEP_SECONDS, _GRACE_SECONDS = 60.0, 1.0
# What a reader of the index may have to catch if the index cannot be read.
INDEX_ERRORS = (sqlite3.Error, IndexUnavailableError)


class LeaderLock(Protocol):
    """A lock that one process at a time can hold, of all that serve an index.

    It is released when the process ends, however that ends.
    """

    def is_held(self) -> bool:
        """Take the lock if it is free; return whether this process holds it."""

    def close(self) -> None:
        """Release the lock."""


class Index(ABC):
    """The database of what was read, a cache. Safe to share between threads.

    ``seals`` are those of what this process writes.
    """

    seals: Seals

    def __init__(self, connections: ConnectionPool[Any]) -> None:
        self._connections = connections
        self._process = os.getpid()
        # The connection of has_changed, if any. In a list, so that it can be closed with the index.
        self._watching: list[Any] = []
        close_with(self, self._watching)
        self._lock = threading.RLock()

    @abstractmethod
    def open(self) -> None:
        """Open the index, making it if it is missing or of no use.

        Raise :class:`feeds.errors.StorageError` if that fails.
        """

    @abstractmethod
    def recreate(self) -> None:
        """Put an empty index in place of one that is damaged."""

    def doubt(self) -> None:
        """Have the next sync build the index again, because somebody found it damaged."""
        with suppress(FeedsError, *INDEX_ERRORS):
            with self.reading() as connection:
                known = get_meta(connection, "work")
            if known != DOUBTED:
                with self.writing() as connection:
                    set_meta(connection, "work", DOUBTED)

    @abstractmethod
    def is_there(self) -> bool:
        """Return whether the opened index still exists; a cache may be deleted any time."""

    @abstractmethod
    def reading(self, time_limit: TimeLimit | SlowPermit | None = None) -> AbstractContextManager[Connection]:
        """Lend a transaction that sees one state of the index, within a time limit.

        A permit instead of a limit is that of the work of which this read is a part.
        """

    @abstractmethod
    def writing(self) -> AbstractContextManager[Connection]:
        """Lend the one transaction that may write; commit it whole or not at all.

        Raise :class:`feeds.errors.IndexBusyError` after a minute of waiting for another writer.
        """

    @abstractmethod
    def has_changed(self) -> bool:
        """Return quickly whether the index was written or replaced since the last call."""

    def sharing(self) -> AbstractContextManager[None]:
        """Let processes forked inside the context read one state, if the database can."""
        return nullcontext()

    def erase_deleted(self) -> None:
        """Overwrite what was deleted and remains in files that the index writes, if any."""
        return

    def update_statistics(self) -> None:
        """Update what the database knows of tables that grew much, if it plans by that."""
        return

    @abstractmethod
    def leader_lock(self) -> LeaderLock:
        """Return the lock of the process that keeps the index fresh."""

    def reconnect(self) -> None:
        """Stop using the connections of the process that this one was forked from."""
        if self._process != os.getpid():
            self._process = os.getpid()
            # Another thread of the parent may have held the lock. It does not exist here.
            self._lock = threading.RLock()
            abandon(self._watching)
            self._connections.abandon()

    def close(self) -> None:
        """Close the idle connections now, and those in use when they come back."""
        with self._lock:
            close_each(self._watching)
            self._connections.close_idle()


@contextmanager
def report_damage() -> Iterator[None]:
    """Raise :class:`IndexDamagedError` for a row of another form than written."""
    try:
        yield
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise IndexDamagedError from None


def is_damage(error: Exception) -> bool:
    """Return whether an error says that the index is broken, not busy or out of reach."""
    if isinstance(error, sqlite3.DatabaseError):
        return not isinstance(error, sqlite3.OperationalError) or str(error).startswith(_DAMAGE)
    return isinstance(error, IndexLostError)


def find_step_seconds(permit: SlowPermit | None) -> float:
    """Return how many seconds one step may wait for a database that says nothing.

    A step opens a connection or runs a statement. What is done for a request is limited by itself, so a
    database that takes longer than that hangs.
    """
    return _STEP_SECONDS if permit is None else permit.limit.most + _GRACE_SECONDS


class TimeLimit:
    """Lets all work run ``quick`` seconds, and a few at a time ``most`` seconds.

    The seconds are of the processor. Safe to share between threads.
    """

    def __init__(self, quick: float, most: float, at_a_time: int) -> None:
        self.quick = quick
        self.most = most
        self._slots = threading.Semaphore(at_a_time)

    @contextmanager
    def permit(self) -> Iterator[SlowPermit]:
        """Lend the permit of one piece of work to this thread; give its slot back on exit."""
        permit = SlowPermit(self, self._slots)
        try:
            yield permit
        finally:
            if permit.is_held:
                self._slots.release()


class SlowPermit:
    """The permit of a piece of work to be slow in the index and in using its results.

    The work takes it only when its quick time is over. One thread alone uses it.
    """

    def __init__(self, limit: TimeLimit, slots: threading.Semaphore) -> None:
        self.limit = limit
        self.is_held = False
        self._slots = slots
        # CPU seconds, so that a busy machine does not make ordinary work look slow.
        self._began = time.thread_time()

    def permit(self) -> AbstractContextManager[SlowPermit]:
        """Return this permit itself, for a read that is a part of the work."""
        return nullcontext(self)

    def take(self) -> bool:
        """Return whether the work may be slow, because it holds a slot or one was free."""
        self.is_held = self.is_held or self._slots.acquire(blocking=False)
        return self.is_held

    def must_end(self) -> bool:
        """Return whether the time of the work is over."""
        elapsed = time.thread_time() - self._began
        return elapsed >= self.limit.quick and (not self.take() or elapsed >= self.limit.most)

    def check(self) -> None:
        """Raise :class:`TimeLimitError` if the time of the work is over."""
        if self.must_end():
            raise TimeLimitError("this takes too long.")
