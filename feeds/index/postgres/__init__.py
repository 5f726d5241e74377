"""The index in a schema of a PostgreSQL database, which several machines share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from functools import partial

import psycopg

from feeds.errors import IndexFaultError, IndexLostError, StorageError
from feeds.index import meta
from feeds.index.connection_pool import ConnectionPool, close_each
from feeds.index.index import Index
from feeds.index.migrations import VERSION
from feeds.index.postgres import migrate
from feeds.index.postgres.connections import opened, parameters
from feeds.index.postgres.errors import ErrorTranslator
from feeds.index.postgres.session import PostgresLeaderLock, Session, limit
from feeds.index.time_limit import TimeLimit

_WAIT_SECONDS = 60
# So many new rows may make another way of finding them the quicker one.
_WORTH_COUNTING = 1000
# A database that is away is asked for this often at most.
_RETRY_SECONDS = 1.0


class PostgresIndex(Index):
    """An index that any number of machines read, and one at a time writes."""

    def __init__(self, url: str, schema: str, owner: str) -> None:
        """Open the index as :meth:`open` does, for the site of an id. Raises as that does."""
        self._schema = schema
        self._owner = owner
        self._translate_errors = ErrorTranslator(url)
        self._opened = partial(opened, parameters(url), schema)
        self._channel = f"feeds:{schema}"
        self._birth: str | None = None
        self._retry = 0.0
        # The name of a state that processes share, while they do.
        self._shared = ""
        super().__init__(ConnectionPool(self._opened, self._begin, psycopg.Error))
        self.open()

    def open(self) -> None:
        """Open the index, making its tables where they are missing, or what older ones lack.

        Raises :class:`StorageError` where the database cannot be used, or the tables are not this site's.
        """
        with self._translate_errors(), closing(self._opened()) as session:
            known = self._version(session)
        if known != VERSION:
            with self.writing() as session:
                # Another process may have made them while this one waited.
                known = self._version(session)
                if known != VERSION:
                    migrate.migrate_tables(session, self._schema, known, self._owner)
        with self._translate_errors(), closing(self._opened()) as session:
            values = meta.get_all_meta(session)
        self._birth = values.get("birth")
        self._refuse_foreign(values.get("owner"))

    def recreate(self) -> None:
        """Make all tables anew, in one transaction."""
        with self.writing() as session:
            migrate.drop_tables(session)
            migrate.migrate_tables(session, self._schema, None, self._owner)
        self.open()

    def is_there(self) -> bool:
        """Whether the tables are still those that were opened."""
        try:
            with self.reading():
                return True
        except IndexLostError:
            return False

    @contextmanager
    def reading(self, time_limit: TimeLimit | None = None) -> Iterator[Session]:
        """A transaction that sees one state of the index throughout, with as much time as there is patience.

        Raises :class:`IndexFaultError` where the database cannot be read.
        """
        with (
            self._translate_errors(),
            self._connections.lend() as session,
            limit(time_limit, session) if time_limit else nullcontext(),
        ):
            self._recognise(session)
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """The one transaction that may write; committed whole or not at all.

        Raises :class:`feeds.errors.IndexBusyError` after a minute of waiting for another writer.
        """
        with self._translate_errors(), closing(self._opened()) as session:
            session.begin_alone(self._lock_name("sync"), _WAIT_SECONDS)
            yield session
            if session.inserted > _WORTH_COUNTING:
                migrate.analyse_tables(session)
            session.execute("SELECT pg_notify(?, '')", (self._channel,))
            session.execute("COMMIT")

    def has_changed(self) -> bool:
        """Whether anything was written since the last call, or the index was made anew.

        Looks at what the server has sent, and asks it nothing. Raises :class:`IndexFaultError` while the
        server is away.
        """
        with self._lock:
            if time.monotonic() < self._retry:
                return False
            try:
                with self._translate_errors():
                    return self._heard()
            except IndexFaultError:
                self._retry = time.monotonic() + _RETRY_SECONDS
                self._stop_listening()
                raise

    @contextmanager
    def sharing(self) -> Iterator[None]:
        """Have the processes that are forked meanwhile read one state of the index."""
        with self._translate_errors(), closing(self._opened()) as session:
            session.begin()
            self._shared = session.exported()
            try:
                yield
            finally:
                self._shared = ""

    def leader_lock(self) -> PostgresLeaderLock:
        """A lock in the database, for one process of all machines."""
        return PostgresLeaderLock(self._opened, self._lock_name("keep"), self._translate_errors)

    def _refuse_foreign(self, owner: str | None) -> None:
        """Leave the index of another site alone: either would publish the other's articles."""
        if owner != self._owner:
            raise StorageError(
                f'{self._translate_errors.place}: the schema "{self._schema}" holds the index of {owner}.'
                " Choose another index.schema; if the site has moved, set site.id to that, or drop the schema."
            )

    def _version(self, session: Session) -> int | None:
        return migrate.read_version(session, self._schema, self._translate_errors.place)

    def _lock_name(self, name: str) -> str:
        return f"feeds {name} {self._schema}"

    def _heard(self) -> bool:
        """Whether the server told of a sync since the last call; a new connection may have missed some."""
        if self._watching:
            return bool(self._watching[0].heard())
        session = self._opened()
        self._watching.append(session)
        session.execute(f'LISTEN "{self._channel}"')
        return True

    def _begin(self, session: Session) -> None:
        session.begin(self._shared)

    def _recognise(self, session: Session) -> None:
        """Look at an index that was made anew only when it is filled: before, it seems empty."""
        if session.birth != self._birth:
            if not session.is_filled:
                raise IndexFaultError(f"{self._translate_errors.place}: the index is being made anew.")
            self._birth = session.birth

    def _stop_listening(self) -> None:
        close_each(self._watching)


def is_filled(url: str, schema: str) -> bool:
    """Whether there is an index of ours that has been synced."""
    explained = ErrorTranslator(url)
    try:
        with explained(), closing(opened(parameters(url), schema)) as session:
            version = migrate.read_version(session, schema, explained.place)
            return version == VERSION and meta.get_meta(session, "site") is not None
    except IndexFaultError:
        return False
