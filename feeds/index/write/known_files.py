"""Reads what the index knows of files and folders before a sync writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from feeds.index.rows import Listing, find_folder
from feeds.index.sql import Connection, make_chunks, make_decoder, placeholders
from feeds.index.stored_articles import open_article
from feeds.model import Article, FileState, Problem

_decode_problems = make_decoder(tuple[Problem, ...])


class KnownFile(NamedTuple):
    """A file as the index knows it.

    ``since`` is when its published version was read, in seconds. ``is_published``: there is one.
    """

    state: FileState
    hash: bytes
    since: int | None
    visibility: bytes
    problems: tuple[Problem, ...]
    is_published: bool


def read_known_files(connection: Connection, paths: Sequence[str]) -> dict[str, KnownFile]:
    """Return what the index knows of some files, by path."""
    found: dict[str, KnownFile] = {}
    for chunk in make_chunks(paths):
        rows = connection.execute(
            "SELECT files.path, state, hash, since, visibility, problems, articles.path IS NOT NULL FROM files"
            f" LEFT JOIN articles ON articles.path = files.path WHERE files.path IN {placeholders(len(chunk))}",
            chunk,
        )
        for path, state, file_hash, since, visibility, problems, is_published in rows:
            found[path] = KnownFile(
                state,
                file_hash,
                since,
                visibility or b"",
                _decode_problems(problems) if problems else (),
                bool(is_published),
            )
    return found


def read_articles(connection: Connection, paths: Sequence[str]) -> list[Article]:
    """Return the articles of some files, without those of another code's form."""
    found = []
    for chunk in make_chunks(paths):
        rows = connection.execute(
            f"SELECT article, seal FROM articles WHERE path IN {placeholders(len(chunk))} ORDER BY path",
            chunk,
        )
        for body, seal in rows:
            try:
                found.append(open_article(connection, body, seal))
            except msgspec.ValidationError:
                continue
    return found


def read_known_folders(connection: Connection) -> dict[str, bytes]:
    """Return the fingerprints of folders whose files the index knows as they are."""
    return dict(connection.execute("SELECT path, digest FROM folders").fetchall())


def find_vanished_folders(connection: Connection, listing: Listing) -> set[str]:
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


def find_changed_folders(connection: Connection, listing: Listing) -> tuple[str, ...]:
    """Find the folders of a full listing whose fingerprints are not the known ones."""
    before = read_known_folders(connection)
    return tuple(
        path for path, (fingerprint, _) in listing.folders.items() if before.get(path) != fingerprint
    )


def store_folders(connection: Connection, listing: Listing, changed: Iterable[str], *, whole: bool) -> None:
    """Forget fingerprints of folders with changed files; store those of a listing."""
    forget_folders(connection, changed)
    if whole:
        rows = [(path, fingerprint, number) for path, (fingerprint, number) in listing.folders.items()]
        connection.executemany(
            "INSERT INTO folders VALUES (?, ?, ?)"
            " ON CONFLICT (path) DO UPDATE SET digest = excluded.digest, files = excluded.files",
            rows,
        )


def forget_folders(connection: Connection, files: Iterable[str]) -> None:
    """Forget the fingerprints of the folders of some files."""
    paths = {find_folder(path) for path in files}
    connection.executemany("DELETE FROM folders WHERE path = ?", [(path,) for path in sorted(paths)])
