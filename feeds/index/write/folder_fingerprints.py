"""Remembers the digests of folders whose files the index knows, so that these need not be compared."""

from __future__ import annotations

from collections.abc import Iterable

from feeds.index.rows import Listing, folder_of
from feeds.index.sql import Connection


def read_known(connection: Connection) -> dict[str, bytes]:
    """The digest of each folder whose files are known just as it says."""
    return dict(connection.execute("SELECT path, digest FROM folders").fetchall())


def find_vanished(connection: Connection, listing: Listing) -> set[str]:
    """The folders of known files that a listing of the whole does not have."""
    # From one folder to the next by the index, past the files in between.
    rows = connection.execute(
        """
        WITH RECURSIVE found(name) AS (
            SELECT min(folder) FROM files
            UNION ALL SELECT (SELECT min(folder) FROM files WHERE folder > name) FROM found WHERE name IS NOT NULL
        )
        SELECT name FROM found WHERE name IS NOT NULL
        """
    )
    return {name for (name,) in rows} - listing.folders.keys() - listing.same


def find_changed(connection: Connection, listing: Listing) -> tuple[str, ...]:
    """The folders of a listing of the whole whose digests are not known."""
    before = read_known(connection)
    return tuple(path for path, (digest, _) in listing.folders.items() if before.get(path) != digest)


def store(connection: Connection, listing: Listing, changed: Iterable[str], *, whole: bool) -> None:
    """Forget the digests of the folders of changed files, and remember those of a listing of the whole."""
    forget(connection, changed)
    if whole:
        rows = [(path, digest, number) for path, (digest, number) in listing.folders.items()]
        connection.executemany(
            "INSERT INTO folders VALUES (?, ?, ?)"
            " ON CONFLICT (path) DO UPDATE SET digest = excluded.digest, files = excluded.files",
            rows,
        )


def forget(connection: Connection, files: Iterable[str]) -> None:
    """Forget the digests of the folders of some files."""
    paths = {folder_of(path) for path in files}
    connection.executemany("DELETE FROM folders WHERE path = ?", [(path,) for path in sorted(paths)])
