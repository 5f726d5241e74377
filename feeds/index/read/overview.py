"""Reads what the index knows of itself, its channels and its files.

Each function works inside the caller's transaction.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, cast

from feeds.errors import IndexDamagedError
from feeds.index.migrations import LISTED_WHEN_EMPTY
from feeds.index.sql import Connection, get_all_meta, get_meta, make_chunks, make_decoder, placeholders
from feeds.lib.text.plain import has_unwanted
from feeds.model import FileState, Kind, Problem, ReportedState
from feeds.paths import is_channel_name

_problems = make_decoder(tuple[Problem, ...])
_HELD_BACK: tuple[ReportedState, ...] = ("unpublished", "removed", "future", "shadowed")


class ChannelRow(NamedTuple):
    """A channel as the index knows it; ``label`` is its name's usual spelling.

    ``emptied`` is when its last article left it, None while it has one. ``oldest`` is when the oldest article
    was published that it has or, while it is empty, had.
    """

    key: int
    kind: Kind
    name: str
    label: str
    articles: int
    newest: datetime | None
    changed: datetime
    generation: int
    emptied: datetime | None
    oldest: datetime | None

    @property
    def is_listed(self) -> bool:
        """Whether lists name it: not if it was empty for long when a sync touched it.

        A sync touches it when that time has come, since a clock would make documents differ.
        """
        return self.emptied is None or self.changed - self.emptied < LISTED_WHEN_EMPTY


class FileRow(NamedTuple):
    """A file as it was read: path, state, size in bytes, and the hash of its bytes."""

    path: str
    state: FileState
    size: int
    hash: bytes


class FaultyFiles(NamedTuple):
    """The number of faulty files: ``kept`` with a published good version, ``missing``.

    The missing ones have none.
    """

    kept: int
    missing: int


class State(NamedTuple):
    """A state of the index.

    ``generation`` is its number, ``token`` the random name that no other state has. ``site_changed`` is
    when the documents last changed for another reason than an article, ``searched`` how far the search
    has come. ``birth`` is the name of the index: one that is rebuilt counts from the beginning again.
    ``doubtful_until`` is the latest date that a wrong clock gave out.
    """

    generation: int
    token: str
    site_changed: datetime
    searched: int
    birth: str
    doubtful_until: datetime


def read_state(connection: Connection) -> State:
    """Return the state of the index that this transaction sees."""
    known = get_all_meta(connection)
    generation = int(known.get("generation", 0))
    return State(
        generation,
        read_token(connection, generation) or "",
        to_datetime(int(known.get("site_changed", 0))),
        int(known.get("searched", -1)),
        known.get("birth", ""),
        to_datetime(int(known.get("doubtful_until", 0))),
    )


def read_token(connection: Connection, generation: int) -> str | None:
    """Return the token of a generation, None if it is not known."""
    row = connection.execute("SELECT token FROM generations WHERE generation = ?", (generation,)).fetchone()
    return None if row is None else str(row[0])


def has_been(connection: Connection, generation: int, token: str) -> bool:
    """Return whether the index was in this state before.

    Not so after a failover to an older state, or with a restored copy: the numbers then count again, with other
    contents.
    """
    return read_token(connection, generation) == token


def read_fingerprints(connection: Connection) -> tuple[str | None, str | None]:
    """Return the fingerprints of work and site with which the index was last synced."""
    return get_meta(connection, "work"), get_meta(connection, "site")


def read_sync_time(connection: Connection) -> datetime | None:
    """Return when the last sync was done, None if none was.

    It is to the minute if it changed nothing.
    """
    seconds = get_meta(connection, "synced")
    return None if seconds is None else to_datetime(int(seconds))


def read_channels(connection: Connection) -> list[ChannelRow]:
    """Return every channel that has or had an article, by kind and name."""
    return _read_channels(connection, count_channels(connection)[1], -1)


def read_changed_channels(connection: Connection, since: int, most: int) -> list[ChannelRow]:
    """Return the channels that changed after a generation.

    None has more than ``most`` articles.
    """
    return _read_channels(connection, most, since)


def count_channels(connection: Connection) -> tuple[int, int]:
    """Return how many rows of channels there are, and the most articles of any."""
    (number,) = connection.execute("SELECT count(*) FROM channels").fetchone()
    (most,) = connection.execute("SELECT max(key) FROM articles").fetchone()
    return int(number), most or 0


def _read_channels(connection: Connection, most: int, since: int) -> list[ChannelRow]:
    """Read rows. Raise :class:`IndexDamagedError` if one is none that we write."""
    rows = connection.execute(
        "SELECT key, kind, name, label, count, newest, changed, generation, emptied, oldest FROM channels"
        " WHERE generation > ? ORDER BY kind, name",
        (since,),
    )
    try:
        return [_read_channel(row, most) for row in rows]
    except (TypeError, ValueError, OverflowError, OSError):
        raise IndexDamagedError from None


def _read_channel(row: tuple[Any, ...], most: int) -> ChannelRow:
    """Return a row with its times; raise if it is none of ours: paths are made of it.

    No channel has more than ``most`` articles: a freeze makes as many documents as their number asks for.
    """
    key, kind, name, label, articles, newest, changed, generation, emptied, oldest = row
    if not is_channel_name(kind, name) or has_unwanted(label):
        raise IndexDamagedError
    if not 0 <= articles <= most:
        raise IndexDamagedError
    return ChannelRow(
        key,
        cast("Kind", kind),
        name,
        label,
        operator.index(articles),
        None if newest is None else to_datetime(newest),
        to_datetime(changed),
        operator.index(generation),
        None if emptied is None else to_datetime(emptied),
        None if oldest is None else to_datetime(oldest),
    )


def read_problems(connection: Connection) -> Iterator[Problem]:
    """Yield the problems of all files, by path."""
    rows = connection.execute("SELECT problems FROM files WHERE problems IS NOT NULL ORDER BY path")
    for (body,) in rows:
        yield from _problems(body)


def count_file_states(connection: Connection) -> dict[ReportedState, int]:
    """Count the files in each state, and those that are shadowed.

    A shadowed file is one whose id another file has too. It is not counted as public. A faulty file
    is counted as faulty alone, even if its last good version is shadowed.
    """
    counts: dict[ReportedState, int] = dict(
        connection.execute("SELECT state, count(*) FROM files GROUP BY state").fetchall()
    )
    (shadowed,) = connection.execute(
        "SELECT count(*) FROM articles JOIN files ON files.path = articles.path"
        " WHERE shown = 0 AND state = 'public'"
    ).fetchone()
    counts["public"] = counts.get("public", 0) - shadowed
    return {**counts, "shadowed": shadowed}


def count_faulty_files(connection: Connection) -> FaultyFiles:
    """Count the faulty files with and without a good version that stays published."""
    (kept, missing) = connection.execute(
        "SELECT count(since), count(*) - count(since) FROM files WHERE state = 'faulty'"
    ).fetchone()
    return FaultyFiles(kept, missing)


def count_articles(connection: Connection) -> dict[ReportedState, int]:
    """Count the public articles, and those held back for each reason.

    A faulty file whose last good version is published holds nothing back.
    """
    counts, faulty = count_file_states(connection), count_faulty_files(connection)
    held_back = {name: counts.get(name, 0) for name in _HELD_BACK}
    return {"public": counts.get("public", 0) + faulty.kept, **held_back, "faulty": faulty.missing}


def count_published(connection: Connection) -> int:
    """Count the articles that readers get."""
    row = connection.execute("SELECT count FROM channels WHERE kind = 'all'").fetchone()
    return row[0] if row else 0


def find_files(connection: Connection, states: Sequence[FileState], limit: int) -> list[FileRow]:
    """Find files that are in one of some states, the last changed first."""
    rows = connection.execute(
        f"SELECT path, state, size, hash FROM files WHERE state IN {placeholders(len(states))}"
        " ORDER BY mtime > 0, mtime DESC, path LIMIT ?",
        (*states, limit),
    )
    return list(map(FileRow._make, rows))


def has_file(connection: Connection, path: str) -> bool:
    """Return whether there is a file at a path or below it; "" is the whole folder."""
    if not path:
        return True
    # In the order of code points, "0" follows "/".
    statement = "SELECT 1 FROM files WHERE path = ? OR (path > ? AND path < ?) LIMIT 1"
    return connection.execute(statement, (path, f"{path}/", f"{path}0")).fetchone() is not None


def find_known_paths(connection: Connection, paths: Sequence[str]) -> set[str]:
    """Find which of some files are still there."""
    found: set[str] = set()
    for chunk in make_chunks(paths):
        rows = connection.execute(f"SELECT path FROM files WHERE path IN {placeholders(len(chunk))}", chunk)
        found.update(path for (path,) in rows)
    return found


def find_shadowed_files(connection: Connection) -> list[tuple[str, str, str]]:
    """Find files whose id another file has too: path, the path that is shown, the URL."""
    # Sorted here: to sort these by path, a database would go through all articles.
    return sorted(
        connection.execute(
            """
            SELECT hidden.path, seen.path, hidden.url FROM articles AS hidden
            JOIN articles AS seen ON seen.id = hidden.id AND seen.shown = 1
            WHERE hidden.shown = 0
            """
        )
    )


def find_shared_links(connection: Connection) -> list[list[str]]:
    """Find the paths of shown articles that share a link though their ids differ."""
    rows = connection.execute(
        """
        SELECT url, path FROM articles
        WHERE shown = 1 AND url != '' AND url IN (SELECT url FROM articles GROUP BY url HAVING count(*) > 1)
        ORDER BY url, path
        """
    )
    groups = [[path for _, path in group] for _, group in groupby(rows, key=itemgetter(0))]
    return [paths for paths in groups if len(paths) > 1]


def find_member_path(connection: Connection, key: int) -> str:
    """Return the path of one file of a channel: the first by path."""
    (path,) = connection.execute(
        "SELECT min(path) FROM articles JOIN members ON members.article = articles.key WHERE channel = ?",
        (key,),
    ).fetchone()
    return path or ""


def to_datetime(seconds: int) -> datetime:
    """Turn seconds since 1970, as the index keeps them, into a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)
