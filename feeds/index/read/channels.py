"""Reads the articles and entries of channels, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from feeds.config.schema import FormatName
from feeds.errors import IndexDamagedError
from feeds.index.migrations import CAME, EDITED, LEFT
from feeds.index.read.overview import to_datetime
from feeds.index.sql import Connection, make_chunks, placeholders
from feeds.index.stored_articles import is_sound, open_article, open_articles
from feeds.model import DIGEST_PATH, Article, Tombstone

_MEMBERS = "FROM members JOIN articles ON articles.key = members.article"
_ARTICLES = (
    f"SELECT articles.article, seal {_MEMBERS}"
    " WHERE channel = ? AND (age, members.id) >= (?, ?) ORDER BY age, members.id LIMIT ?"
)
# By quality, then heat, then newness.
_BEST_FIRST = "ORDER BY coalesce(best.quality, 0) DESC, coalesce(best.heat, 0) DESC, best.age, best.id"
_BEST = f"(SELECT * FROM members AS best WHERE channel = ? AND age < ? {_BEST_FIRST} LIMIT ?) AS best"
_EVER = 2**62


class EntryRow(NamedTuple):
    """An entry of a channel: its ``age``, its article's key, and the rendered entry.

    The age is its place in the channel. ``updated`` is when the article was updated, in seconds since 1970.
    It is None, as is ``body``, if the index does not keep the entry.
    """

    age: int
    article: int
    updated: int | None
    body: bytes | None


class Rank(NamedTuple):
    """A place in a channel where something changed, counted from the oldest article.

    ``first`` articles are older, ``last`` are not newer. If ``moved``, an article came or went there, and
    all newer ones have another place.
    """

    first: int
    last: int
    moved: bool


class News(NamedTuple):
    """The ages of edited articles, and the oldest age at which one came or went."""

    edited: frozenset[int]
    came: int | None

    def has(self, age: int) -> bool:
        """Return whether an article may be new or changed; all newer than a new one may."""
        return age in self.edited or (self.came is not None and age <= self.came)


class Offset(NamedTuple):
    """The place of an article in any channel: newest first, ties by id."""

    age: int
    id: str


# Before the place of any article.
NEWEST = Offset(-(2**62), "")


class Offsets:
    """Finds places in one channel after another, inside one transaction.

    To skip a hundred thousand articles for each document of a long archive would take hours.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._key = 0
        self._known: dict[int, Offset] = {}
        self._last = 0

    def find(self, key: int, skip: int) -> Offset | None:
        """Return the place of the first article after N of a channel, None without one."""
        if not skip:
            return NEWEST
        if key != self._key:
            self._key, self._known, self._last = key, {}, 0
        if skip not in self._known:
            found = self._search(skip)
            if found is None:
                return None
            self._known[skip] = found
        self._last = skip
        return self._known[skip]

    def _search(self, skip: int) -> Offset | None:
        near = self._known.get(self._last)
        if near is not None and skip < self._last and self._last - skip < skip:
            return self._read_row(
                "AND (age, id) < (?, ?) ORDER BY age DESC, id DESC", near, self._last - skip - 1
            )
        if near is not None and skip > self._last:
            return self._read_row("AND (age, id) > (?, ?) ORDER BY age, id", near, skip - self._last - 1)
        return self._read_row("ORDER BY age, id", (), skip)

    def _read_row(self, order: str, values: tuple[()] | Offset, skip: int) -> Offset | None:
        row = self._connection.execute(
            f"SELECT age, id FROM members WHERE channel = ? {order} LIMIT 1 OFFSET ?",
            (self._key, *values, skip),
        ).fetchone()
        return None if row is None else Offset(*row)


def find_sound_entries(connection: Connection, name: FormatName, rows: Sequence[EntryRow]) -> list[int]:
    """Find the articles whose entries are as they were stored; render all others.

    Raise :class:`feeds.errors.IndexDamagedError` if this site stored an entry otherwise.
    """
    if not all(isinstance(row.updated, int) for row in rows):
        raise IndexDamagedError
    seals: dict[int, bytes] = {}
    for chunk in make_chunks([row.article for row in rows]):
        seals.update(
            connection.execute(
                f"SELECT article, {name} FROM seals WHERE article IN {placeholders(len(chunk))}", chunk
            ).fetchall()
        )
    return [row.article for row in rows if is_sound(connection, name, row.body, seals.get(row.article))]


def read_channel_entries(
    connection: Connection, key: int, name: FormatName, start: Offset, take: int
) -> list[EntryRow]:
    """Read N entries of a channel in one format and in order, from a place on."""
    rows = connection.execute(
        f"SELECT age, article, updated, {name} FROM members LEFT JOIN entries USING (article)"
        " WHERE channel = ? AND (age, id) >= (?, ?) ORDER BY age, id LIMIT ?",
        (key, *start, take),
    )
    return list(map(EntryRow._make, rows))


def read_shown_articles(connection: Connection) -> Iterator[Article]:
    """Yield every article that readers get, by path."""
    rows = connection.stream(
        "SELECT article, seal FROM articles WHERE shown = 1 AND substr(path, 1, ?) != ? ORDER BY path",
        (len(DIGEST_PATH), DIGEST_PATH),
    )
    return (open_article(connection, *row) for row in rows)


def read_best_entries(
    connection: Connection, key: int, name: FormatName, since: datetime | None, limit: int
) -> list[EntryRow]:
    """Read the best entries of a channel: by quality, then heat, then newness."""
    rows = connection.execute(
        f"SELECT age, best.article, updated, {name} FROM {_BEST}"
        f" LEFT JOIN entries ON entries.article = best.article {_BEST_FIRST}",
        (key, _find_latest_age(since), limit),
    )
    return list(map(EntryRow._make, rows))


def read_best_articles(connection: Connection, key: int, since: datetime | None, limit: int) -> list[Article]:
    """Read the best articles of a channel, in the order of :func:`read_best_entries`."""
    rows = connection.execute(
        f"SELECT articles.article, seal FROM {_BEST} JOIN articles ON articles.key = best.article {_BEST_FIRST}",
        (key, _find_latest_age(since), limit),
    )
    return open_articles(connection, rows)


def count_since(connection: Connection, key: int, since: datetime) -> int:
    """Count the articles of a channel that were published after a time."""
    (count,) = connection.execute(
        "SELECT count(*) FROM members WHERE channel = ? AND age < ?", (key, _find_latest_age(since))
    ).fetchone()
    return int(count)


def _find_latest_age(since: datetime | None) -> int:
    return _EVER if since is None else -int(since.timestamp())


def read_articles(connection: Connection, keys: Sequence[int]) -> dict[int, Article]:
    """Read articles by their keys."""
    found: dict[int, Article] = {}
    for chunk in make_chunks(keys):
        rows = connection.execute(
            f"SELECT key, article, seal FROM articles WHERE key IN {placeholders(len(chunk))}", chunk
        )
        found.update((key, open_article(connection, body, seal)) for key, body, seal in rows)
    return found


def find_shown_keys(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    """Return the key of each article that readers get, by those ids that have one."""
    found: dict[str, int] = {}
    for chunk in make_chunks(ids):
        found.update(
            connection.execute(
                f"SELECT id, key FROM articles WHERE shown = 1 AND id IN {placeholders(len(chunk))}", chunk
            ).fetchall()
        )
    return found


def read_articles_by_id(connection: Connection, ids: Sequence[str]) -> dict[str, Article]:
    """Read the articles that readers get by their ids."""
    keys = find_shown_keys(connection, ids)
    return {article.id: article for article in read_articles(connection, list(keys.values())).values()}


def read_digest_candidates(connection: Connection, name: str) -> list[Article]:
    """Read the articles that a digest chooses from, oldest first."""
    rows = connection.execute(
        """
        SELECT articles.article, seal FROM members
        JOIN channels ON channels.key = members.channel JOIN articles ON articles.key = members.article
        WHERE kind = 'digests' AND name = ? ORDER BY age DESC, members.id
        """,
        (name,),
    )
    return open_articles(connection, rows)


def has_deleted_entries(connection: Connection) -> bool:
    """Return whether any channel has a withdrawn entry to tell of."""
    return connection.execute("SELECT 1 FROM tombstones LIMIT 1").fetchone() is not None


def read_deleted_entries(connection: Connection, key: int) -> tuple[Tombstone, ...]:
    """Read the withdrawn entries of a channel, newest first."""
    rows = connection.execute(
        "SELECT id, withdrawn FROM tombstones WHERE channel = ? ORDER BY withdrawn DESC, id", (key,)
    )
    return tuple(Tombstone(entry_id, to_datetime(withdrawn)) for entry_id, withdrawn in rows)


def find_changed_ranks(connection: Connection, key: int, since: int) -> list[Rank]:
    """Find where a channel changed after a generation, from its oldest article."""
    return [
        Rank(_count_older(connection, key, age + 1), _count_older(connection, key, age), bool(moved))
        for age, moved in _read_touches(connection, key, since)
    ]


def find_ranks(connection: Connection, key: int, ages: Iterable[int]) -> list[Rank]:
    """Find the places of articles of some ages, from the channel's oldest article."""
    return [
        Rank(_count_older(connection, key, age + 1), _count_older(connection, key, age), moved=False)
        for age in sorted(ages)
    ]


def find_news(connection: Connection, key: int, since: int) -> News | None:
    """Find what is new in a channel after a generation.

    Return None if an article left it, so that older ones may have come into its feeds.
    """
    rows = _read_touches(connection, key, since)
    if any(moved == LEFT for _, moved in rows):
        return None
    edited = frozenset(age for age, moved in rows if moved == EDITED)
    return News(edited, max((age for age, moved in rows if moved == CAME), default=None))


def read_channel_articles(
    connection: Connection, key: int, take: int, start: Offset = NEWEST
) -> list[Article]:
    """Read N articles of a channel, in the order of the feed, from a place on."""
    return open_articles(connection, connection.execute(_ARTICLES, (key, *start, take)))


def stream_channel_articles(
    connection: Connection, key: int, take: int, start: Offset = NEWEST
) -> Iterator[Article]:
    """Yield N articles of a channel, each when it is asked for."""
    return (open_article(connection, *row) for row in connection.stream(_ARTICLES, (key, *start, take)))


def find_touched(connection: Connection, key: int, since: int) -> News:
    """Find the places of a channel whose articles may have changed since a generation."""
    rows = _read_touches(connection, key, since)
    moved = [age for age, kind in rows if kind != EDITED]
    return News(frozenset(age for age, kind in rows if kind == EDITED), max(moved, default=None))


def read_vocabulary(connection: Connection, key: int, limit: int) -> tuple[set[str], set[str]]:
    """Read the types and languages of a channel's newest articles; "" is the site's."""
    rows = connection.execute(
        "SELECT type, language FROM members WHERE channel = ? ORDER BY age, id LIMIT ?",
        (key, limit),
    ).fetchall()
    return {kind for kind, _ in rows if kind}, {language for _, language in rows}


def _read_touches(connection: Connection, key: int, since: int) -> list[tuple[int, int]]:
    return connection.execute(
        "SELECT age, moved FROM touches WHERE channel = ? AND generation > ?", (key, since)
    ).fetchall()


def _count_older(connection: Connection, key: int, age: int) -> int:
    """Count the articles of a channel that have an age or are older."""
    (count,) = connection.execute(
        "SELECT count(*) FROM members WHERE channel = ? AND age >= ?", (key, age)
    ).fetchone()
    return int(count)
