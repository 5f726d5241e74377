"""Finds what readers select by parameters, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from feeds.config.schema import FormatName
from feeds.index.read.channels import EntryRow
from feeds.index.sql import Connection, placeholders
from feeds.index.stored_articles import open_articles
from feeds.model import Article, Query, TextSearch

# If at most this many articles have the words of a query, they are read first. Otherwise each article of a
# channel is checked.
_FEW = 500
_NEWEST_FIRST, _OLDEST_FIRST = "age, id", "age DESC, id DESC"


class _SqlPart(NamedTuple):
    """A part of a statement, and the values of its parameters."""

    sql: str
    values: Sequence[Any] = ()


class Matches:
    """Finds the articles of queries, inside one transaction.

    It counts what a query selects, then reads some of that: which articles have the words is asked once.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._match: tuple[TextSearch, ...] = ()
        self._few: Sequence[int] | None = None

    def count(self, query: Query) -> int:
        """Count the articles of a query."""
        few = self._find_few(query)
        if not query.without or query.match:
            return _count(self._connection, query, few)
        # Excluded channels have few articles: to count these takes less than to check each other article. With words,
        # these would be looked for twice.
        every = replace(query, without=())
        groups = sorted((*query.groups, query.without), key=lambda keys: _measure(self._connection, keys))
        excluded = replace(every, groups=tuple(groups))
        return _count(self._connection, every, few) - _count(self._connection, excluded, few)

    def read_entries(
        self, query: Query, name: FormatName, window: tuple[int, int], count: int
    ) -> list[EntryRow]:
        """Read a query's entries in one format, newest first; ``window`` says which.

        ``count`` is the number of all of them: what is nearer to the oldest is counted from there. To find that
        there is none, the database would go through a whole channel again.
        """
        skip, take = window
        if skip >= count:
            return []
        order, older = _NEWEST_FIRST, count - skip - take
        if 0 <= older < skip:
            order, skip = _OLDEST_FIRST, older
        found = self._select_first(query, skip + take, order)
        rows = self._connection.execute(
            f"SELECT age, article, updated, {name} FROM ({found.sql} LIMIT ? OFFSET ?) AS found"
            " LEFT JOIN entries USING (article) ORDER BY age, found.id",
            (*found.values, take, skip),
        )
        return list(map(EntryRow._make, rows))

    def read_articles(self, query: Query, limit: int) -> list[Article]:
        """Read the newest articles of a query."""
        found = self._select_first(query, limit, _NEWEST_FIRST)
        rows = self._connection.execute(
            f"SELECT articles.article, seal FROM ({found.sql} LIMIT ?) AS found"
            " JOIN articles ON articles.key = found.article ORDER BY age, found.id",
            (*found.values, limit),
        )
        return open_articles(self._connection, rows)

    def _find_few(self, query: Query) -> Sequence[int] | None:
        """Find the articles that have a query's words, None if many or without words."""
        if query.match and query.match != self._match:
            full_text = self._connection.full_text
            rows = self._connection.execute(*full_text.build_first(query.match, _FEW + 1)).fetchall()
            self._few = None if len(rows) > _FEW else list({key: None for (key,) in rows})
            self._match = query.match
        return self._few if query.match else None

    def _select_first(self, query: Query, most: int, order: str) -> _SqlPart:
        """Build the SELECT for the places and keys of the first articles in an order.

        It may give more than ``most``. Each channel of the first group gives so many, in the order of its
        members or the reverse. An article that several give is there once.
        """
        few = self._find_few(query)
        each = [_select(self._connection, query, [key], few, all_are_read=False) for key in query.groups[0]]
        if len(each) == 1:
            return _SqlPart(f"{each[0].sql} ORDER BY {order}", each[0].values)
        parts = [f"SELECT * FROM ({part.sql} ORDER BY {order} LIMIT ?) AS part" for part in each]
        return _SqlPart(
            f"SELECT * FROM ({' UNION '.join(parts)}) AS every ORDER BY {order}",
            [value for part in each for value in (*part.values, most)],
        )


def _count(connection: Connection, query: Query, few: Sequence[int] | None) -> int:
    found = _select(connection, query, query.groups[0], few, all_are_read=True)
    # An article may be in several channels of the first group.
    what = "DISTINCT article" if len(query.groups[0]) > 1 else "*"
    (number,) = connection.execute(
        f"SELECT count({what}) FROM ({found.sql}) AS found", found.values
    ).fetchone()
    return int(number)


def _measure(connection: Connection, keys: Sequence[int]) -> int:
    """Return how many places channels have together."""
    (number,) = connection.execute(
        f"SELECT sum(count) FROM channels WHERE key IN {placeholders(len(keys))}", keys
    ).fetchone()
    return int(number or 0)


def _select(
    connection: Connection,
    query: Query,
    keys: Sequence[int],
    few: Sequence[int] | None,
    *,
    all_are_read: bool,
) -> _SqlPart:
    """Build the SELECT for the place and key of each selected article in channels.

    The channels are some of the first group. That is the smallest group. Of the others it only asks whether
    they have an article. ``few`` are the articles with the words of the query, if these are few: then it
    begins with them.
    """
    # The fields first: they need no look elsewhere.
    conditions = [*_list_field_conditions(query), *_list_place_conditions(connection, query)]
    if query.match and few is None:
        words = connection.full_text.build_condition("base.article", query.match, all_are_read=all_are_read)
        conditions.append(_SqlPart(*words))
    start = _SqlPart("members AS base WHERE") if few is None else _start_with(few)
    return _SqlPart(
        f"SELECT base.age AS age, base.id AS id, base.article AS article FROM {start.sql} base.channel IN {placeholders(len(keys))}"
        + "".join(f" AND {part.sql}" for part in conditions),
        [*start.values, *keys, *(value for part in conditions for value in part.values)],
    )


def _start_with(few: Sequence[int]) -> _SqlPart:
    """Find the places of articles in channels, by age and id, as members are sorted."""
    place = "base.age = -sought.published AND base.id = sought.id AND base.article = sought.key"
    # SQLite goes through what is on the left of CROSS JOIN first.
    sources = "articles AS sought CROSS JOIN members AS base"
    return _SqlPart(f"{sources} WHERE sought.key IN {placeholders(len(few))} AND {place} AND", few)


def _list_place_conditions(connection: Connection, query: Query) -> Iterator[_SqlPart]:
    """Yield the conditions for the place of an article."""
    yield from (_is_in(connection, keys) for keys in query.groups[1:])
    if query.without:
        found = _is_in(connection, query.without)
        yield _SqlPart(f"NOT {found.sql}", found.values)
    if query.since is not None:
        yield _SqlPart("base.age <= ?", [-query.since])


def _list_field_conditions(query: Query) -> Iterator[_SqlPart]:
    """Yield the conditions for the fields of an article."""
    if query.types:
        yield _SqlPart(f"base.type IN {placeholders(len(query.types))}", query.types)
    if query.languages:
        spoken = [_speaks(language) for language in query.languages]
        any_of = " OR ".join(part.sql for part in spoken)
        yield _SqlPart(f"({any_of})", [value for part in spoken for value in part.values])
    if query.min_quality is not None:
        yield _SqlPart("base.quality >= ?", [query.min_quality])
    if query.min_heat is not None:
        yield _SqlPart("base.heat >= ?", [query.min_heat])


def _is_in(connection: Connection, keys: Sequence[int]) -> _SqlPart:
    here = f"channel IN {placeholders(len(keys))} AND {connection.same_article}"
    return _SqlPart(f"EXISTS (SELECT 1 FROM members WHERE {here})", keys)


def _speaks(language: str) -> _SqlPart:
    """Match a language range (RFC 4647, section 3.3.1); "" matches itself."""
    if not language:
        return _SqlPart("base.language = ''")
    # "." is the character after "-": between them lies what begins with the language and a hyphen.
    longer = "(base.language >= ? AND base.language < ?)"
    return _SqlPart(f"(base.language = ? OR {longer})", [language, f"{language}-", f"{language}."])
