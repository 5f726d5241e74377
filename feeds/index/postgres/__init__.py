"""The index in a schema of a PostgreSQL database, which several machines share."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path

import psycopg

from feeds.errors import IndexLostError, IndexUnavailableError, StorageError
from feeds.index import sql
from feeds.index.connection_pool import ConnectionPool, close_each
from feeds.index.index import Index, SlowPermit, TimeLimit, find_step_seconds, report_damage
from feeds.index.migrations import VERSION
from feeds.index.postgres import migrate
from feeds.index.postgres.errors import ErrorTranslator
from feeds.index.postgres.session import PostgresLeaderLock, SealedSessions, Session, open_session, parse_url

_WAIT_SECONDS = 60
# With fewer new rows than this, any plan of a query is quick.
_WORTH_ANALYSING = 1000
# While the server is away, ask for it once per interval at most.
_RETRY_SECONDS = 1.0


class PostgresIndex(Index):
    """An index that any number of machines read, and one at a time writes."""

    def __init__(self, url: str, schema: str, owner: str, key: Path) -> None:
        """Open the index of the site with the id ``owner``. Raise as :meth:`open` does.

        ``key`` is the file with the key of the seals, if there is no password that they can be made of.
        """
        self._schema = schema
        self._owner = owner
        self._translate_errors = ErrorTranslator(url)
        self._open_session = SealedSessions(parse_url(url), schema, owner, key)
        self._channel = f"feeds:{schema}"
        self._birth: str | None = None
        self._retry = 0.0
        # While processes share one state: the snapshot by which they see it.
        self._snapshot = ""
        # How many rows each table got since its statistics were updated.
        self._grown: Counter[str] = Counter()
        super().__init__(ConnectionPool(partial(self._open_session, for_reading=True), psycopg.Error))
        self.open()

    def open(self) -> None:
        """Open the index; make its tables, or bring older ones up to date.

        Raise :class:`StorageError` if the database cannot be used, or the tables are another site's.
        """
        with self._translate_errors(), closing(self._open_session()) as session:
            known = self._read_version(session)
        if known != VERSION:
            with self.writing() as session:
                # Another process may have made them while this one waited for the lock.
                known = self._read_version(session)
                if known != VERSION:
                    migrate.migrate_tables(session, self._schema, known, self._owner)
        with self._translate_errors(), closing(self._open_session()) as session:
            values = sql.get_all_meta(session)
        self._birth = values.get("birth")
        self.seals = self._open_session.seals
        self._refuse_foreign(values.get("owner"))

    def recreate(self) -> None:
        """Replace all tables by empty ones, in one transaction."""
        with self.writing() as session:
            migrate.drop_tables(session)
            migrate.migrate_tables(session, self._schema, None, self._owner)
        self.open()

    def is_there(self) -> bool:
        """Return whether the tables still exist."""
        try:
            with self.reading():
                return True
        except IndexLostError:
            return False

    @contextmanager
    def reading(self, time_limit: TimeLimit | SlowPermit | None = None) -> Iterator[Session]:
        """Lend a transaction that sees one state of the index, within a time limit.

        Raise :class:`IndexUnavailableError` if the database cannot be read.
        """
        with (
            report_damage(),
            self._translate_errors(),
            time_limit.permit() if time_limit else nullcontext() as permit,
            self._connections.lend(partial(self._begin, permit), find_step_seconds(permit)) as session,
        ):
            self._recognise(session)
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Lend the one transaction that may write; commit it whole or not at all.

        Raise :class:`feeds.errors.IndexBusyError` after a minute of waiting for another writer.
        """
        with report_damage(), self._translate_errors(), closing(self._open_session()) as session:
            session.begin_writing(self._lock_name("sync"), _WAIT_SECONDS)
            yield session
            session.execute("SELECT pg_notify(?, '')", (self._channel,))
            session.execute("COMMIT")
            self._grown.update(session.inserted)

    def update_statistics(self) -> None:
        """Update what PostgreSQL knows of tables that grew much since the last call.

        Do so outside of a transaction that writes, so that nobody waits for it. Without it, queries are slower for a
        while: no error is raised.
        """
        grown = {
            table: self._grown.pop(table)
            for table, rows in [*self._grown.items()]
            if rows >= _WORTH_ANALYSING
        }
        if grown:
            with suppress(psycopg.Error), closing(self._open_session()) as session:
                session.begin_maintenance(_WAIT_SECONDS)
                migrate.look_at_grown_tables(session, grown)

    def has_changed(self) -> bool:
        """Return whether the index was written or replaced since the last call.

        Look at what the server has sent, and ask it nothing. Raise :class:`IndexUnavailableError` while the
        server is away.
        """
        with self._lock:
            if time.monotonic() < self._retry:
                return False
            try:
                with self._translate_errors():
                    return self._has_notification()
            except IndexUnavailableError:
                self._retry = time.monotonic() + _RETRY_SECONDS
                self._stop_listening()
                raise

    @contextmanager
    def sharing(self) -> Iterator[None]:
        """Let processes that are forked inside the context read one state of the index."""
        with self._translate_errors(), closing(self._open_session()) as session:
            session.begin_reading()
            self._snapshot = session.export_snapshot()
            try:
                yield
            finally:
                self._snapshot = ""

    def leader_lock(self) -> PostgresLeaderLock:
        """Return a lock in the database, which one process of all machines can hold."""
        return PostgresLeaderLock(self._open_session, self._lock_name("keep"), self._translate_errors)

    def _refuse_foreign(self, owner: str | None) -> None:
        """Raise if the index is another site's: each would publish the other's articles."""
        if owner != self._owner:
            raise StorageError(
                f'{self._translate_errors.place}: the schema "{self._schema}" holds the index of {owner}.'
                " Choose another index.schema; if the site has moved, set site.id to that, or drop the schema."
            )

    def _read_version(self, session: Session) -> int | None:
        return migrate.read_version(session, self._schema, self._translate_errors.place)

    def _lock_name(self, name: str) -> str:
        return f"feeds {name} {self._schema}"

    def _has_notification(self) -> bool:
        """Return whether the server told of a sync; True for a new connection.

        That one may have missed a notification.
        """
        if self._watching:
            return bool(self._watching[0].has_notification())
        session = self._open_session()
        self._watching.append(session)
        session.execute(f'LISTEN "{self._channel}"')
        return True

    def _begin(self, permit: SlowPermit | None, session: Session) -> None:
        session.begin_reading(self._snapshot, permit)

    def _recognise(self, session: Session) -> None:
        """Raise if the index was replaced and is not filled yet: it would look empty."""
        if session.birth != self._birth:
            if not session.is_filled:
                raise IndexUnavailableError(f"{self._translate_errors.place}: the index is being rebuilt.")
            self._birth = session.birth

    def _stop_listening(self) -> None:
        close_each(self._watching)


def is_filled(url: str, schema: str) -> bool:
    """Return whether the schema holds an index that has been synced."""
    translate_errors = ErrorTranslator(url)
    try:
        with translate_errors(), closing(open_session(parse_url(url), schema)) as session:
            version = migrate.read_version(session, schema, translate_errors.place)
            return version == VERSION and sql.get_meta(session, "site") is not None
    except IndexUnavailableError:
        return False
