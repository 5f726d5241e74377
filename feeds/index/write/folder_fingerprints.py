"""Remembers the fingerprints of folders, so that the files of an unchanged folder need not be compared."""

from __future__ import annotations

from collections.abc import Iterable

from feeds.index.rows import Listing, folder_of
from feeds.index.sql import Connection


def read_known(connection: Connection) -> dict[str, bytes]:
    """Return the fingerprint of each folder whose files the index knows with just the stamps it stands for."""
    return dict(connection.execute("SELECT path, digest FROM folders").fetchall())


def find_vanished(connection: Connection, listing: Listing) -> set[str]:
    """Find the folders of known files that a listing of everything does not have."""
    # The index leads from one folder to the next, past the files in between.
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
    """Find the folders of a listing of everything whose fingerprints are not the known ones."""
    before = read_known(connection)
    return tuple(
        path for path, (fingerprint, _) in listing.folders.items() if before.get(path) != fingerprint
    )


def store(connection: Connection, listing: Listing, changed: Iterable[str], *, whole: bool) -> None:
    """Forget the fingerprints of folders with changed files; store those of a listing of everything."""
    forget(connection, changed)
    if whole:
        rows = [(path, fingerprint, number) for path, (fingerprint, number) in listing.folders.items()]
        connection.executemany(
            "INSERT INTO folders VALUES (?, ?, ?)"
            " ON CONFLICT (path) DO UPDATE SET digest = excluded.digest, files = excluded.files",
            rows,
        )


def forget(connection: Connection, files: Iterable[str]) -> None:
    """Forget the fingerprints of the folders of some files."""
    paths = {folder_of(path) for path in files}
    connection.executemany("DELETE FROM folders WHERE path = ?", [(path,) for path in sorted(paths)])
