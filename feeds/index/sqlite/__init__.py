"""The index in a file of SQLite, which one machine uses."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from sqlite3 import DatabaseError, OperationalError

from feeds.errors import IndexBusyError, StorageError
from feeds.index import migrations, sql
from feeds.index.connection_pool import ConnectionPool
from feeds.index.index import (
    Index,
    LeaderLock,
    SlowPermit,
    TimeLimit,
    find_step_seconds,
    is_damage,
    report_damage,
)
from feeds.index.seals import Seals, load_key
from feeds.index.sqlite.connections import WAIT_SECONDS, SqliteConnection, limit_time, open_connection
from feeds.lib.storage.files import (
    PRIVATE_FILE,
    keep_private,
    make_private_folder,
    refuse_strange,
    try_lock,
    try_lock_if_known,
    wait_for_lock,
)

_WRITER_CACHE_KIB = 16000
_LOCK_STEP = 0.01
# How long to wait for readers of the log. Those that begin meanwhile need it no more.
_ERASE_MILLISECONDS = 1000


class SqliteIndex(Index):
    """The index of one machine, in one file."""

    def __init__(self, path: Path) -> None:
        """Open the index. Raise as :meth:`open` does."""
        self.path = path
        self._seen_version: object = None
        self._file: object = None
        super().__init__(ConnectionPool(self._open_connection, sqlite3.Error))
        self.open()

    def open(self) -> None:
        """Open the index; make a missing one, replace a broken or outdated one.

        Raise :class:`StorageError` if the folder cannot be written.
        """
        path = self.path
        try:
            make_private_folder(path.parent)
        except OSError as error:
            raise StorageError(f"{path.parent}: cannot be made: {error.strerror}.") from None
        refuse_strange(*(path.with_name(path.name + ending) for ending in ("", "-wal", "-shm", "-journal")))
        _refuse_foreign(path)
        self.seals = Seals(load_key(path.with_suffix(".key")))
        with self._lock:
            self._file = None
            self.close()
        try:
            self._make_file()
            judged = _identify(path)
            usable = self._is_usable()
        except OperationalError as error:
            raise _translate(error, path) from None
        except DatabaseError:
            usable = False
        except OSError as error:
            raise StorageError(f"{path}: cannot be written: {error.strerror}.") from None
        if not usable:
            self._replace(judged)
        self._file = _identify(path)

    def recreate(self) -> None:
        """Put an empty index in place of one that is damaged."""
        with self._lock:
            damaged, self._file = self._file, None
        self._replace(damaged)
        self._file = _identify(self.path)

    def is_there(self) -> bool:
        """Return whether the opened file still exists; a cache may be deleted any time."""
        return self._file == _identify(self.path)

    @contextmanager
    def reading(self, time_limit: TimeLimit | SlowPermit | None = None) -> Iterator[SqliteConnection]:
        """Lend a transaction that sees one state of the index, within a time limit."""
        with (
            report_damage(),
            time_limit.permit() if time_limit else nullcontext() as permit,
            self._connections.lend(_begin, find_step_seconds(permit)) as connection,
            limit_time(connection, permit) if permit else nullcontext(),
        ):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[SqliteConnection]:
        """Lend the one transaction that may write; commit it whole or not at all.

        Raise :class:`IndexBusyError` after a minute of waiting for another writer.
        """
        try:
            with report_damage(), closing(self._open_connection()) as connection:
                connection.execute(f"PRAGMA cache_size=-{_WRITER_CACHE_KIB}")
                # Overwrite what is withdrawn: the index keeps nothing of what is not public.
                connection.execute("PRAGMA secure_delete=ON")
                with nullcontext() if is_filled(self.path) else self._writing_in_place(connection):
                    connection.execute("BEGIN IMMEDIATE")
                    yield connection
                    connection.execute("COMMIT")
        except OperationalError as error:
            if is_damage(error):
                raise
            raise _translate(error, self.path) from None

    def has_changed(self) -> bool:
        """Return whether another connection wrote or replaced the index since last time.

        Ask for a number that SQLite keeps in memory. While the file is missing or not filled yet, the
        old one stays open and in use.
        """
        with self._lock:
            if self._file is None:
                # Another thread of this process opens it, or puts a new file into its place.
                return False
            if not self.is_there():
                if not is_filled(self.path):
                    return False
                self.close()
                self._file = _identify(self.path)
            if not self._watching:
                self._watching.append(self._open_connection())
            version = self._watching[0].execute("PRAGMA data_version").fetchone()
            before, self._seen_version = self._seen_version, version
            return self._seen_version != before

    def erase_deleted(self) -> None:
        """Empty the log, which has what was deleted.

        If a reader needs it for longer, the next call does it.
        """
        try:
            if not Path(f"{self.path}-wal").stat().st_size:
                return
        except OSError:
            return
        with suppress(sqlite3.Error), closing(self._open_connection()) as connection:
            connection.execute(f"PRAGMA busy_timeout={_ERASE_MILLISECONDS}")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def leader_lock(self) -> LeaderLock:
        """Return the lock of a file beside the index."""
        return SqliteLeaderLock(self.path.with_suffix(".lock"))

    def close(self) -> None:
        """Close the idle connections now, and those in use when they come back."""
        with self._lock:
            super().close()
            self._seen_version = None

    @contextmanager
    def _writing_in_place(self, connection: SqliteConnection) -> Iterator[None]:
        """Write what fills an empty index into the file, not into a log to be copied.

        Nobody reads an index that is not filled, so nobody has to wait. If another connection has it
        open all the same, the log is used.
        """
        self._connections.close_idle()
        connection.execute("PRAGMA busy_timeout=0")
        with suppress(OperationalError):
            connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute(f"PRAGMA busy_timeout={WAIT_SECONDS * 1000}")
        yield
        # If another connection has it open by now, the next one does this.
        with suppress(OperationalError):
            connection.execute("PRAGMA journal_mode=WAL")

    def _open_connection(self, seconds: float = WAIT_SECONDS) -> SqliteConnection:
        """Open a connection; raise while another process replaces the index.

        It would look empty.
        """
        if self._file is not None and not self.is_there() and not is_filled(self.path):
            raise OperationalError("the index is being rebuilt")
        return open_connection(self.path, self.seals, seconds)

    def _read_version(self) -> str | None:
        with self.reading() as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            return sql.get_meta(connection, "version") if "meta" in tables else None

    def _is_usable(self) -> bool:
        version = self._read_version()
        if version is None:
            # The file is new. Other processes that found it so may use it by now: it stays in its place.
            self._make_tables()
            version = self._read_version()
        return version == str(migrations.SQLITE_VERSION)

    def _replace(self, judged: object) -> None:
        """Put an empty index in place of the judged file, unless another process did."""
        self.close()
        with suppress(FileNotFoundError), self.path.open("rb") as file:
            wait_for_lock(partial(try_lock_if_known, file.fileno()), step=_LOCK_STEP, seconds=WAIT_SECONDS)
            if _identify(self.path) == judged:
                for path in self._list_files():
                    path.unlink(missing_ok=True)
                # Made before the old file is closed, so that it cannot get the same number.
                self._make_file()
        self._make_file()
        self._make_tables()

    def _make_tables(self) -> None:
        with self.writing() as connection:
            # Another process may have made them while this one waited for the lock.
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                return
            for migration in migrations.MIGRATIONS:
                for statement in (*migration.both, *migration.sqlite):
                    connection.execute(statement)
            sql.begin_index(connection, migrations.SQLITE_VERSION)

    def _make_file(self) -> None:
        """Make a missing file, which nobody else may read.

        SQLite gives its log the same permissions.
        """
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE))
        for path in self._list_files():
            keep_private(path)

    def _list_files(self) -> list[Path]:
        """Return the paths of the file and of its log."""
        return [Path(f"{self.path}{suffix}") for suffix in ("", "-wal", "-shm")]


def _begin(connection: SqliteConnection) -> None:
    connection.execute("BEGIN")


def _refuse_foreign(path: Path) -> None:
    """Raise if a file is the database of another program. Look at it without a write."""
    if not path.is_file():
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    except sqlite3.DatabaseError:
        return
    if tables and not {"meta", "files", "articles"} <= tables:
        raise StorageError(f"{path}: is another program's database. Choose another index.path.")


def _identify(path: Path) -> object:
    """Return what tells a file from another at its path, None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def is_filled(path: Path) -> bool:
    """Return whether a file holds an index that has been synced."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            values = dict(connection.execute("SELECT key, value FROM meta"))
    except sqlite3.DatabaseError:
        return False
    return values.get("version") == str(migrations.SQLITE_VERSION) and "site" in values


def _translate(error: OperationalError, path: Path) -> Exception:
    text = str(error)
    if "locked" in text or "busy" in text:
        return IndexBusyError(f"{path}: another process is writing the index; try again when it is done.")
    return StorageError(f"{path}: the index cannot be used: {text}.")


class SqliteLeaderLock:
    """A lock on a file; the system releases it when the process ends."""

    def __init__(self, path: Path) -> None:
        refuse_strange(path)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        keep_private(path)

    def is_held(self) -> bool:
        """Take the lock if it is free; return whether this process holds it."""
        return try_lock(self._descriptor)

    def close(self) -> None:
        """Release the lock."""
        os.close(self._descriptor)
