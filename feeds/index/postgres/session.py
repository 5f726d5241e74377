"""One connection to PostgreSQL, with the methods that SQLite's connection has."""

from __future__ import annotations

import hashlib
import math
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import conninfo, errors, pq, sql

from feeds.errors import IndexUnavailableError
from feeds.index.index import SlowPermit, find_step_seconds
from feeds.index.postgres import full_text
from feeds.index.seals import Seals, load_key
from feeds.index.sql import Rows

# What index.url does not say. A server that does not answer is not waited for forever, and one that is
# gone is noticed though it says nothing.
_DEFAULTS = {
    "application_name": "feeds",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
# The server also notices if a machine that holds a lock is gone. Statements are short: to compile them
# just in time takes longer than to run them.
_SETTINGS = (
    "SET search_path TO {}; SET client_min_messages TO warning; SET jit TO off;"
    " SET tcp_keepalives_idle TO 30; SET tcp_keepalives_interval TO 10; SET tcp_keepalives_count TO 3"
)
# Who reads asks the same questions with other values, and answers differ by a thousand times: a plan for any values
# takes seconds for some. The tables are small beside the memory, so a row costs the same wherever it is. To split
# every text into words takes a hundred times as long as the database assumes, whatever it then reads less. What other
# processes could share takes milliseconds, as to start them does.
_FOR_READING = (
    "; SET plan_cache_mode TO force_custom_plan; SET random_page_cost TO 1.1; SET enable_seqscan TO off;"
    " SET max_parallel_workers_per_gather TO 0"
)
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# Not REPEATABLE READ, which would show the state from before the wait for the lock. Once the lock is
# held, nobody else writes.
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
# A crash of the server may cost the last syncs, which are then done again: the index is a cache.
_NO_FLUSH = "SET LOCAL synchronous_commit TO off"
_IDENTIFY = "SELECT value, EXISTS (SELECT 1 FROM meta WHERE key = 'site') FROM meta WHERE key = 'birth'"
_TYPES = "SELECT atttypid::int FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
# How long to wait for an answer, in seconds: while a connection is opened; to a statement that writes, beside
# the time for the lock. An index of a million articles takes minutes to be deleted or indexed.
_OPEN_SECONDS, _WRITE_SECONDS = 10.0, 900.0
# psycopg looks for an answer every tenth of a second. More than this of a look is a machine that stood still, which
# the server must not pay for.
_LONGEST_LOOK_SECONDS = 0.2
# Rows per fetch of a stream.
_FETCHED = 500


def parse_url(url: str) -> dict[str, str]:
    """Return the connection parameters of an address, as libpq knows them."""
    try:
        given = conninfo.conninfo_to_dict(f"postgresql://{url.partition('://')[2]}")
    except psycopg.ProgrammingError:
        # psycopg's own message may show all of the address, with its password.
        raise IndexUnavailableError("index.url: is not the address of a PostgreSQL database.") from None
    return _DEFAULTS | {key: str(value) for key, value in given.items() if value is not None}


class _BoundedConnection(psycopg.Connection[Any]):
    """A connection that waits no longer for an answer than ``seconds``.

    A server that is stopped, or behind a proxy that passes nothing on, still confirms what is sent: no
    timeout of TCP ends the wait.
    """

    seconds = _OPEN_SECONDS

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        """Wait for an answer as psycopg does.

        Raise :class:`psycopg.OperationalError` if it is late.
        """
        return super().wait(_limit_wait(gen, self.seconds), *arguments, **options)


def _limit_wait(steps: Generator[Any, Any, Any], seconds: float) -> Generator[Any, Any, Any]:
    """Do what an operation of psycopg does; raise if the server is silent too long."""
    silence, looked = 0.0, time.monotonic()
    try:
        wanted = next(steps)
        while True:
            ready = yield wanted
            now = time.monotonic()
            silence, looked = 0.0 if ready else silence + min(now - looked, _LONGEST_LOOK_SECONDS), now
            if silence > seconds:
                raise psycopg.OperationalError(f"it has not answered within {seconds:g} seconds")
            wanted = steps.send(ready)
    except StopIteration as end:
        return end.value


def open_session(
    parameters: dict[str, str], schema: str, seconds: float = _OPEN_SECONDS, *, for_reading: bool = False
) -> Session:
    """Open a connection that sees one schema, within some seconds.

    Raise :class:`psycopg.Error` if that fails.
    """
    given = parameters["connect_timeout"]
    # What is no number is psycopg's to refuse; for libpq, 0 is no limit.
    wait = min(int(given) if given.isdigit() and int(given) else _OPEN_SECONDS, seconds)
    limit = {"connect_timeout": str(math.ceil(wait))} if given.isdigit() else {}
    connection = _BoundedConnection.connect(
        conninfo.make_conninfo("", **{**parameters, **limit}),
        autocommit=True,
        client_encoding="utf8",
    )
    connection.seconds = wait
    try:
        settings = f"{_SETTINGS}{_FOR_READING if for_reading else ''}"
        connection.execute(sql.SQL(settings).format(sql.Identifier(schema)))
    except psycopg.Error:
        connection.close()
        raise
    return Session(connection)


class SealedSessions:
    """Opens connections to one index, with the seals of what this site writes into it.

    All nodes of a site have the password of the database, and whoever can write its tables need not know
    it. So the key of the seals is made of it. If there is none, the key is in a file.
    """

    seals: Seals

    def __init__(self, parameters: dict[str, str], schema: str, owner: str, key: Path) -> None:
        self._parameters = parameters
        self._schema = schema
        self._owner = owner
        self._key = key
        self._is_ready = False

    def __call__(self, seconds: float = _OPEN_SECONDS, *, for_reading: bool = False) -> Session:
        """Open a connection within some seconds.

        Raise :class:`psycopg.Error` if that fails.
        """
        session = open_session(self._parameters, self._schema, seconds, for_reading=for_reading)
        if not self._is_ready:
            self.seals = Seals(self._make_key(session.password))
            self._is_ready = True
        session.seals = self.seals
        return session

    def _make_key(self, password: str) -> bytes:
        if not password:
            return load_key(self._key)
        return hashlib.sha256(f"{self._schema}\n{self._owner}\n{password}".encode()).digest()


class Session:
    """A connection whose transactions are begun by hand.

    ``birth`` and ``is_filled`` tell which index the last read met, and whether that was ever synced.
    """

    full_text = full_text
    # Of two columns that determine each other, the database expects one article where there are thousands.
    same_article = "article = base.article"

    seals: Seals

    def __init__(self, connection: _BoundedConnection) -> None:
        self.birth = ""
        self.is_filled = False
        # How many rows were added to each table.
        self.inserted: Counter[str] = Counter()
        self._connection = connection
        self._cursor_names = map("stream{}".format, count())
        self._permit: SlowPermit | None = None
        self._has_streamed = False
        self._known_types: dict[str, list[int]] = {}

    @property
    def password(self) -> str:
        """The password with which it was opened, wherever it came from; "" for none."""
        return self._connection.info.password

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction has begun and has not ended."""
        return self._connection.info.transaction_status != pq.TransactionStatus.IDLE

    def begin_reading(self, snapshot: str = "", permit: SlowPermit | None = None) -> None:
        """Begin a transaction that sees one state of the index, a snapshot or the newest.

        With a permit, each statement has the quick time of its limit. One that needs more is run again
        with more time, if the permit can be taken. Until then its slot is free for others.
        """
        share = (f"SET TRANSACTION SNAPSHOT '{snapshot}'",) if snapshot else ()
        # A savepoint, because a statement that was cut off ends all that came after the savepoint, and
        # the snapshot must last. All in one message, because a round trip costs more than a row.
        limit = (_time_out_after(permit.limit.quick), "SAVEPOINT quick") if permit else ()
        self._permit, self._has_streamed = permit, False
        self._connection.seconds = find_step_seconds(permit)
        self.birth, self.is_filled = self._execute_at_once(_READ, *share, _IDENTIFY, *limit) or ("", False)

    def begin_writing(self, lock: str, seconds: int) -> None:
        """Begin a transaction that writes, holding a lock; raise after some seconds."""
        self._connection.seconds = _WRITE_SECONDS + seconds
        self._execute_at_once(
            _WRITE,
            _NO_FLUSH,
            f"SET LOCAL lock_timeout TO '{seconds}s'",
            f"SELECT pg_advisory_xact_lock(hashtextextended('{lock}', 0))",
        )

    def begin_maintenance(self, seconds: int) -> None:
        """Let each statement, outside of transactions, take some seconds and no more."""
        self._connection.seconds = _OPEN_SECONDS + seconds
        self._execute_at_once(f"SET statement_timeout TO '{seconds}s'")

    def export_snapshot(self) -> str:
        """Return the name by which other sessions see this transaction's state."""
        (name,) = self.execute("SELECT pg_export_snapshot()").fetchone()
        return str(name)

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """Execute one statement."""
        query, given = _to_psycopg(statement), _replace_nul(values)
        try:
            return self._connection.execute(query, given, binary=True)
        except errors.QueryCanceled:
            if not self._gain_time():
                raise
        return self._connection.execute(query, given, binary=True)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute one statement with each row of values, without waiting for each answer."""
        if given := list(rows):
            with self._connection.cursor() as cursor:
                cursor.executemany(_to_psycopg(statement), given)

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Add whole rows to a table by ``COPY``."""
        if not rows:
            return
        self.inserted[table] += len(rows)
        types = self._read_types(table)
        # Binary, because as text each byte of an entry would be two.
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy,
        ):
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)

    def stream(self, statement: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield the rows of a statement, fetched as they are asked for.

        Each fetch has the quick time only: a cursor does not outlast the way back to a savepoint.
        """
        self._has_streamed = True
        with closing(self._connection.cursor(next(self._cursor_names), binary=True)) as cursor:
            cursor.itersize = _FETCHED
            yield from cursor.execute(_to_psycopg(statement), values or None)

    def has_notification(self) -> bool:
        """Return whether a notification came since the last call, without waiting for one."""
        return bool(list(self._connection.notifies(timeout=0)))

    def rollback(self) -> None:
        """Roll back whatever is uncommitted."""
        self._connection.rollback()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _gain_time(self) -> bool:
        """Return whether the statement that was cut off may run again, now with more time."""
        permit = self._permit
        if permit is None or permit.is_held or self._has_streamed or not permit.take():
            return False
        self._execute_at_once("ROLLBACK TO SAVEPOINT quick", _time_out_after(permit.limit.most))
        return True

    def _read_types(self, table: str) -> list[int]:
        """Return the types of a table's columns; ask the server for them once."""
        if table not in self._known_types:
            rows = self.execute(_TYPES, (table,))
            self._known_types[table] = [number for (number,) in rows]
        return self._known_types[table]

    def _execute_at_once(self, *statements: str) -> Any:
        """Execute statements in one message; return the first row of the last query."""
        cursor = self._connection.execute(";".join(statements).encode())
        row = None
        while True:
            if cursor.description:
                row = cursor.fetchone()
            if not cursor.nextset():
                return row


class PostgresLeaderLock:
    """A lock in the database, held by one connection. It ends with the connection."""

    def __init__(
        self,
        open_connection: Callable[[], Session],
        name: str,
        translate_errors: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._open_connection = open_connection
        self._name = name
        self._translate_errors = translate_errors
        self._session: Session | None = None
        self._held = False

    def is_held(self) -> bool:
        """Take the lock if it is free; return whether this process holds it.

        Raise :class:`feeds.errors.IndexUnavailableError` if the server is away: then nobody holds the lock.
        """
        with self._translate_errors():
            self._session = self._session or self._open_connection()
            if self._held:
                self._session.execute("SELECT 1")
            else:
                statement = "SELECT pg_try_advisory_lock(hashtextextended(?, 0))"
                (self._held,) = self._session.execute(statement, (self._name,)).fetchone()
            return self._held

    def close(self) -> None:
        """Release the lock."""
        if self._session is not None:
            self._session.close()


def _time_out_after(seconds: float) -> str:
    return f"SET LOCAL statement_timeout TO {max(1, round(seconds * 1000))}"


def _replace_nul(values: Sequence[Any]) -> Sequence[Any] | None:
    """Replace NUL in values: PostgreSQL neither holds nor finds it in text."""
    if any(isinstance(value, str) and "\0" in value for value in values):
        return [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in values]
    return values or None


@lru_cache(maxsize=1024)
def _to_psycopg(statement: str) -> bytes:
    """Write a statement with psycopg's placeholders; it holds no foreign text."""
    return statement.replace("%", "%%").replace("?", "%s").encode()
