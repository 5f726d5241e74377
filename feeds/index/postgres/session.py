"""One connection to PostgreSQL, spoken to as the index speaks to SQLite."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import lru_cache
from itertools import count
from typing import Any

import psycopg
from psycopg import pq

from feeds.index.postgres import full_text
from feeds.index.sql import Rows
from feeds.index.time_limit import TimeLimit

_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# Not REPEATABLE READ, which would show what was there before the lock was waited for: nobody else writes meanwhile.
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
# A crash of the server may cost the last syncs, which are then done again: the index is a cache.
_HASTE = "SET LOCAL synchronous_commit TO off"
_RECOGNISE = "SELECT value, EXISTS (SELECT 1 FROM meta WHERE key = 'site') FROM meta WHERE key = 'birth'"
_TYPES = "SELECT atttypid::int FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
# Rows that are fetched at a time, where all may be too many.
_FETCHED = 500
_INTERRUPT_SECONDS = 5.0


class Session:
    """A connection whose transactions are begun by hand."""

    full_text = full_text

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._names = map("each{}".format, count())
        self.birth = ""
        self.is_filled = False
        self.inserted = 0
        self._began: float | None = None
        self._known_types: dict[str, list[int]] = {}

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was begun and not ended."""
        return self._connection.info.transaction_status != pq.TransactionStatus.IDLE

    def begin(self, shared: str = "") -> None:
        """Begin a transaction that sees one state of the index: a shared one, or the newest.

        Notes which index that is, and whether it was ever synced.
        """
        share = (f"SET TRANSACTION SNAPSHOT '{shared}'",) if shared else ()
        self.birth, self.is_filled = self._at_once(_READ, *share, _RECOGNISE) or ("", False)

    def begin_alone(self, name: str, seconds: int) -> None:
        """Begin a transaction that writes, when no other of this name does; an error after so many seconds."""
        wait = f"SET LOCAL lock_timeout TO '{seconds}s'"
        self._at_once(_WRITE, _HASTE, wait, f"SELECT pg_advisory_xact_lock(hashtextextended('{name}', 0))")

    def exported(self) -> str:
        """The name by which other sessions can see what this transaction sees, for as long as it lasts."""
        (name,) = self.execute("SELECT pg_export_snapshot()").fetchone()
        return str(name)

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """Do one statement."""
        self._began = time.monotonic()
        try:
            return self._connection.execute(_spelt(statement), _askable(values), binary=True)
        finally:
            self._began = None

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Do one statement with each row of values, without waiting for each answer."""
        if given := list(rows):
            with self._connection.cursor() as cursor:
                cursor.executemany(_spelt(statement), given)

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Add whole rows to a table by ``COPY``."""
        if not rows:
            return
        self.inserted += len(rows)
        types = self._types(table)
        # As text, each byte of an entry would be two.
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy,
        ):
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)

    def stream(self, statement: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """The rows of a statement, fetched as they are asked for."""
        with closing(self._connection.cursor(next(self._names), binary=True)) as cursor:
            cursor.itersize = _FETCHED
            yield from cursor.execute(_spelt(statement), values or None)

    def heard(self) -> bool:
        """Whether there was a notification since the last call: asks what has come, and waits for nothing."""
        return bool(list(self._connection.notifies(timeout=0)))

    def lasts(self) -> float:
        """For how many seconds the statement that is going on has lasted, as another thread may ask."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def interrupt(self) -> None:
        """End the statement that is going on, from another thread."""
        # A server that is away ends it too.
        with suppress(psycopg.Error):
            self._connection.cancel_safe(timeout=_INTERRUPT_SECONDS)

    def _types(self, table: str) -> list[int]:
        """The types of a table's columns, which are asked for once."""
        if table not in self._known_types:
            rows = self.execute(_TYPES, (table,))
            self._known_types[table] = [number for (number,) in rows]
        return self._known_types[table]

    def _at_once(self, *statements: str) -> Any:
        """Do some statements with one message and one answer; the first row of the last one."""
        cursor = self._connection.execute(";".join(statements).encode())
        while cursor.nextset():
            pass
        return cursor.fetchone()

    def rollback(self) -> None:
        """Undo what was not committed."""
        self._connection.rollback()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _askable(values: Sequence[Any]) -> Sequence[Any] | None:
    """Values that PostgreSQL takes: it holds no text with a NUL, and finds none, whatever a reader's address has."""
    if any(isinstance(value, str) and "\0" in value for value in values):
        return [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in values]
    return values or None


@lru_cache(maxsize=1024)
def _spelt(statement: str) -> bytes:
    """A statement with psycopg's sign for a value. It is of our own words: no other text is ever put into one."""
    return statement.replace("%", "%%").replace("?", "%s").encode()


class PostgresLeaderLock:
    """Held by one connection; it goes with that, however it ends."""

    def __init__(
        self, opened: Callable[[], Session], name: str, explained: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._opened = opened
        self._name = name
        self._translate_errors = explained
        self._session: Session | None = None
        self._held = False

    def is_held(self) -> bool:
        """Whether this process holds the lock, which it takes where it is free.

        Raises :class:`feeds.errors.IndexFaultError` where the server is away: then nobody holds it.
        """
        with self._translate_errors():
            self._session = self._session or self._opened()
            if self._held:
                self._session.execute("SELECT 1")
            else:
                statement = "SELECT pg_try_advisory_lock(hashtextextended(?, 0))"
                (self._held,) = self._session.execute(statement, (self._name,)).fetchone()
            return self._held

    def close(self) -> None:
        """Give the lock up."""
        if self._session is not None:
            self._session.close()


_STEP_SECONDS = 0.05


@contextmanager
def limit(time_limit: TimeLimit, session: Session) -> Iterator[None]:
    """Limit each statement of a session meanwhile, by the clock: what the server's processor does is not seen here."""
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(time_limit, session, done), daemon=True)
    watch.start()
    try:
        yield
    finally:
        done.set()
        # An interruption that is under way must not meet the next statement.
        watch.join()


def _watch(time_limit: TimeLimit, session: Session, done: threading.Event) -> None:
    """Interrupt statements whose time is over."""
    pause = time_limit.quick
    while not done.wait(pause):
        pause = _STEP_SECONDS
        if session.lasts() > time_limit.quick:
            _be_slow(time_limit, session, done)


def _be_slow(time_limit: TimeLimit, session: Session, done: threading.Event) -> None:
    """Let a statement go on for as long as one that is slow may, where one more may be slow."""
    with time_limit.slowly() as may:
        limit = time_limit.most if may else time_limit.quick
        while (lasts := session.lasts()) > time_limit.quick and not done.is_set():
            if lasts > limit:
                session.interrupt()
            done.wait(_STEP_SECONDS)
